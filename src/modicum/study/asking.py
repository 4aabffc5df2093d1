"""Asking a candidate for the answers to one split, metered, in batches that can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.candidates.protocol import Answers, Candidate, Usage
from modicum.decision.set_metric import observed_set_loss
from modicum.errors import DataError
from modicum.figures import Figure
from modicum.metering import Meter
from modicum.metering.tokens import energy_of_tokens
from modicum.study.judge import Judge
from modicum.study.progress import Progress
from modicum.study.used import NOTHING, Used, sum_of
from modicum.tasks import Dataset, is_set_metric, losses
from modicum.tasks.spec import TaskSection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

JUDGED_RIGHT = ("accuracy", "subset", "all_fields", "exact_match", "numeric", "regex", "judge")
"""Metrics by which an answer is right or wrong, so that a recorded verdict will do."""

FIRST_BATCH = 8
"""Examples asked at first where a ceiling is set."""

BATCH, SLOW_BATCH = 256, 32
"""Examples asked at a time; the second for candidates that live in another process."""


@dataclass
class Asked:
    """A candidate's answers to the first `len(rows)` rows of a split."""

    rows: list[int] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)
    confidence: list[float | None] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    used: Used = NOTHING
    reasons: list[str | None] = field(default_factory=list)

    @property
    def unanswered(self) -> int:
        """How many examples got no valid answer."""
        return len(self.errors)

    def predictions(self) -> list[str]:
        """The answers, "" where there was none."""
        return ["" if value is None else value for value in self.values]

    def array(self) -> NDArray[np.float64]:
        """The losses, shape (n,)."""
        import numpy as np

        return np.array(self.losses, dtype=np.float64)


@dataclass
class Asker:
    """Asks candidates about rows of one data set.

    allow: raises BudgetError where the next batch would go beyond a ceiling; `bounded` says that
    there is one, so that batches are small.  judge: scores answers where the metric asks for it;
    what it uses is kept in `judging`.  agreed: rows whose label is what the reference answers; it
    is asked about them first, and its answers are in `told` (see `study.agreed`).
    """

    dataset: Dataset
    section: TaskSection
    meter: Meter
    allow: Callable[[Asked, int], None] = lambda asked, count: None
    judge: Judge | None = None
    bounded: bool = False
    agreed: frozenset[int] = frozenset()
    told: dict[int, str] = field(default_factory=dict)
    judging: list[Used] = field(default_factory=list)

    def ask(
        self,
        candidate: Candidate,
        rows: Sequence[int],
        progress: Progress,
        stop: Callable[[Asked], bool] = lambda _: False,
        asked: Asked | None = None,
    ) -> Asked:
        """Ask about `rows` in order, going on where `asked` ends, until done or `stop` says so."""
        so_far = asked or Asked()
        slow = candidate.process_ids or candidate.remote or self.bounded
        size = SLOW_BATCH if slow else BATCH
        progress.step(len(so_far.rows))
        while (start := len(so_far.rows)) < len(rows):
            if stop(so_far):
                break
            # What an answer costs is not known before the first few.
            count = FIRST_BATCH if self.bounded and not start else size
            batch = list(rows[start : start + count])
            self.allow(so_far, len(batch))
            answers, used = self._metered(candidate, batch)
            self._add(so_far, batch, answers, used)
            progress.step(len(batch))
        return so_far

    def _metered(self, candidate: Candidate, batch: list[int]) -> tuple[Answers, Used]:
        inputs = [self.dataset.inputs[i] for i in batch]
        with self.meter.window(candidate.name, pids=candidate.process_ids) as window:
            answers = self._answers(candidate, inputs, batch)
        if len(answers) != len(batch):
            raise DataError(
                f"candidate {candidate.name!r} gave {len(answers)} answers to {len(batch)} inputs: "
                "a candidate must answer each, with None where it cannot"
            )
        here = Used.of(window.reading)
        return answers, sum_of([here, Used(elsewhere(candidate, answers.usage), 0.0, 0.0)])

    def _answers(self, candidate: Candidate, inputs: list[str], batch: list[int]) -> Answers:
        by_row = getattr(candidate, "answer_rows", None)
        if by_row is None:
            return candidate.answer(inputs)
        columns = {n: [c[i] for i in batch] for n, c in self.dataset.columns.items()}
        answers: Answers = by_row(inputs, columns)
        return answers

    def score(self, batch: list[int], references: list[str], answers: Answers) -> list[float]:
        """The losses of answers to these rows."""
        if self.judge is not None:
            inputs = [self.dataset.inputs[i] for i in batch]
            before = len(self.judge.spent)
            with self.meter.window("judge model", pids=self.judge.process_ids) as window:
                judged = self.judge.losses(inputs, references, answers.values)
            there = elsewhere(self.judge.candidate, self.judge.spent[before:])
            self.judging.append(sum_of([Used.of(window.reading), Used(there, 0.0, 0.0)]))
            return judged
        more = self.dataset.alternatives
        found: list[float] = losses(
            self.section,
            references,
            answers.values,
            answers.probabilities,
            answers.classes,
            more and [more[i] for i in batch],
        ).tolist()
        return found

    def _label(self, row: int, value: str | None) -> str:
        if row not in self.agreed:
            return self.dataset.references[row]
        return self.told.get(row, value or "")

    def _add(self, asked: Asked, batch: list[int], answers: Answers, used: Used) -> None:
        references = [self._label(i, v) for i, v in zip(batch, answers.values, strict=True)]
        if answers.correct is not None:
            found = [1.0 - float(bool(right)) for right in answers.correct]
            if self.section.metric not in JUDGED_RIGHT:
                raise DataError(
                    f"metric {self.section.metric!r} needs answers, but only whether each was "
                    "correct was recorded: give answer = COLUMN, or a metric of right and wrong"
                )
        else:
            found = self.score(batch, references, answers)
        asked.rows += batch
        asked.values += answers.values
        asked.confidence += answers.confidence or (None,) * len(batch)
        asked.losses += found
        asked.reasons += answers.reasons or (None,) * len(batch)
        asked.usage += answers.usage or (Usage(),) * len(batch)
        asked.errors += [e for e in answers.errors or () if e is not None]
        asked.used = sum_of([asked.used, used])


def elsewhere(candidate: Candidate, usage: Sequence[Usage] | None) -> Figure:
    """Energy of what was asked of a machine that cannot be metered from here, anew.

    Zero for local candidates, and for answers that were recorded or cached: nothing ran again.
    """
    fresh = [u for u in usage or () if not u.cached]
    recorded = hasattr(candidate, "answer_rows")
    if not candidate.remote or recorded or not fresh:
        return NOTHING.energy_j
    return energy_of_tokens(fresh)


def observed_loss(section: TaskSection, dataset: Dataset, asked: Asked) -> float:
    """The task's loss over the examples asked: the mean, or the set metric's own."""
    if not is_set_metric(section.metric):
        return sum(asked.losses) / len(asked.losses)
    references = [dataset.references[i] for i in asked.rows]
    return observed_set_loss(references, asked.predictions(), section.metric)
