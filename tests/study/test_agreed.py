"""Labels of the disagreements alone make a judge file, and no candidate looks better by it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.decision.document import read_decision
from modicum.errors import DataError, TaskError
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.stats.agreement import label_first
from modicum.study import run_study
from modicum.study.agreed import agreed_note, judge_rows
from modicum.study.label_first import Worth
from modicum.study.verify import verify
from modicum.tasks import Task, load_dataset, load_task, split

pytestmark = pytest.mark.assets

LADDER = '[[candidates]]\nrecipe = "naive-bayes"\n[[candidates]]\nrecipe = "tfidf-logistic"\n'
Trec = list[tuple[str, str]]


def modicum(*given: object) -> str:
    done = CliRunner().invoke(app, [str(one) for one in given])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.stdout


def label_some(path: Path, truth: dict[str, str], share: float) -> int:
    """Fill in the first part of the list as people would; returns how many."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    count = int(share * len(rows))
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        for row in rows[:count]:
            lines.writerow(row | {"label": truth[row["input"]]})
        lines.writerows(rows[count:])
    return count


def test_labels_go_back_into_size_and_differences_are_true_or_against_the_candidate(
    write_task: Callable[..., Path], trec: Trec, tmp_path: Path
) -> None:
    task, out = write_task(LADDER, rows=600), tmp_path / "out"
    ledger = open_ledger()
    first = run_study(load_task(task), out, ledger, Meter())
    truth = {text: label for text, label in trec if label != "ABBR"}
    pool, todo, judge = tmp_path / "pool.txt", tmp_path / "todo.csv", tmp_path / "judge.csv"
    pool.write_text("\n".join(list(truth)[600:1400]), encoding="utf-8")
    where = (task, "--unlabelled", pool, "--out", out)
    assert "--labelled" in modicum("power", *where, "--to", todo)
    count = label_some(todo, truth, 0.7)
    told = modicum("power", *where, "--labelled", todo, "--to", judge)
    with judge.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert f"{len(rows)} judge examples, {count} by the labels given" in told
    assert len(rows) > 2 * count
    task.write_text(
        task.read_text(encoding="utf-8")
        + f'[adequate]\nreference = "{first.reference}"\n[split]\njudge = "../judge.csv"\n',
        encoding="utf-8",
    )
    second = run_study(load_task(task), tmp_path / "again", ledger, Meter())
    ledger.close()
    assert second.splits["judge"] == len(rows)
    assert any("by agreement" in n or "all compared agreed" in n for n in second.notes)
    assert second.look is not None
    assert round(second.look.alpha, 6) == 0.04  # fresh examples: the first look at them
    assert verify(tmp_path / "again").holds
    assert gaps(tmp_path / "again", truth, load_task(task)) >= 0


def gaps(out: Path, truth: dict[str, str], task: Task) -> float:
    """The least of shown minus true difference over all candidates and judge examples."""
    data, least = load_dataset(task), 1.0
    reference = read_decision(out).reference
    judged = {}
    for path in (out / "trials").glob("*/judge.json"):
        plain = json.loads(path.read_text(encoding="utf-8"))["judge"]
        judged[path.parent.name.rsplit("-", 1)[0]] = plain
    own = judged.pop(reference)
    for plain in judged.values():
        for row, value, theirs, loss, lost in zip(
            plain["rows"],
            plain["values"],
            own["values"],
            plain["losses"],
            own["losses"],
            strict=True,
        ):
            right = truth[data.inputs[row]]
            least = min(least, (loss - lost) - ((value != right) - (theirs != right)))
    return least


def test_filled_labels_never_flatter_whatever_anybody_answers() -> None:
    """The proof of it, at random: candidates that were compared, and one that was not."""
    rng = np.random.default_rng(1)
    truth, theirs, seen, new = rng.integers(0, 3, (4, 400))
    found = worth(theirs, seen)
    labels = [(k, str(truth[k])) for k in found.first.rows]
    for row in judge_rows(found, labels):
        for mine in (seen, new):
            shown = (str(mine[row.example]) != row.label) - (str(theirs[row.example]) != row.label)
            true = int(mine[row.example] != truth[row.example])
            true -= int(theirs[row.example] != truth[row.example])
            assert shown >= true
            assert shown == true or mine is new


def worth(theirs: np.ndarray, seen: np.ndarray) -> Worth:
    first = label_first([theirs != seen], seed=3)
    answers = {"big": [str(v) for v in theirs], "small": [str(v) for v in seen]}
    return Worth(first, "big", {}, {}, answers, {})


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda rows: [*rows[:1], (rows[1][0], ""), *rows[2:]], "row 2 of the list has no label"),
        (lambda rows: rows[1:], "not the list for this pool"),
        (lambda rows: [(k, " ") for k, _ in rows], "nothing in the list is labelled"),
    ],
)
def test_a_list_that_is_no_sample_is_refused(
    spoil: Callable[[list[tuple[int, str]]], list[tuple[int, str]]], match: str
) -> None:
    theirs, seen = np.random.default_rng(2).integers(0, 2, (2, 40))
    found = worth(theirs, seen)
    with pytest.raises(DataError, match=match):
        judge_rows(found, spoil([(k, "1") for k in found.first.rows]))


def test_another_reference_and_a_place_in_fit_are_refused(
    write_task: Callable[..., Path],
) -> None:
    path = write_task(LADDER, rows=300, extra={"label_from": ["agreement with naive-bayes", ""]})
    task = load_task(path)
    data = load_dataset(task)
    parts = split(data, task.spec.split)
    with pytest.raises(DataError, match="are in fit or tune"):
        agreed_note(task, data, parts)
    only = replace(parts, fit=(), tune=())
    with pytest.raises(TaskError, match="labelled by agreement with naive-bayes"):
        agreed_note(task, data, only)
