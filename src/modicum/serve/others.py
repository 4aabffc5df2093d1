"""The undecided candidates of a task, compared with the reference in the shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.errors import ModicumError

if TYPE_CHECKING:
    from modicum.serve.kept import Job, KeptTask
    from modicum.serve.served import ServedTask


async def compare_others(kept: KeptTask, job: Job, right: str, now_s: float) -> None:
    """Put their losses on the job, smallest candidate first, while the day's budget lasts."""
    for other in kept.task.others:
        if not kept.shadows.budget.left(now_s):
            return
        small, used = await _answer(other, job.asked.text or "", right)
        kept.shadows.budget.spend(now_s, used, None)
        job.others[other.decision.recommended] = kept.score(small, right)


async def _answer(other: ServedTask, text: str, right: str) -> tuple[str | None, float | None]:
    """What the caller would have got, and the joules that were used."""
    try:
        outcome = await other.answer(text)
    except ModicumError:
        return None, None  # wrong there: leaving the request out would bias what is tested
    # Where a cascade hands a request on, the reference answers: nothing differs.
    handed_on = outcome.value is None and len(other.stages) > 1
    return right if handed_on else outcome.value, outcome.constants.amount("energy_j").value
