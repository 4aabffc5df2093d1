"""The chain of approvals shows every change to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modicum.decision.approvals import FILE, add_approval, approvals_faults, read_approvals, stale
from modicum.errors import ArtefactError


def noon() -> datetime:
    return datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "decision.json").write_text("{}", encoding="utf-8")
    for name in ("A. Ray", "B. Sun", "C. Lee"):
        add_approval(
            tmp_path, role="business", name=name, kind="approve", comment="Straße", clock=noon
        )
    return tmp_path


def test_what_was_said_is_read_back_in_order(folder: Path) -> None:
    assert [line.name for line in read_approvals(folder)] == ["A. Ray", "B. Sun", "C. Lee"]
    assert read_approvals(folder)[0].at == "2026-11-24T12:00:00+00:00"
    assert approvals_faults(folder) == []


@pytest.mark.parametrize("line", [0, 1, 2])
@pytest.mark.parametrize("key", ["at", "role", "name", "kind", "comment", "decision", "previous"])
def test_a_changed_word_is_found(folder: Path, line: int, key: str) -> None:
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines()
    plain = json.loads(lines[line])
    lines[line] = json.dumps(plain | {key: plain[key] + "x"})
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert approvals_faults(folder)


@pytest.mark.parametrize("gone", [0, 1])
def test_a_removed_line_is_found(folder: Path, gone: int) -> None:
    path = folder / FILE
    lines = path.read_text(encoding="utf-8").splitlines()
    del lines[gone]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert approvals_faults(folder)
    with pytest.raises(ArtefactError, match="nothing was added"):
        add_approval(folder, role="engineer", name="D", kind="comment")


def test_an_approval_of_an_earlier_decision_is_stale(folder: Path) -> None:
    line = read_approvals(folder)[-1]
    assert not stale(folder, line)
    (folder / "decision.json").write_text('{"other": 1}', encoding="utf-8")
    assert stale(folder, line)


def test_nobody_approves_without_a_name(folder: Path) -> None:
    with pytest.raises(ArtefactError, match="needs the name"):
        add_approval(folder, role="engineer", name=" ", kind="approve")


def test_a_slice_is_accepted_by_name(folder: Path) -> None:
    with pytest.raises(ArtefactError, match="go together"):
        add_approval(folder, role="business", name="A", kind="accept-slice")
    line = add_approval(
        folder, role="business", name="A", kind="accept-slice", slice_name="language=de"
    )
    assert read_approvals(folder)[-1] == line
