"""What a candidate is: one way to answer a batch of inputs.

A candidate never meters itself and never knows what it costs.  It says what it used (tokens, calls,
money charged by somebody else) and which processes work for it; the study meters those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from modicum.tasks.metrics import losses
from modicum.tasks.spec import TaskSection

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer used, as far as the candidate can know; unknown is None, never 0.

    `latency_ms` is filled in only where the candidate knows it better than its caller does
    (recorded answers, concurrent calls to a server); `energy_j` only where somebody reported it.
    `tokens_cached` is the part of `tokens_in` that the server knew already and did not read anew.
    `cached` marks an answer from a stored response, or shared with the same input in the batch:
    the rest then tells what the original request used, and nothing was used or charged again.
    """

    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    currency: str | None = None
    latency_ms: float | None = None
    energy_j: float | None = None
    tokens_cached: int | None = None
    cached: bool = False


@dataclass(frozen=True)
class Answers:
    """The answers to one batch, by position.

    values: one per input; None where the candidate gave no valid answer (it is counted as wrong).
    confidence: one per input in [0, 1], or None where the candidate cannot say.
    errors: one per input; a sentence where `values` is None, else None.
    probabilities: shape (len(values), len(classes)), rows summing to 1, columns in the order of
        `classes`; None where the candidate has none.
    correct: for recorded results that know only whether each answer was right, else None.
    reasons: why each answer is right, in words, where the candidate was asked to say; else None.
    """

    values: tuple[str | None, ...]
    confidence: tuple[float | None, ...] | None = None
    usage: tuple[Usage, ...] | None = None
    errors: tuple[str | None, ...] | None = None
    probabilities: np.ndarray | None = None
    classes: tuple[str, ...] | None = None
    correct: tuple[bool | None, ...] | None = None
    reasons: tuple[str | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Examples:
    """Inputs and their reference answers, by position.

    `columns` holds further columns of the same rows (recorded answers, slices).  `section` tells
    the kind of task and how an answer is scored; without it answers are classes.  `alternatives`
    holds further right answers of each example, where any has some.
    """

    inputs: tuple[str, ...]
    references: tuple[str, ...]
    classes: tuple[str, ...]
    columns: dict[str, tuple[object, ...]] = field(default_factory=dict)
    section: TaskSection | None = None
    alternatives: tuple[tuple[str, ...], ...] | None = None

    @property
    def form(self) -> str:
        """`classify`, `multi-label`, `extract` or `generate`."""
        return self.section.form if self.section else "classify"

    def losses(self, values: Sequence[str | None]) -> list[float]:
        """The loss of each answer, in [0, 1], as the task scores it; see `tasks.losses`."""
        if self.section is None or self.section.metric == "log_loss":
            pairs = zip(values, self.references, strict=True)
            return [float(value != right) for value, right in pairs]
        found = losses(self.section, self.references, values, alternatives=self.alternatives)
        return [float(loss) for loss in found]

    def taken(self, rows: Sequence[int]) -> Examples:
        """Some of these examples, by position."""

        def take(cells: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(cells[i] for i in rows)

        columns = {name: take(cells) for name, cells in self.columns.items()}
        more = self.alternatives and take(self.alternatives)
        return replace(
            self,
            inputs=take(self.inputs),
            references=take(self.references),
            columns=columns,
            alternatives=more,
        )

    def __len__(self) -> int:
        return len(self.inputs)

    def joined(self, other: Examples) -> Examples:
        """These examples, then the other ones; further columns are left out."""
        return Examples(
            self.inputs + other.inputs,
            self.references + other.references,
            self.classes,
            section=self.section,
        )

    def none(self) -> Examples:
        """No examples of the same classes."""
        return Examples((), (), self.classes, section=self.section)


@runtime_checkable
class Candidate(Protocol):
    """One way to answer.  `close` ends what it started (a server) and may be called twice."""

    name: str

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Other processes on this machine that work for it (a local model server)."""
        ...

    @property
    def remote(self) -> bool:
        """Whether (part of) the work is done on a machine that cannot be metered from here."""
        ...

    def answer(self, batch: Sequence[str]) -> Answers:
        """Answer every input of the batch; never raises for one bad answer, marks it instead."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything `load` needs into an existing empty folder; never a secret."""
        ...

    def close(self) -> None:
        """Release what was opened."""
        ...


class Recipe(Protocol):
    """Builds a candidate from the fit split.

    `fit` may use `tune` to choose hyper-parameters, thresholds or prompts; it never sees judge.
    `options` are the further keys of the candidate's table in the task file; an unknown key raises
    CandidateError naming the nearest known one.  A recipe may have a `space`: for options that a
    search may try, their values in order (see `study.settings`).  With `rationales = True` it is
    also tried with rationales as further fit examples (see `study.rationales`).
    """

    name: str

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Candidate:
        """Build the candidate; raises CandidateError with the cure when that cannot be done."""
        ...

    def load(self, folder: Path, *, name: str) -> Candidate:
        """Load what `Candidate.save` wrote; raises ArtefactError for a foreign or tampered file."""
        ...
