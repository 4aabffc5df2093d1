"""What made carbon change between two years: volume, right-sizing, the grid.

Carbon is requests x energy per request x carbon per energy.  The additive logarithmic mean Divisia
index (LMDI-I) shares the whole change over the three without a rest: each effect is the logarithmic
mean of the two carbons times the logarithm of the factor's ratio (Ang, The LMDI approach to
decomposition analysis: a practical guide, Energy Policy 33:867-871, 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from modicum.errors import DataError


@dataclass(frozen=True)
class Year:
    """What one year came to; `requests` is any functional unit, the same in every year."""

    year: int
    energy_kwh: float
    carbon_kg: float
    requests: float

    def __post_init__(self) -> None:
        for name in ("energy_kwh", "carbon_kg", "requests"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise DataError(
                    f"{self.year} has {name} {value:g}: a decomposition needs more than 0 of each"
                )


@dataclass(frozen=True)
class Effects:
    """Kilograms that each cause added (or saved, below 0); they sum to the change."""

    volume_kg: float
    efficiency_kg: float
    grid_kg: float

    @property
    def change_kg(self) -> float:
        """The whole change."""
        return self.volume_kg + self.efficiency_kg + self.grid_kg

    @property
    def saved_kg(self) -> float:
        """What efficiency and the grid took away, where they did.

        >>> Effects(volume_kg=30, efficiency_kg=-100, grid_kg=20).saved_kg
        100.0
        """
        return -(min(self.efficiency_kg, 0.0) + min(self.grid_kg, 0.0))


def log_mean(a: float, b: float) -> float:
    """The logarithmic mean of two positive numbers.

    >>> log_mean(2.0, 2.0), round(log_mean(1.0, math.e), 6)
    (2.0, 1.718282)
    """
    ratio = a / b
    if abs(ratio - 1) < 1e-9:
        return (a + b) / 2
    return (a - b) / math.log(ratio)


def effects(first: Year, last: Year) -> Effects:
    """What each cause did from the first year to the last.

    >>> found = effects(Year(2024, 100, 40, 1000), Year(2025, 50, 20, 1000))
    >>> round(found.volume_kg, 9), round(found.efficiency_kg, 9), round(found.grid_kg, 9)
    (0.0, -20.0, 0.0)
    """
    weight = log_mean(last.carbon_kg, first.carbon_kg)

    def of(now: float, then: float) -> float:
        return weight * math.log(now / then)

    return Effects(
        volume_kg=of(last.requests, first.requests),
        efficiency_kg=of(last.energy_kwh / last.requests, first.energy_kwh / first.requests),
        grid_kg=of(last.carbon_kg / last.energy_kwh, first.carbon_kg / first.energy_kwh),
    )
