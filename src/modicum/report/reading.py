"""Reading: what one reader is told, before it becomes a page, a table or plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from modicum.decision.document import FigureDocument, IntervalDocument
    from modicum.figures import Figure
    from modicum.report.notes import Notes
    from modicum.report.words import Measure

Reader = Literal["engineer", "business", "sustainability"]
READERS: tuple[Reader, ...] = ("engineer", "business", "sustainability")


@dataclass(frozen=True)
class Number:
    """A figure, or a statistic of losses, with its name.

    place: where it stands in decision.json, or how it follows from what stands there.
    per: the functional unit that is shown behind its unit.
    """

    label: str
    value: FigureDocument | Figure | IntervalDocument
    place: str
    per: str = ""

    @property
    def is_level(self) -> bool:
        """Whether a statistic is a loss itself, not a difference of losses."""
        return not self.place.endswith("difference")


class Telling(Protocol):
    """What a reading is drawn with: the page's notes, and how losses are written."""

    @property
    def notes(self) -> Notes:
        """The notes of the page."""
        ...

    @property
    def measure(self) -> Measure:
        """How the metric is written."""
        ...


@dataclass(frozen=True)
class Grid:
    """A small table of words."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """A heading with what stands below it, in this order."""

    key: str
    title: str
    texts: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    grid: Grid | None = None
    items: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True)
class Reading:
    """Everything for one reader, or the tour for whoever is new."""

    reader: Reader | Literal["tour"]
    title: str
    parts: tuple[Part, ...]

    @property
    def numbers(self) -> tuple[tuple[str, Number], ...]:
        """Each number with the key of its part."""
        return tuple((part.key, number) for part in self.parts for number in part.numbers)
