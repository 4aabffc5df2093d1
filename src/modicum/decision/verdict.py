"""What a decision says, and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modicum.stats.interval import Interval


@dataclass(frozen=True)
class SliceEvidence:
    """One named slice of one candidate: held to `margin` like the whole."""

    name: str
    n: int
    difference: float
    difference_interval: Interval
    p_value: float
    margin: float
    adequate: bool | None


@dataclass(frozen=True)
class Evidence:
    """What is known of one candidate, and the level it was held to.

    loss: mean loss, with its own finite-sample interval.  difference: mean of candidate minus
    reference, with the interval of the rule that decided.  level: 0.0 where the procedure stopped
    before this candidate's turn; the interval then stands at the whole error rate, decides nothing.
    p_value: of "worse by the margin or more", the largest over the whole and its slices.  e_value:
    where a betting process ran, else None.  adequate: True proven, False shown inadequate, None
    undecided.  superior: proven better than the reference, in a family of its own.
    """

    name: str
    n: int
    loss: float
    loss_interval: Interval
    difference: float
    difference_interval: Interval
    p_value: float | None
    e_value: float | None
    level: float
    test: str
    adequate: bool | None
    superior: bool
    reason: str
    slices: tuple[SliceEvidence, ...] = ()


@dataclass(frozen=True)
class Method:
    """How several candidates shared one error rate, and why so.

    order: names in the order they were tested where there is one.  asymptotic: whether the promise
    rests on a large-sample approximation.  absolute: `margin` is a ceiling on the loss itself.
    """

    multiplicity: str
    why: str
    order: tuple[str, ...]
    test: str
    asymptotic: bool
    margin: float
    confidence: float
    absolute: bool = False


@dataclass(frozen=True)
class Missing:
    """What kept a candidate undecided.

    more_examples: judge examples to add for an 80% chance of a proof if the difference is what it
    looks like; None where none would do, since it does not look adequate.
    """

    name: str
    more_examples: int | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The decision: what to run, and why.

    recommended: the candidate of least energy among those proven adequate, or the reference.
    adequate: by name, the reference included (True by definition); None is undecided.
    missing: undecided candidates that would use less than the recommended one.
    """

    recommended: str
    reference: str
    adequate: Mapping[str, bool | None]
    evidence: Mapping[str, Evidence]
    method: Method
    missing: tuple[Missing, ...]
