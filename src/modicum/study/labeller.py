"""The big candidate while it labels: every answer is kept, metered and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from modicum.candidates.protocol import Candidate, Examples
from modicum.study.asking import Asked, Asker
from modicum.study.budget import UNLIMITED
from modicum.study.hopeless import never
from modicum.study.told_labels import Told
from modicum.study.used import Used, sum_of
from modicum.tasks import Dataset

if TYPE_CHECKING:
    from modicum.study.study import Study

CHECKED, SAME = 50, 0.9
"""Tune rows asked with and without a reason, and the share of like answers below which the reasons
are not worth what they change: own choice, 2026."""
METRIC_WHILE_BLANK = {
    "classify": "accuracy",
    "multi-label": "subset",
    "extract": "all_fields",
    "generate": "exact_match",
}


class Labeller:
    """Asks the big candidate; every answer is kept, and no row is asked twice.

    teacher: builds the same candidate as one that also says why.
    """

    def __init__(
        self,
        big: Candidate,
        dataset: Dataset,
        study: Study,
        teacher: Callable[[], Candidate] | None = None,
    ) -> None:
        section = study.task.spec.task
        # What answers would lose is not known yet: every text is scored as a written answer.
        blank = section.model_copy(update={"metric": METRIC_WHILE_BLANK[section.form]})
        self.study, self.progress, self.seed = study, study.progress, study.task.spec.split.seed
        self.asker, self.big = Asker(dataset, blank, study.meter, self._allow), big
        self.asker.bounded = study.budget != UNLIMITED
        self.dataset, self.section = dataset, section
        self.found: dict[int, str | None] = {
            i: text for i, text in enumerate(dataset.references) if text
        }
        self.gold = frozenset(self.found)
        self.used: list[Used] = []
        self.teacher = teacher
        self.reasons: dict[int, str] = {}
        self.notes: list[str] = []

    def ask(self, rows: Sequence[int]) -> None:
        """Have the big candidate answer those of these rows that have no answer yet."""
        new, asked = [i for i in rows if i not in self.found], Asked()
        self.progress.step(len(rows) - len(new))
        try:
            self.asker.ask(self.big, new, self.progress, never, asked)
        finally:  # what was answered before a ceiling or an interruption was paid for
            self.found |= dict(zip(asked.rows, asked.values, strict=True))
            self._keep(asked)

    def take_up(self, told: Told) -> None:
        """Go on from what a stopped run was told; what it paid counts as if it were paid now."""
        self.found |= told.found
        self.reasons |= told.reasons
        self.used.append(told.used)
        self.study.labels += told.usage

    def told(self) -> Told:
        """What was told and paid so far."""
        new = {i: value for i, value in self.found.items() if i not in self.gold}
        found = {i: value for i, value in new.items() if value is not None}  # the rest: ask again
        paid = [usage for usage in self.study.labels if not usage.cached]
        return Told(found, dict(self.reasons), paid, sum_of(self.used))

    def _keep(self, asked: Asked) -> None:
        self.reasons |= {r: why for r, why in zip(asked.rows, asked.reasons, strict=True) if why}
        self.used.append(asked.used)
        self.study.labels += asked.usage

    def _allow(self, asked: Asked, more: int) -> None:
        """Labels count against the ceilings like every other answer."""
        study = self.study
        other = [*study.other, *self.used, asked.used]
        study.budget.check([], other, asked, more, [*study.labels, *asked.usage])

    def ask_why(self, tune: Sequence[int]) -> None:
        """From now on have it say why as well, unless that changes what it answers.

        The rows that teach must carry the answers that the others are judged by, so some of tune
        are asked both ways.
        """
        if self.teacher is None:
            return
        rows = [i for i in tune if i not in self.gold][:CHECKED]
        self.big.close()  # one server at a time
        teacher = self.teacher()
        asked = self.asker.ask(teacher, rows, self.progress, never)
        self._keep(asked)
        pairs = zip(asked.rows, asked.values, strict=True)
        same = sum(self.found[i] == value for i, value in pairs)
        if same < SAME * len(rows):
            teacher.close()
            self.reasons = {}
            said = f"so no rationales were asked for: fewer than {SAME:.0%} are the same"
        else:
            self.big, said = teacher, "so it gave a rationale with each answer of the fit split"
        self.notes.append(
            f"asked for a reason too, {teacher.name} gave the same answer to {same} of {len(rows)} "
            f"tune rows, {said}"
        )

    def examples(self, rows: Sequence[int]) -> Examples:
        """The rows that were answered, as examples."""
        kept = [i for i in rows if self.found.get(i)]
        data = self.dataset
        return Examples(
            tuple(data.inputs[i] for i in kept),
            tuple(self.found[i] or "" for i in kept),
            tuple(sorted({*data.classes, *(self.found[i] or "" for i in kept)})),
            section=self.section,
        )
