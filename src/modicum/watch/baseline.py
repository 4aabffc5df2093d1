"""Baseline: what the judge split allows, taken from a decision: the bound of each stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.errors import DecisionError
from modicum.watch.shares import ALL, GOLD, shared

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument

_LEAST, _LARGEST = 1e-4, 0.95


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing that is tested: its name, the largest mean loss under the null, its error rate."""

    name: str
    bound: float
    alpha: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a decision promises about live traffic.

    disagreement: with the reference, on the judge split: estimate and upper bound.
    limit: live disagreement below it confirms the decision (see `LiveProof`).
    others: undecided candidates judged beside it, smallest first; all of them are proven below
        `other_limit`, the margin.
    how: where the bound comes from, in words.
    """

    task: str
    candidate: str
    reference: str
    disagreement: float | None
    streams: tuple[Stream, ...]
    limit: float
    confidence: float
    how: str
    others: tuple[str, ...] = ()
    other_limit: float = 0.0

    @property
    def bound(self) -> float:
        """The bound of all requests."""
        return self.streams[0].bound

    @property
    def proof_alpha(self) -> float:
        """The error rate of each live proof: the decision's, shared evenly over its candidates."""
        return (1 - self.confidence) / (1 + len(self.others))

    @classmethod
    def of(cls, decision: DecisionDocument, alpha: float) -> Baseline:
        """Bounds of the recommended candidate, with `alpha` shared over its streams.

        Where a decision knows no disagreement (older ones), the sum of the two upper bounds of
        loss serves: an answer that differs from the reference's means that one of them is wrong.
        """
        small = decision.candidate(decision.recommended)
        reference = decision.candidate(decision.reference)
        if decision.recommended == decision.reference:
            raise DecisionError(
                f"{decision.task.name} keeps its reference, so there is nothing to compare it with"
            )
        if small.loss is None or reference.loss is None:
            raise DecisionError(f"the decision of {decision.task.name} has no losses to watch by")
        found = small.disagreement
        bound = found.high if found else small.loss.high + reference.loss.high
        slices = {
            f"{part.column}={part.slice}": part.disagreement.high
            for part in small.slices
            if part.disagreement is not None
        }
        bounds = {ALL: bound, GOLD: small.loss.high} | slices
        parts = shared(alpha, list(slices))
        streams = tuple(Stream(name, _inside(bounds[name]), a) for name, a in parts.items())
        return cls(
            task=decision.task.name,
            candidate=decision.recommended,
            reference=decision.reference,
            disagreement=found.value if found else None,
            streams=streams,
            limit=_inside(bound + decision.margin if small.adequate else decision.margin),
            confidence=decision.confidence,
            how=(
                "upper bound of the disagreement on the judge split"
                if found
                else "sum of both upper bounds of loss on the judge split"
            ),
            others=beside(decision),
            other_limit=_inside(decision.margin),
        )


def beside(decision: DecisionDocument) -> tuple[str, ...]:
    """The undecided candidates kept with a decision that is not about them, smallest first."""
    return tuple(n for n in decision.fingerprints.undecided if n != decision.recommended)


def _inside(bound: float) -> float:
    return min(max(bound, _LEAST), _LARGEST)
