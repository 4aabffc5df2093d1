"""Real questions: a race on few judge rows, then the others as if nobody had labelled them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli.power import power
from modicum.decision.document import read_decision
from modicum.errors import ArtefactError
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.study.label_first import worth_labelling
from modicum.tasks import load_task

LADDER = """
[[candidates]]
recipe = "tfidf-logistic"
[[candidates]]
recipe = "naive-bayes"
"""
Sized = tuple[Path, Path, list[str]]


@pytest.fixture
def undecided(
    write_task: Callable[..., Path], trec: list[tuple[str, str]], tmp_path: Path
) -> Sized:
    """(task file, run folder, questions that no split has seen)."""
    task, out = write_task(LADDER, rows=600), tmp_path / "out"
    run_study(load_task(task), out, open_ledger(), Meter())
    return task, out, [text for text, label in trec if label != "ABBR"][600:1400]


def test_only_what_is_answered_differently_is_to_be_labelled(undecided: Sized) -> None:
    _, out, pool = undecided
    found = worth_labelling(read_decision(out), out, pool)
    one, other = found.answers.values()
    assert set(found.first.rows) == {i for i in range(len(pool)) if one[i] != other[i]}
    assert 0 < len(found.first.rows) < len(pool) / 2
    assert not found.left_out


def test_the_command_writes_the_inputs_to_label_in_order(undecided: Sized, tmp_path: Path) -> None:
    task, out, pool = undecided
    (tmp_path / "pool.txt").write_text("\n".join(pool), encoding="utf-8")
    app = typer.Typer()
    app.command()(power)
    given = [str(task), "--unlabelled", str(tmp_path / "pool.txt"), "--out", str(out)]
    told = json.loads(CliRunner().invoke(app, [*given, "--json"]).stdout)
    shown = CliRunner().invoke(app, [*given, "--to", str(tmp_path / "first.csv")]).stdout
    with (tmp_path / "first.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [pool[int(row["row"]) - 1] for row in rows] == [row["input"] for row in rows]
    assert [int(row["row"]) - 1 for row in rows] == told["label_first"]
    assert f"Label {len(rows)} of the {len(pool)} examples at most" in shown
    assert max(map(len, shown.replace(str(tmp_path), "").splitlines())) <= 80


def test_nothing_is_to_be_labelled_where_nothing_is_undecided(undecided: Sized) -> None:
    _, out, pool = undecided
    decision = read_decision(out)
    decided = [c.model_copy(update={"adequate": True}) for c in decision.candidates]
    with pytest.raises(ArtefactError, match="nothing undecided"):
        worth_labelling(decision.model_copy(update={"candidates": decided}), out, pool)
