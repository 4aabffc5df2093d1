"""Software Carbon Intensity, ISO/IEC 21031:2024, and its extension to AI."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from modicum.errors import CarbonError
from modicum.figures import Figure, total

Role = Literal["consumer", "provider"]

PHASES: dict[Role, tuple[str, ...]] = {
    "consumer": ("runtime-operations",),
    "provider": ("data-engineering", "model-training", "system-integration", "end-of-life"),
}
"""Life-cycle stages each role must include (SCI for AI, Green Software Foundation 2025, sections 6
and 7); the stage Prepare is left out by both."""

FUNCTIONAL_UNITS: dict[Role, tuple[str, ...]] = {
    "consumer": ("token", "second", "image", "execution", "page", "inference"),
    "provider": ("billion parameters", "training token", "FLOP"),
}
"""What each role counts by (SCI for AI, section 8): the consumer as it is billed, the provider by
what scaling laws know."""


@dataclass(frozen=True, slots=True)
class Sci:
    """(O + M) per R: operational, embodied, functional unit, with the boundary that it holds."""

    operational_g: Figure
    embodied_g: Figure
    unit: str
    units: float
    boundary: str

    def __post_init__(self) -> None:
        if not 0 < self.units < math.inf:
            raise CarbonError(f"{self.units:g} {self.unit}: a functional unit needs at least one")
        if not self.boundary:
            raise CarbonError("the boundary of the SCI is empty: say what software it covers")

    @property
    def rate(self) -> Figure:
        """Grams per functional unit; a rate, never a total, and never with offsets."""
        whole = total([self.operational_g.to("gCO2e"), self.embodied_g.to("gCO2e")])
        return whole.per(self.unit, self.units)

    def to_dict(self) -> dict[str, Any]:
        """What the standard asks a report to state."""
        return {
            "standard": "ISO/IEC 21031:2024",
            "sci": self.rate.to_dict(),
            "functional_unit": self.unit,
            "boundary": self.boundary,
            "operational": self.operational_g.to_dict(),
            "embodied": self.embodied_g.to_dict(),
            "method": "location-based; no offsets, no market-based instruments",
        }


def sci(
    energy: Figure, intensity: Figure, embodied: Figure, *, unit: str, units: float, boundary: str
) -> Sci:
    """SCI = (E x I + M) per R.

    >>> e = Figure.exact(2, "kWh", basis="measured", source="meter", boundary="server")
    >>> i = Figure.exact(400, "gCO2e/kWh", basis="reported", source="grid", boundary="grid")
    >>> m = Figure.exact(200, "gCO2e", basis="reported", source="maker", boundary="server")
    >>> sci(e, i, m, unit="request", units=1000, boundary="service").rate.value
    1.0
    """
    return Sci((energy * intensity).to("gCO2e"), embodied.to("gCO2e"), unit, units, boundary)


def unit_note(unit: str, role: Role) -> str | None:
    """What is to be said of a functional unit that the standard does not give to a role.

    >>> unit_note("token", "consumer") is None
    True
    """
    if unit in FUNCTIONAL_UNITS[role]:
        return None
    units = ", ".join(FUNCTIONAL_UNITS[role])
    return f"the standard's functional units for a {role} are {units}: {unit!r} is none of them"


def sci_for_ai(phases: dict[str, Sci], role: Role) -> Figure:
    """The sum over the phases that the role must count, each per its own functional unit."""
    wanted = PHASES[role]
    missing = [name for name in wanted if name not in phases]
    if missing:
        raise CarbonError(f"the {role}'s SCI for AI lacks {', '.join(missing)}: give each phase")
    rates = [phases[name].rate for name in wanted]
    units = {phases[name].unit for name in wanted}
    if len(units) > 1:
        raise CarbonError(f"phases are per {', '.join(sorted(units))}: give one functional unit")
    return total(rates)
