"""The demonstration can be repeated, and what a changed one costs is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from modicum import demo
from modicum.cli.demo import LEDGER
from modicum.cli.main import app
from modicum.decision.document import DecisionDocument, parse_decision
from modicum.errors import LooksSpentError
from modicum.ledger import open_ledger

pytestmark = pytest.mark.assets


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer messages and students, so that it takes a second."""
    few = demo.messages()[:1200]
    monkeypatch.setattr(demo, "messages", lambda: few)
    monkeypatch.setattr(demo, "_STUDENTS", ("majority", "naive-bayes"))
    monkeypatch.setattr(demo, "_TASK", demo._TASK.replace('"minilm-logistic"', '"best"'))


def shown(out: Path) -> DecisionDocument:
    done = CliRunner().invoke(app, ["demo", "--no-llm", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    return parse_decision(done.stdout[done.stdout.index("{") :])


def proven(document: DecisionDocument) -> set[str]:
    return {c.name for c in document.candidates if c.adequate}


def test_repeating_the_demonstration_proves_nothing_else_and_costs_nobody_a_look(
    tmp_path: Path,
) -> None:
    """Of candidates that use microjoules, the measured order may change from run to run."""
    documents = [shown(tmp_path / "demo") for _ in range(3)]
    assert all(proven(document) <= proven(documents[0]) for document in documents)
    assert all(document.recommended in proven(documents[0]) for document in documents)
    assert {d.look.number for d in documents if d.look} == {1}
    judge = documents[0].fingerprints.judge
    mine, own = open_ledger(), open_ledger(str(tmp_path / "demo" / LEDGER))
    assert mine.looks(judge) == []
    assert [round(look.alpha, 6) for look in own.looks(judge)] == [0.04, 0, 0]
    for book in (mine, own):
        book.close()


def test_a_changed_demonstration_says_its_cost_and_a_spent_one_how_to_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "demo"
    first = shown(out)
    monkeypatch.setattr(demo, "_STUDENTS", ("naive-bayes",))
    changed = shown(out)
    assert any("times the examples" in note for note in changed.notes)
    book = open_ledger(str(out / LEDGER))
    book.add_look(book.start_run("size", "x"), first.fingerprints.judge, "x", 0.002)
    book.close()
    monkeypatch.setattr(demo, "_STUDENTS", ("majority",))
    done = CliRunner().invoke(app, ["demo", "--no-llm", "--out", str(out)])
    assert isinstance(done.exception, LooksSpentError)
    assert f"give another --out, or remove {out / LEDGER}" in str(done.exception)
