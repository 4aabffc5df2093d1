"""Everything the finders look at, read once: a ledger's traffic, and what else is handed in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from modicum.decision.document import DecisionDocument
from modicum.ledger.groups import Group, Hour, Size
from modicum.ledger.used import Constants, Used, used
from modicum.opportunities.opportunity import Saving

WEEK = 7
"""Days from which a period is taken as what a month is like."""
CLOCK_DAYS = 28
"""How far back the hours of the day are looked at."""
DAYS_A_MONTH = 365.2425 / 12


@dataclass(frozen=True)
class LoggedJob:
    """A recurring job of a request log; its footprint is of a month where `monthly`.

    repeated: share of its requests whose input was seen before.  likely: whether something smaller
    is likely to do it, and why.
    """

    name: str
    models: tuple[str, ...]
    requests: float
    repeated: float
    likely: bool
    why: str
    footprint: Saving
    monthly: bool


@dataclass(frozen=True)
class MeterDay:
    """Energy that an own meter or a rented instance told for a day; day counts from 1970."""

    day: int
    machine: str
    kwh: float | None
    hours: float | None = None
    watts: float | None = None
    cost: float | None = None
    currency: str = "USD"


@dataclass(frozen=True)
class Texts:
    """Inputs of a task that were kept, and how many of them were different."""

    kept: int
    distinct: int


@dataclass(frozen=True)
class Seen:
    """first, last: days since 1970, both included; None where the ledger holds no request.

    decisions: the newest by task.  recommended: constants of the recommended candidate by task.
    audits: how many in the period, by watched task.  texts: by task.  intensity: g/kWh by hour of
    the day (UTC), None where it was not given.  jobs, meters: None where no file was given.
    """

    first: int | None = None
    last: int | None = None
    days: float = 0.0
    groups: tuple[Group, ...] = ()
    sizes: tuple[Size, ...] = ()
    clock: tuple[Hour, ...] = ()
    busy_days: frozenset[int] = frozenset()
    constants: Constants = field(default_factory=dict)
    recommended: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    decisions: Mapping[str, DecisionDocument] = field(default_factory=dict)
    audits: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Texts] = field(default_factory=dict)
    intensity: tuple[float, ...] | None = None
    intensity_source: str = ""
    can_wait: frozenset[str] = frozenset()
    region: str | None = None
    jobs: tuple[LoggedJob, ...] | None = None
    meters: tuple[MeterDay, ...] | None = None

    @property
    def monthly(self) -> bool:
        """Whether the period is long enough to speak of a month."""
        return self.days >= WEEK

    @property
    def scale(self) -> float:
        """From the period to a month, or 1."""
        return DAYS_A_MONTH / self.days if self.monthly else 1.0

    @property
    def requests(self) -> int:
        """Answered requests."""
        return sum(g.requests for g in self.groups if g.outcome == "answered")

    def answered(self) -> dict[str, list[Group]]:
        """Groups of answered requests by task."""
        found: dict[str, list[Group]] = defaultdict(list)
        for group in self.groups:
            if group.outcome == "answered":
                found[group.task].append(group)
        return found

    def by_route(self, *outcomes: str) -> dict[tuple[str, str], list[Group]]:
        """Groups of those outcomes, or of all, by task and by what answered."""
        found: dict[tuple[str, str], list[Group]] = defaultdict(list)
        for group in self.groups:
            if not outcomes or group.outcome in outcomes:
                found[group.task, group.route].append(group)
        return found

    def used(self, group: Group) -> Used:
        """What a group used."""
        return used(group, self.constants.get(group.constants, {}))


def summed_up(seen: Seen, groups: Sequence[Group] | Iterable[Group]) -> Saving:
    """What groups used together."""
    from modicum.ledger.used import summed

    return Saving.of(summed([seen.used(group) for group in groups]))
