"""What people said of the answers that a judge model scored, and which answers they still could.

`human` under [task.judge] names a file of scored answers: `question`, `reference`, `answer`,
`right`.  A judge example counts as scored by people where every answer a candidate gave to it is in
that file, or is no answer at all.  With enough of them the decision is about people's losses
(`decision.judged`), which needs them to be a random part: `to-score.csv` lists one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.recorded_rows import NO, YES
from modicum.decision.judged import MINIMUM_LABELLED, TEST
from modicum.errors import DataError
from modicum.study.files import write_text
from modicum.study.trial import Trial
from modicum.tasks.answers import cell_text, read_parts
from modicum.tasks.table import read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modicum.decision.verdict import Verdict
    from modicum.study.raced import Raced
    from modicum.study.study import Study

FILE = "to-score.csv"
COLUMNS = ("question", "reference", "answer", "right")
LISTED = 2 * MINIMUM_LABELLED
"""Judge examples whose answers are listed: twice what a decision asks for at least."""

Scored = tuple[str, str, str]
Scores = Mapping[Scored, float]


def read_scores(path: Path) -> dict[Scored, float]:
    """People's losses, 0 for right and 1 for wrong, by (question, reference, answer).

    Rows whose `right` is empty were not scored yet.  Raises DataError for any other word.
    """
    table = read_table(path)
    texts = [[cell_text(cell) or "" for cell in table.column(name)] for name in COLUMNS]
    found = {}
    for number, (question, reference, answer, right) in enumerate(zip(*texts, strict=True), 1):
        word = right.casefold()
        if word and word not in YES | NO:
            raise DataError(
                f"{path} row {number} has {right!r:.40} in column 'right': give true or false"
            )
        if word:
            found[question, reference, answer] = float(word in NO)
    return found


def score(study: Study, scores: Scores) -> None:
    """Give every trial people's losses by judge row; None where they did not score its answer."""
    for trial in study.trials:
        pairs = zip(trial.judge.rows, trial.judge.values, strict=True)
        trial.gold = [_loss(study, scores, row, value) for row, value in pairs]


def _loss(study: Study, scores: Scores, row: int, value: str | None) -> float | None:
    answer = cell_text(value)
    return 1.0 if answer is None else scores.get((*_asked(study, row), answer))


def promise_note(study: Raced, verdict: Verdict) -> str:
    """What the promise is relative to, where a judge model scored the answers."""
    judged = [t for t in study.trials if t.name in verdict.evidence]
    count, every = int(scored_by_people(judged).sum()), len(study.split.judge)
    if verdict.method.test == TEST:
        return (
            f"people scored every answer to {count} of {every} judge examples: the promise is "
            "about their scores, if those examples are a random part; the judge model's verdicts "
            "on all of them sharpen it and cannot bias it"
        )
    return (
        "every loss is a judge model's verdict and so is the promise: it is about what the model "
        f"calls right.  People scored every answer to {count} judge examples; with "
        f"{MINIMUM_LABELLED} the promise would be about their scores (not with slices, groups of "
        "near-duplicates or a ceiling)"
    )


def _asked(study: Study, row: int) -> tuple[str, str]:
    question = read_parts(study.dataset.inputs[row], study.task.spec.task.parts)[0]
    return cell_text(question) or "", cell_text(study.dataset.references[row]) or ""


def scored_by_people(trials: Sequence[Trial]) -> NDArray[np.bool_]:
    """Which judge rows people scored for each of these trials, shape (judge rows,)."""
    found = [[loss is not None for loss in trial.gold] for trial in trials]
    short = min(map(len, found), default=0)
    both = np.array([row[:short] for row in found], dtype=bool)
    return np.asarray(both.reshape(len(found), short).all(axis=0))


def gold_of(trials: Sequence[Trial], labelled: NDArray[np.bool_]) -> dict[str, list[float]]:
    """People's losses of every trial on the judge rows that are labelled, by name."""
    rows = np.flatnonzero(labelled).tolist()
    return {t.name: [loss for i in rows if (loss := t.gold[i]) is not None] for t in trials}


def write_to_score(study: Study, scores: Scores) -> None:
    """List for people the answers to a random part of judge that they did not score yet."""
    rows = np.random.default_rng(study.task.spec.split.seed).permutation(study.split.judge)
    given = [dict(zip(t.judge.rows, t.judge.values, strict=True)) for t in study.trials]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows[:LISTED].tolist():
        asked = _asked(study, row)
        answers = dict.fromkeys(cell_text(values.get(row)) for values in given)
        writer.writerows((*asked, a, "") for a in answers if a and (*asked, a) not in scores)
    write_text(study.out / FILE, out.getvalue())
