"""View: a decision as the page reads it, its candidates in one order with one number each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from modicum.errors import FigureError
from modicum.figures import Figure
from modicum.report.notes import Notes
from modicum.report.places import places
from modicum.report.words import Measure, state

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, DecisionDocument, FigureDocument
    from modicum.report.language import Language


@dataclass
class View:
    """What every section is drawn from."""

    decision: DecisionDocument
    notes: Notes = field(default_factory=Notes)

    @classmethod
    def speaking(cls, decision: DecisionDocument, say: Language) -> View:
        """A view whose notes are in that language."""
        return cls(decision, Notes(say=say))

    def __post_init__(self) -> None:
        """Let every figure on the page know where in the decision it stands."""
        self.notes.places.update({id(part): at for at, part in places(self.decision)})

    @cached_property
    def measure(self) -> Measure:
        """How the task's metric is written."""
        return Measure.of(self.decision.task.metric)

    @cached_property
    def rows(self) -> list[CandidateDocument]:
        """Candidates from the least energy to the most, those without a figure last."""
        return sorted(self.decision.candidates, key=_rank)

    def number(self, name: str) -> int:
        """The row a candidate has in the table."""
        return 1 + [row.name for row in self.rows].index(name)

    def place_of(self, candidate: CandidateDocument) -> str:
        """Where it stands in decision.json."""
        names = [row.name for row in self.decision.candidates]
        return f"candidates[{names.index(candidate.name)}]"

    @cached_property
    def reference(self) -> CandidateDocument:
        """The candidate everything is compared with."""
        return self.decision.candidate(self.decision.reference)

    @cached_property
    def recommended(self) -> CandidateDocument:
        """The candidate to run."""
        return self.decision.candidate(self.decision.recommended)

    @property
    def kept(self) -> bool:
        """Whether the answer is the reference."""
        return self.decision.recommended == self.decision.reference

    def in_state(self, wanted: str) -> list[CandidateDocument]:
        """Candidates in a state, as `words.state` names it."""
        return [row for row in self.rows if state(row) == wanted]


def _rank(candidate: CandidateDocument) -> tuple[bool, bool, float]:
    energy = energy_of(candidate)
    value = energy.value if energy and energy.value is not None else 0.0
    return candidate.status != "judged", energy is None or energy.value is None, value


def energy_of(candidate: CandidateDocument) -> FigureDocument | None:
    """Energy per request, if there is a footprint."""
    return candidate.footprint.energy_j if candidate.footprint else None


def ratio(big: FigureDocument | None, small: FigureDocument | None) -> Figure:
    """How many times `small` goes into `big`; errors that both share cancel."""
    if big is None or small is None:
        return Figure.unknown("1", "a candidate has no footprint")
    try:
        return big.figure() / small.figure()
    except (FigureError, ZeroDivisionError) as error:
        return Figure.unknown("1", f"the two cannot be divided: {error}")


def factor(view: View) -> tuple[Figure, str]:
    """Energy of the reference over that of the recommended candidate, or the other way round.

    The figure is above one; the words say which way it is.
    """
    best, reference = energy_of(view.recommended), energy_of(view.reference)
    less = ratio(reference, best)
    if less.value is not None and less.value < 1:
        return ratio(best, reference), "times as much"
    return less, "times less"
