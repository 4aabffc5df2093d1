import gzip
import json
from pathlib import Path

import pytest

from modicum.errors import DataError, EncodingError
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
        ("t.xlsx", b"x", "is not a csv, tsv, json, jsonl or parquet file"),
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


def test_the_delimiter_is_what_the_header_shows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for text in ('"a, b";c\n1,5;x\n', 'sep=;\r\n"a, b";c\r\n1,5;x\r\n', '"a, b"|c\n1,5|x\n'):
        path.write_text(text, encoding="utf-8", newline="")
        assert read_table(path).columns == {"a, b": ["1,5"], "c": ["x"]}
    path.write_text("sep=;\na;b\n1;2\n3\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 4 has 1 fields"):
        read_table(path)


def test_a_byte_order_mark_or_a_name_says_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for mark in ("utf-16", "utf-8-sig"):
        path.write_bytes("text\ngrün\n".encode(mark))
        assert read_table(path).columns == {"text": ["grün"]}
    path.write_bytes("text\ngrün\n".encode("cp1252"))
    assert read_table(path, "cp1252").columns == {"text": ["grün"]}
    with pytest.raises(EncodingError, match=r"is not UTF-8 \(byte 7\).*cp1252"):
        read_table(path)
    with pytest.raises(DataError, match="'klingon' is not known"):
        read_table(path, "klingon")


def test_compressed_files_are_read_as_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert read_table(path).columns == {"a": [1]}
    for broken in (gzip.compress(b'{"a": 1}\n' * 99)[:-9], b"no gzip"):
        path.write_bytes(broken)
        with pytest.raises(DataError, match="not a whole gzip file"):
            read_table(path)


@pytest.mark.parametrize(
    "text",
    ['[{"a": 1}, {"a": 2}]', '{"of": "x", "rows": [{"a": 1}, {"a": 2}]}', '{"a": 1}\n{"a": 2}\n'],
)
def test_json_is_a_list_of_objects_or_holds_one_or_has_one_a_line(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "t.json"
    path.write_text(text, encoding="utf-8")
    table = read_table(path)
    assert (table.columns, table.origins[1]) == ({"a": [1, 2]}, ("t.json", 2))


def test_a_chat_is_read_as_its_turns(tmp_path: Path) -> None:
    asked = {"role": "user", "content": [{"type": "text", "text": "And 3 + 3?"}]}
    call = {"tool_calls": [{"function": {"name": "say", "arguments": '{"sum": 6}'}}]}
    rows = [
        {"messages": [{"role": "system", "content": "Add."}, {"role": "user", "content": "2 + 2?"},
                      {"role": "assistant", "content": "4"}, asked,
                      {"role": "assistant", "content": None, **call}]},
        {"conversations": [{"from": "human", "value": "1 + 1?"}, {"from": "gpt", "value": "2"}],
         "assistant": "two"},
        {"messages": [], "assistant": "kept"},
    ]  # fmt: skip
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert read_table(path).columns == {
        "system": ["Add.", None, None],
        "earlier": ["user: 2 + 2?\nassistant: 4", None, None],
        "user": ["And 3 + 3?", "1 + 1?", None],
        "assistant": ['{"sum": 6}', "two", "kept"],
        "messages": [None, None, []],
    }
