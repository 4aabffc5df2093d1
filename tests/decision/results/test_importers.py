import json
import zipfile
from pathlib import Path

import pytest

from modicum.decision.results.importers import read_results
from modicum.decision.results.row import Row
from modicum.decision.results.table import gather
from modicum.errors import DataError


def lines(path: Path, *records: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(record) for record in records))
    return path


def test_harness_samples_take_the_first_filter_and_the_folder_as_name(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "org__model" / "samples_gsm8k_2026-01-02T03-04-05.jsonl",
        {"doc_id": 0, "filter": "strict", "metrics": ["exact_match"], "exact_match": 1.0},
        {"doc_id": 0, "filter": "flexible", "metrics": ["exact_match"], "exact_match": 0.0},
        {"doc_id": 1, "filter": "strict", "metrics": ["exact_match"], "exact_match": 0.0},
    )
    assert list(read_results(path)) == [
        Row("samples_gsm8k/0", "org__model", 0.0),
        Row("samples_gsm8k/1", "org__model", 1.0),
    ]


def test_an_inspect_archive_keeps_epochs_of_a_sample_together(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", json.dumps({"eval": {"model": "m"}}))
        for epoch, grade in ((1, "C"), (2, "I")):
            sample = {"id": "q", "epoch": epoch, "scores": {"match": {"value": grade}}}
            archive.writestr(f"samples/q_epoch_{epoch}.json", json.dumps(sample))
    assert list(read_results(path)) == [
        Row("q/1", "m", 0.0, cluster="q"),
        Row("q/2", "m", 1.0, cluster="q"),
    ]


def test_an_inspect_json_log_reads_numbers_too(tmp_path: Path) -> None:
    samples = [{"id": 1, "epoch": 1, "scores": {"f1": {"value": 0.75}}}]
    path = lines(tmp_path / "log.json", {"eval": {"model": "m"}, "samples": samples})
    assert list(read_results(path)) == [Row("1/1", "m", 0.25)]


def test_promptfoo_results_pair_by_test(tmp_path: Path) -> None:
    results = [
        {"testIdx": 0, "promptIdx": 0, "provider": {"id": "a", "label": "A"}, "success": True},
        {"testIdx": 0, "promptIdx": 0, "provider": {"id": "b"}, "success": False},
    ]
    path = lines(tmp_path / "out.json", {"results": {"version": 3, "results": results}})
    assert list(read_results(path)) == [Row("0", "A", 0.0), Row("0", "b", 1.0)]


def test_long_format_keeps_every_column(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "example,candidate,loss,split,slice,cluster,energy_j\n1,a,0.5,tune,de,c1,2\n1,b,0,tune,,,\n"
    )
    assert list(read_results(path)) == [
        Row("1", "a", 0.5, "tune", "de", "c1", 2.0),
        Row("1", "b", 0.0, "tune"),
    ]


def test_a_table_as_spreadsheets_write_it_reads_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('sep=;\r\nexample;candidate;loss\r\n1;"a;b";0.5\r\n\r\n2;"a;b";x\r\n')
    rows = read_results(path)
    assert next(rows) == Row("1", "a;b", 0.5)
    with pytest.raises(DataError, match=r"r\.csv line 5: .*give a number"):
        next(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("example,model,loss\n1,a,0", "line 2 has no 'candidate'"),
        ("example,candidate\n1,a", "neither loss nor correct"),
        ("example,candidate,loss\n1,a,2", "rescale"),
        ("example,candidate,loss\n1,a,x", "give a number"),
        ("example,candidate,loss\n1,a,nan", "give a finite number"),
        ("example,candidate,correct\n1,a,maybe", "give true or false"),
        ("example,candidate,loss,split\n1,a,0,test", "use judge or tune"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        list(read_results(path))


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    for name in ("broken.eval", "broken.json", "broken.jsonl", "broken.csv"):
        path = tmp_path / name
        path.write_text('a\n"open\n' if name.endswith("csv") else "{")
        with pytest.raises(DataError, match=name):
            list(read_results(path))


def test_rows_are_paired_by_example() -> None:
    table = gather([Row("1", "a", 1.0), Row("2", "a", 0.0), Row("2", "b", 0.5), Row("1", "b", 0.0)])
    assert {name: list(x) for name, x in table.judge.items()} == {"a": [1, 0], "b": [0, 0.5]}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows"),
        ([Row("1", "a", 0.0), Row("1", "a", 0.0)], "two judge rows"),
        ([Row("1", "a", 0.0), Row("2", "b", 0.0)], "no judge row for example"),
        ([Row("1", "a", 0.0, slice="x"), Row("2", "a", 0.0)], "has no slice"),
        ([Row("1", "a", 0.0, slice="x"), Row("1", "b", 0.0, slice="y")], "several of slice"),
    ],
)
def test_rows_that_do_not_pair_are_refused(rows: list[Row], message: str) -> None:
    with pytest.raises(DataError, match=message):
        gather(rows)
