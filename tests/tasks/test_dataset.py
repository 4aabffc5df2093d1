import json
from pathlib import Path
from typing import Any

import pytest

from modicum.errors import DataError
from modicum.tasks import Dataset, Task, load_dataset, load_task, parse_spec


def loaded(folder: Path, rows: str, **extra: Any) -> Dataset:
    (folder / "t.csv").write_text(rows, encoding="utf-8")
    task = {"name": "t", "data": "t.csv", "input": "text", "reference": "label"}
    split = extra.pop("split", {})
    return load_dataset(Task(parse_spec({"task": task | extra, "split": split}), folder))


THREE_EACH = "text,label\na1,x\na2,x\na3,x\nb1,y\nb2,y\nb3,y\n"


def test_good_rows_come_back_in_order(tmp_path: Path) -> None:
    data = loaded(tmp_path, THREE_EACH)
    assert data.inputs == ("a1", "a2", "a3", "b1", "b2", "b3")
    assert (data.classes, data.notes) == (("x", "y"), ())


def test_the_fingerprint_tells_texts_apart_that_join_alike(tmp_path: Path) -> None:
    one = loaded(tmp_path, THREE_EACH)
    other = loaded(tmp_path, THREE_EACH.replace("a1,x", "a,x").replace("a2,x", "1a2,x"))
    assert one.fingerprint() != other.fingerprint()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (THREE_EACH + " ,x\n", "1 rows have an empty input in column 'text', the first at t.csv"),
        (THREE_EACH + "c,\n", "1 rows have no reference in column 'label'"),
        ("text,label\na,x\nb,x\nc,x\n", "every reference is 'x'"),
        (THREE_EACH + "c,z\n", "class 'z' has only 1 of the 3 examples"),
        ("txt,label\na,x\n", "no column 'text' in t.csv: did you mean 'txt'?"),
    ],
)
def test_bad_rows_are_counted_and_placed(tmp_path: Path, rows: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, rows)
    assert sentence in str(caught.value)


def test_a_rare_class_can_be_accepted(tmp_path: Path) -> None:
    assert loaded(tmp_path, THREE_EACH + "c,z\n", min_examples=1).classes == ("x", "y", "z")


def test_non_text_inputs_are_refused_with_their_rows(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"text": 7, "label": "x"}\n', encoding="utf-8")
    spec = {"name": "t", "data": "t.jsonl", "input": "text", "reference": "label"}
    with pytest.raises(DataError, match=r"an input that is not text .* t\.jsonl line 1"):
        load_dataset(Task(parse_spec({"task": spec}), tmp_path))


def test_whole_number_labels_are_class_names(tmp_path: Path) -> None:
    rows = "".join(f'{{"text": "t{i}", "label": {i % 2}}}\n' for i in range(6))
    (tmp_path / "t.jsonl").write_text(rows, encoding="utf-8")
    spec = {"name": "t", "data": "t.jsonl", "input": "text", "reference": "label"}
    assert load_dataset(Task(parse_spec({"task": spec}), tmp_path)).classes == ("0", "1")


def test_repeated_inputs_with_different_references_are_counted(tmp_path: Path) -> None:
    data = loaded(tmp_path, THREE_EACH + "A1 ,y\n")
    assert data.notes[0].startswith("1 of 7 rows repeat an earlier input")
    assert data.notes[1].startswith("1 inputs (2 rows) carry different references")


def test_a_judge_file_may_not_be_data_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="both data and judge"):
        loaded(tmp_path, THREE_EACH, split={"judge": "t.csv"})


def test_whole_numbers_among_gaps_are_class_names_and_fractions_are_not(tmp_path: Path) -> None:
    rows = [{"t": f"text {'ab'[n % 2]} {'xyz'[n % 3]}{n:b}", "l": float(n % 2)} for n in range(12)]
    path = tmp_path / "d.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "t.toml").write_text(
        '[task]\nname="t"\ndata="d.jsonl"\ninput="t"\nreference="l"\n', encoding="utf-8"
    )
    assert load_dataset(load_task(tmp_path / "t.toml")).classes == ("0", "1")
    path.write_text(path.read_text().replace("1.0", "0.5"), encoding="utf-8")
    with pytest.raises(DataError, match=r"the first at d.jsonl line 2, 4, 6, 8, 10, \.\.\."):
        load_dataset(load_task(tmp_path / "t.toml"))
