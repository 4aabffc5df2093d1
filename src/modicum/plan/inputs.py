"""Inputs as figures: what a user gives, and what is assumed in its place."""

from __future__ import annotations

from modicum.figures import Figure
from modicum.plan.limits import at_least, at_most, not_negative

_GIVEN = 1.02
"""A quoted power, time or factor is taken within 2%: the three digits people quote."""

_PUE_LIMIT = 10.0
"""No facility spends ten times its machines: small server rooms reach about 3 (ENERGY STAR's survey
of 120 data centres, EPA 2010: 1.25 to 3.75)."""


def given(name: str, value: float, unit: str) -> Figure:
    """A number that the user gives, to the precision that people quote.

    >>> given("watts", 330, "W").high
    336.6
    """
    return Figure.within(
        value,
        _GIVEN,
        unit,
        basis="reported",
        source=f"{name} as given",
        boundary="as given",
        error=f"given:{name}:{value:g}",
    )


def count(name: str, value: float, unit: str = "1") -> Figure:
    """A count that the user gives: exact."""
    return Figure.exact(
        value, unit, basis="reported", source=f"{name} as given", boundary="as given"
    )


def given_pue(value: float) -> Figure:
    """A PUE that the user gives, refused below 1; its excess over 1 is known within a fifth."""
    at_most("PUE", at_least("PUE", value, 1.0), _PUE_LIMIT)
    excess = value - 1.0
    return Figure.of(
        value,
        1.0 + excess / 1.2,
        1.0 + excess * 1.2,
        "1",
        basis="reported",
        source="PUE as given",
        boundary="facility energy / IT energy",
        error=f"given:pue:{value:g}",
    )


def given_grid(value: float) -> Figure:
    """A grid factor that the user gives, g per kWh."""
    not_negative("grid factor", value)
    return given("grid factor", value, "gCO2e/kWh")
