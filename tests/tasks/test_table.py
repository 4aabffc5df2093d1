import json
from pathlib import Path

import pytest

from modicum.errors import DataError
from modicum.tasks.table import read_table, read_tables


def test_csv_keeps_quoted_commas_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('text,label\n"a, b\nc",x\nd,y\n', encoding="utf-8")
    table = read_table(path)
    assert table.columns == {"text": ["a, b\nc", "d"], "label": ["x", "y"]}
    assert table.origins == [("t.csv", 3), ("t.csv", 4)]


def test_jsonl_rows_may_lack_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n\n{"b": "x", "a": 2}\n', encoding="utf-8")
    assert read_table(path).columns == {"a": [1, 2], "b": [None, "x"]}


def test_parquet_is_read_as_the_other_two(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars", reason="parquet needs the size extra")
    polars.DataFrame({"text": ["a", "b"], "n": [1, 2]}).write_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").columns == {"text": ["a", "b"], "n": [1, 2]}


def test_several_files_are_joined_by_column(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,l\n1,x\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("l,t\ny,2\n", encoding="utf-8")
    table = read_tables([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert table.columns == {"t": ["1", "2"], "l": ["x", "y"]}


def test_a_ten_megabyte_field_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text\n" + "x" * 10_000_000 + "\n", encoding="utf-8")
    assert len(read_table(path).columns["text"][0]) == 10_000_000


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"text,label\n", "has no rows"),
        ("t.csv", b"a,a\n1,2\n", "two columns named 'a'"),
        ("t.csv", b"a,b\n1\n", "line 2 has 1 fields, the header 2"),
        ("t.csv", b"a\n\xff\xfe\n", "is not UTF-8 (byte 2)"),
        ("t.csv", b'a\n"open\n', "not a well-formed csv"),
        ("t.jsonl", b"{oops\n", "line 1 is not JSON"),
        ("t.jsonl", b"[1]\n", "line 1 is list, an object was wanted"),
        ("t.jsonl", b"[" * 100_000, "line 1 is not JSON"),
        ("t.xlsx", b"x", "is not a csv, tsv, jsonl or parquet file"),
        ("t.parquet", b"nonsense", "is not a readable parquet file"),
    ],
)
def test_a_bad_file_is_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / name)
    assert sentence in str(caught.value)


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"label": 1}), encoding="utf-8")
    with pytest.raises(DataError, match=r"no column 'lable' in t\.jsonl: did you mean 'label'"):
        read_table(path).column("lable")


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_table(tmp_path / "none.csv")
