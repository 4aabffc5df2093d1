"""Where something runs: region or grid factor, PUE or provider, the supplier's factor."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modicum.carbon import Footprint, facility_pue, footprint, grid_factor
from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.inputs import given_grid, given_pue
from modicum.plan.limits import not_negative
from modicum.plan.traps import Trap, input_traps


@dataclass(frozen=True, slots=True)
class Site:
    """The place of a plan; what is None is assumed, and the plan says so."""

    region: str | None = None
    pue: float | None = None
    grid_g_per_kwh: float | None = None
    supplier_g_per_kwh: float | None = None
    watts_include_pue: bool = False
    provider: str | None = None

    def __post_init__(self) -> None:
        if self.pue is not None and self.provider is not None:
            raise PlanError(f"PUE {self.pue:g} and provider {self.provider!r}: give one of them")
        if self.supplier_g_per_kwh is not None:
            not_negative("supplier's factor", self.supplier_g_per_kwh)
        if self.pue is not None:
            given_pue(self.pue)
        if self.grid_g_per_kwh is not None:
            not_negative("grid factor", self.grid_g_per_kwh)

    @property
    def overhead(self) -> Figure | None:
        """Facility over IT energy: as given, as the provider publishes, or None."""
        if self.pue is not None:
            return given_pue(self.pue)
        return facility_pue(self.provider) if self.provider is not None else None

    def assumed(self) -> tuple[str, ...]:
        """What nobody gave."""
        told = []
        if self.overhead is None and not self.watts_include_pue:
            told.append("no PUE given: IT energy alone; a data centre adds 8% to 100%")
        if self.region is None and self.grid_g_per_kwh is None:
            told.append("no region and no grid factor: world average, 98 to 713 g/kWh")
        return tuple(told)

    def used(self, it: Figure) -> Footprint:
        """The footprint of an IT energy at this site."""
        return footprint(
            it,
            self.region,
            supplier_g_per_kwh=self.supplier_g_per_kwh,
            pue=None if self.watts_include_pue else self.overhead,
            grid=None if self.grid_g_per_kwh is None else given_grid(self.grid_g_per_kwh),
        )

    def traps(self, watts: float | None, *, search: bool = False) -> tuple[Trap, ...]:
        """Likely mistakes in these inputs."""
        national = grid_factor(self.region).value if self.region else None
        return tuple(
            input_traps(
                watts=watts,
                pue=self.pue,
                watts_include_pue=self.watts_include_pue,
                grid_g_per_kwh=self.grid_g_per_kwh,
                national_g_per_kwh=national,
                search=search,
            )
        )

    def at(self, region: str) -> Site:
        """The same in another region."""
        return replace(self, region=region)

    def without_pue(self) -> Site:
        """The same for an energy that already holds the facility's overhead."""
        return replace(self, watts_include_pue=True)
