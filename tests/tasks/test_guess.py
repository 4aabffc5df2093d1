from __future__ import annotations

import json
from pathlib import Path

import pytest

from modicum.errors import DataError
from modicum.tasks import load_dataset, load_task
from modicum.tasks.guess import guess_task
from modicum.tasks.render import render_task


def written(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


STREETS = ("Oak", "Elm", "Ash", "Fir", "Yew", "Bay")


def test_quoted_columns_are_the_fields_of_an_extraction(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"text": f"{n} {STREETS[n % 6]} St, Reno 895{n:02}", "number": str(n), "zip": f"895{n:02}"}
        for n in range(30)
    ]
    guess = guess_task(written(tmp_path, rows))
    assert (guess.kind, guess.fields, guess.metric) == ("extract", ("number", "zip"), "fields")
    (tmp_path / "t.toml").write_text(render_task(guess))
    dataset = load_dataset(load_task(tmp_path / "t.toml"))
    assert dataset.references[3] == '{"number": "3", "zip": "89503"}'
    assert dataset.classes == ()


def test_objects_are_an_extraction_and_lists_are_sets_of_labels(tmp_path: Path) -> None:
    objects = [{"text": f"mail {n}", "out": {"who": f"p{n}", "when": None}} for n in range(30)]
    assert guess_task(written(tmp_path, [*objects])).fields == ("who", "when")
    sets = [{"text": f"mail {n}", "tags": ["a", "b"][: 1 + n % 2]} for n in range(30)]
    guess = guess_task(written(tmp_path, [*sets]))
    assert (guess.kind, guess.metric, guess.separator) == ("classify", "jaccard", "")
    (tmp_path / "t.toml").write_text(render_task(guess))
    dataset = load_dataset(load_task(tmp_path / "t.toml"))
    assert dataset.classes == ("a", "b")
    assert dataset.references[1] == '["a", "b"]'


def test_joined_labels_are_split_and_an_empty_cell_is_the_empty_set(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,tags\none,a; b\ntwo,\nthree,b\n")
    (tmp_path / "t.toml").write_text(
        '[task]\nname="t"\ndata="d.csv"\ninput="text"\nreference="tags"\nmulti_label=true\n'
    )
    dataset = load_dataset(load_task(tmp_path / "t.toml"))
    assert dataset.references == ('["a", "b"]', "[]", '["b"]')


def test_numbers_and_texts_are_generated_and_a_passage_is_context(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "question": f"How many has {n}?",
            "passage": f"Person {n} has {n * 7} pens.",
            "answer": str(n * 7),
        }
        for n in range(30)
    ]
    guess = guess_task(written(tmp_path, rows))
    assert (guess.kind, guess.metric, guess.context) == ("generate", "numeric", ("passage",))
    (tmp_path / "t.toml").write_text(render_task(guess))
    dataset = load_dataset(load_task(tmp_path / "t.toml"))
    assert json.loads(dataset.inputs[2]) == {
        "question": "How many has 2?",
        "passage": "Person 2 has 14 pens.",
    }


def test_several_right_answers_are_kept(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"q": "Who?", "a": ["Ada", "Ada Lovelace"]}]
    written(tmp_path, rows)
    (tmp_path / "t.toml").write_text(
        '[task]\nname="t"\nkind="generate"\ndata="rows.jsonl"\ninput="q"\nreference="a"\n'
    )
    dataset = load_dataset(load_task(tmp_path / "t.toml"))
    assert (dataset.references, dataset.alternatives) == (("Ada",), (("Ada Lovelace",),))


def test_the_fields_may_come_from_a_json_schema(tmp_path: Path) -> None:
    written(tmp_path, [{"text": "to Bo", "out": '{"who": "Bo"}'}])
    (tmp_path / "s.json").write_text('{"type": "object", "properties": {"who": {}}}')
    task = '[task]\nname="t"\nkind="extract"\ndata="rows.jsonl"\ninput="text"\nreference="out"\n'
    (tmp_path / "t.toml").write_text(task + 'json_schema="s.json"\n')
    assert load_task(tmp_path / "t.toml").spec.task.fields == ["who"]


def test_references_that_are_no_objects_are_named_by_row(tmp_path: Path) -> None:
    written(tmp_path, [{"text": "a", "out": {"who": "b"}}, {"text": "c", "out": "not JSON"}])
    task = '[task]\nname="t"\nkind="extract"\ndata="rows.jsonl"\ninput="text"\nreference="out"\n'
    (tmp_path / "t.toml").write_text(task + 'fields=["who"]\n')
    with pytest.raises(DataError, match=r"1 references in column 'out' are no JSON object.*line 2"):
        load_dataset(load_task(tmp_path / "t.toml"))


def test_an_export_of_a_spreadsheet_is_read_and_its_encoding_written_down(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = "".join(f"Grün ist Nummer {n};{'ja' if n % 2 else 'nein'}\r\n" for n in range(30))
    path.write_bytes(("Satz;Antwort\r\n" + lines).encode("cp1252"))
    guess = guess_task(path)
    assert (guess.input, guess.reference, guess.encoding) == ("Satz", "Antwort", "cp1252")
    assert "not UTF-8, read as cp1252" in guess.said[-1]
    (tmp_path / "t.toml").write_text(render_task(guess))
    dataset = load_dataset(load_task(tmp_path / "t.toml"))
    assert (dataset.inputs[1], dataset.references[1]) == ("Grün ist Nummer 1", "ja")


def test_a_file_for_fine_tuning_is_a_task(tmp_path: Path) -> None:
    def chat(n: int, told: str) -> dict[str, object]:
        turns = (("system", told), ("user", f"mail {n}"), ("assistant", "ab"[n % 2]))
        return {"messages": [{"role": role, "content": text} for role, text in turns]}

    guess = guess_task(written(tmp_path, [chat(n, "Sort it, please.") for n in range(30)]))
    assert (guess.input, guess.reference, guess.kind) == ("user", "assistant", "classify")
    assert guess.context == ()
    assert "left out: column 'system'" in guess.said[-1]
    guess = guess_task(written(tmp_path, [chat(n, f"Sort it {n % 5} times.") for n in range(30)]))
    assert guess.context == ("system",)
