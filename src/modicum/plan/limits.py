"""Input that physics forbids is refused here, with the number and its limit."""

from __future__ import annotations

import math

from modicum.errors import PlanError


def positive(name: str, value: float) -> float:
    """`value`, if it is finite and above 0.

    >>> positive("watts", 330)
    330
    """
    if not math.isfinite(value) or value <= 0:
        raise PlanError(f"{name} is {value:g}: give a finite number above 0")
    return value


def not_negative(name: str, value: float) -> float:
    """`value`, if it is finite and at least 0."""
    if not math.isfinite(value) or value < 0:
        raise PlanError(f"{name} is {value:g}: give a finite number of at least 0")
    return value


def share(name: str, value: float) -> float:
    """`value`, if it lies in (0, 1]."""
    if not 0 < value <= 1:
        raise PlanError(f"{name} is {value:g}: give a share above 0 and at most 1")
    return value


def at_most(name: str, value: float, limit: float) -> float:
    """`value`, if it is not above `limit`.

    >>> at_most("years", 5, 100)
    5
    """
    if not value <= limit:
        raise PlanError(
            f"{name} is {value:g}, above its limit of {limit:g}: give {limit:g} or less"
        )
    return value


def at_least(name: str, value: float, limit: float) -> float:
    """`value`, if it is finite and not below `limit`.

    >>> at_least("PUE", 1.1, 1.0)
    1.1
    """
    if not math.isfinite(value) or value < limit:
        raise PlanError(
            f"{name} is {value:g}, below its limit of {limit:g}: give {limit:g} or more"
        )
    return value
