from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modicum.decision.document import DecisionDocument
from modicum.errors import StorageError
from modicum.report import render_html, write_report

Make = Callable[[str], DecisionDocument]


def test_the_file_holds_the_page_and_nothing_else_is_left(make: Make, tmp_path: Path) -> None:
    decision = make("win")
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(decision, path)
    assert path.read_text(encoding="utf-8") == render_html(decision)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_missing_folder_is_a_storage_error_with_the_cure(make: Make, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="choose a folder"):
        write_report(make("win"), tmp_path / "missing" / "report.html")


def test_a_folder_in_the_way_leaves_no_part_behind(make: Make, tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        write_report(make("win"), tmp_path / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_disk_that_is_full_keeps_the_old_page(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "report.html"
    path.write_text("old")
    monkeypatch.setattr("modicum.report.files.os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_report(make("win"), path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
