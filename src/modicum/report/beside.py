"""Beside: what a report knows besides the decision, handed in by whoever may find it out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.decision.approvals import Approval
    from modicum.figures import Figure


@dataclass(frozen=True)
class Stated:
    """Money that only the user knows, in the decision's currency; None where it was not given."""

    hosting_per_month: float | None = None
    labelling: float | None = None
    upkeep_per_month: float | None = None


@dataclass(frozen=True)
class Said:
    """A line of the approvals; `stale` where the decision changed after it."""

    line: Approval
    stale: bool


@dataclass(frozen=True)
class StandardRow:
    """One row of a reporting standard; its name says which version, `source` what that is from."""

    standard: str
    datapoint: str
    label: str
    figure: Figure
    source: str = ""


@dataclass(frozen=True)
class Account:
    """Carbon of one candidate as inventories and ISO/IEC 21031:2024 divide it.

    scope: of its operational carbon for who asks, `2` where it runs on own machines and `3` where
    it is hosted; None where no evidence says which.  All are for `units` requests.
    """

    scope: str | None
    units: float
    market: Figure
    embodied: Figure
    sci: Figure
    sci_boundary: str
    rows: tuple[StandardRow, ...] = ()


@dataclass(frozen=True)
class Confusion:
    """How often each answer stood for another, the most frequent first: wanted, given, times."""

    candidate: str
    examples: int
    pairs: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Curve:
    """How a candidate learned: examples it was built on, and its mean loss on tune, by part.

    given_up: whether it was stopped there, as more data would not have been worth its energy.
    """

    candidate: str
    points: tuple[tuple[int, float], ...]
    given_up: bool


@dataclass(frozen=True)
class Beside:
    """Everything that is handed in; a report without it says what it lacks.

    folder: what to type in commands.  accounts: by the candidate's name.  accepted: who accepted
    which slice ("column=value") of the decision as it is, and when.
    """

    folder: str = "DIR"
    stated: Stated = field(default_factory=Stated)
    approvals: tuple[Said, ...] = ()
    faults: tuple[str, ...] = ()
    accounts: dict[str, Account] = field(default_factory=dict)
    confusions: tuple[Confusion, ...] = ()
    accepted: dict[str, str] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()
