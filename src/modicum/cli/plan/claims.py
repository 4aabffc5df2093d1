"""A quoted energy or carbon beside what the plan says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.cli.plan.show import told
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.plan.train import TrainPlan


def claims(
    plan: TrainPlan, kwh: float | None, kg: float | None, pue: float | None
) -> tuple[list[str], list[str]]:
    """What speaks for the quoted numbers, and what against them."""
    from modicum.plan.limits import positive

    used = plan.footprint
    good: list[str] = []
    bad: list[str] = []
    for what, claimed, unit, computed in (
        ("energy", kwh, "kWh", used.energy_j),
        ("carbon", kg, "kgCO2e", used.carbon_g),
    ):
        if claimed is None:
            continue
        positive(f"claimed {what}", claimed)
        against = _against(what, claimed, computed.to(unit), pue)
        bad += against
        good += [] if against else [f"the claimed {what} lies in the plan's interval"]
    return good, bad


def _against(what: str, claimed: float, computed: Figure, pue: float | None) -> list[str]:
    from modicum.plan.traps import claim_traps

    traps = claim_traps(claimed, computed.value or 0.0, pue=pue, what=what)
    if traps:
        return [str(trap) for trap in traps]
    low, high = computed.low or 0.0, computed.high or 0.0
    if low <= claimed <= high:
        return []
    quoted = Figure.exact(claimed, computed.unit, basis="reported", source="", boundary="")
    return [
        f"the claimed {what} of {told(quoted)[0]} is {claimed / (computed.value or 1.0):.3g} times "
        f"the computed, outside {told(computed)[1]} {_unit(computed)}: another grid factor, "
        "boundary, idle share or time?"
    ]


def _unit(figure: Figure) -> str:
    return told(figure)[0].rpartition(" ")[2]


def pue_in(pue: float | None, preset: str | None) -> float | None:
    """The PUE in the plan: as given, or the preset's own."""
    from modicum.plan.presets import find_preset

    if pue is not None or preset is None:
        return pue
    published = find_preset(preset)["pue"]
    return float(published) if published else None
