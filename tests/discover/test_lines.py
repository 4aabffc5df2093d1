"""Files as people have them: each holds the same records, and each is read to the same ones."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from modicum.discover.lines import files_of, read_lines
from modicum.errors import DataError

zstandard = pytest.importorskip("zstandard", reason="needs modicum[discover]")

RECORDS = [{"prompt": f"Grüße {i}\nzwei", "answer": "ja, [x]"} for i in range(40)]
LINES = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in RECORDS)


def table() -> bytes:
    text = io.StringIO()
    rows = csv.DictWriter(text, RECORDS[0])
    rows.writeheader()
    rows.writerows(RECORDS)
    return text.getvalue().encode()


FORMS: dict[str, Callable[[], bytes]] = {
    "a.jsonl": lambda: LINES.encode(),
    "crlf.jsonl": lambda: LINES.replace("\n", "\r\n").encode(),
    "utf16.jsonl": lambda: LINES.encode("utf-16"),
    "no-ending": lambda: gzip.compress(LINES.encode()),
    "a.jsonl.zst": lambda: zstandard.compress(LINES.encode()),
    "array.json": lambda: json.dumps(RECORDS).encode(),
    "printed-array.json": lambda: json.dumps(RECORDS, indent=2).encode("utf-8-sig"),
    "printed.json": lambda: "\n".join(json.dumps(r, indent=1) for r in RECORDS).encode(),
    "table.csv": table,
    "spreadsheet.csv": lambda: b"sep=,\r\n" + table(),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_file_gives_the_same_records(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name]())
    assert [json.loads(line or b"null") for line in read_lines(path)] == RECORDS


def test_a_malformed_record_of_an_array_is_one_and_the_next_is_read(tmp_path: Path) -> None:
    lines = [json.dumps(r) + "," for r in RECORDS]
    lines[3] = '{"prompt": junk},' + " " * 40
    path = tmp_path / "log.json"
    path.write_text("[\n" + "\n".join(lines) + "\n]")
    read = list(read_lines(path))
    assert (len(read), read.count(None)) == (40, 1)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_what_stands_before_the_break_of_a_packed_file_is_read_and_said(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    import random

    r = random.Random(0)
    lines = b"".join(b'{"n": %d}\n' % r.getrandbits(60) for _ in range(50_000))
    path, said = tmp_path / "log", list[str]()
    packed = pack(lines)
    path.write_bytes(packed[: len(packed) // 2])
    read = list(read_lines(path, said.append))
    assert 1_000 < len(read) < 50_000
    if pack is gzip.compress:  # zst tells no break between its blocks
        assert len(said) == 1
        assert "breaks off" in said[0]


def test_a_folder_is_the_logs_in_it(tmp_path: Path) -> None:
    for name in ("b/2.jsonl.gz", "b/1.jsonl", "a.csv", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [p.name for p in files_of([tmp_path])] == ["a.csv", "1.jsonl", "2.jsonl.gz"]
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="holds no log"):
        files_of([tmp_path / "none"])
