"""Judge examples that nobody labelled, because the compared answer them alike: the way back.

After an undecided race only the examples on which reference and candidates differ were labelled
(`stats.agreement`).  The others of the stretch enter the judge file with the reference's answer.
When they are judged, the label is what the reference answers then (it may have been fitted anew):
it loses nothing there, and a candidate loses 0 where it answers the same, 1 where it does not.  The
difference is the true one wherever they agree, and elsewhere the worst there can be.  No candidate
looks better than it is, also one that was fitted anew or never compared, so every test of
differences to this reference keeps its level.  It says nothing of another reference or a ceiling,
and losses of their own are shown too small; both are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import DataError, TaskError
from modicum.study.label_first import Worth
from modicum.tasks import Dataset, Split, Task

if TYPE_CHECKING:
    from modicum.tasks.spec import TaskSection

COLUMN = "label_from"
"""Of a judge file: who gave the label of each row."""
PERSON = "person"
AGREEMENT = "agreement with "
METRICS = ("accuracy", "exact_match")
"""By which equal answers lose the same, and an answer that counts as right loses nothing."""


@dataclass(frozen=True)
class JudgeRow:
    """A row of the new judge file: which pool example, its label, and who gave it."""

    example: int
    label: str
    label_from: str


def judge_rows(found: Worth, labels: Sequence[tuple[int, str]]) -> list[JudgeRow]:
    """Every example of the stretch that the labels cover, in the random order.

    labels: (pool example, label or "") as the list to label gave them, labelled from the top.
    Raises DataError for another list, for a gap, and where nothing is labelled.
    """
    first = found.first
    if [example for example, _ in labels] != list(first.rows):
        raise DataError(
            "the labelled file is not the list for this pool and this run: give the pool, the run "
            "and every row as `modicum power --to` wrote them"
        )
    given = [label.strip() for _, label in labels]
    count = next((at for at, label in enumerate(given) if not label), len(given))
    late = next((at for at in range(count, len(given)) if given[at]), None)
    if late is not None:
        raise DataError(
            f"row {count + 1} of the list has no label, row {late + 1} has: label from the top and "
            "leave none out, or the labelled would be no sample of the task"
        )
    if not count:
        raise DataError("nothing in the list is labelled: fill in its label column from the top")
    told = dict(zip(first.rows, given[:count], strict=False))
    answers = found.answers[found.reference]
    covered = first.order[: first.covered_by(count)]
    return [_row(found, told, answers, example) for example in covered]


def _row(
    found: Worth, told: dict[int, str], answers: Sequence[str | None], example: int
) -> JudgeRow:
    if example in told:
        return JudgeRow(example, told[example], PERSON)
    return JudgeRow(example, answers[example] or "", f"{AGREEMENT}{found.reference}")


def check_metric(section: TaskSection) -> None:
    """Raise TaskError where equal answers need not lose the same, or others may be right too."""
    if section.metric not in METRICS or section.multi_label:
        raise TaskError(
            f"labels made by agreement need a metric among {', '.join(METRICS)}, this task's is "
            f"{section.metric}: label every example, or give `modicum decide` the losses"
        )


def agreed_rows(dataset: Dataset) -> frozenset[int]:
    """Rows whose label is the reference's answer."""
    cells = dataset.columns.get(COLUMN, ())
    return frozenset(i for i, cell in enumerate(cells) if str(cell or "").startswith(AGREEMENT))


def agreed_note(task: Task, dataset: Dataset, parts: Split) -> str | None:
    """What the judge rows labelled by agreement mean for the decision; None where there are none.

    Raises TaskError where the task asks what they cannot answer, DataError where they are in fit
    or tune.
    """
    rows = agreed_rows(dataset)
    if not rows:
        return None
    named = {str(dataset.columns[COLUMN][i]).removeprefix(AGREEMENT) for i in rows}
    elsewhere = [i for i in (*parts.fit, *parts.tune) if i in rows]
    if elsewhere:
        raise DataError(
            f"{len(elsewhere)} rows labelled by agreement are in fit or tune: they are for judging "
            "only, give their file as judge under [split]"
        )
    check_metric(task.spec.task)
    adequate = task.spec.adequate
    if adequate.ceiling is not None or named != {adequate.named}:
        raise TaskError(
            f"judge rows were labelled by agreement with {', '.join(sorted(named))}: give that as "
            "reference under [adequate], with a margin and no ceiling, or label these rows"
        )
    count = len(rows.intersection(parts.judge))
    return (
        f"{count} of {len(parts.judge)} judge examples carry the answer of {adequate.named} as "
        "their label, for all compared agreed there: differences are true or count against the "
        "candidate, losses of their own are shown too small"
    )
