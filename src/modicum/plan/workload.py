"""A model to train, by its parameters and tokens: its FLOPs, its utilisation, the time it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.chips import Chip, find_chip
from modicum.plan.inputs import given
from modicum.plan.limits import positive, share

UTILISATION = (0.30, 1.55)
"""Model FLOPs utilisation where it is not given, and the factor that holds 90%: 0.197 (GPT-3) to
0.39 (GShard) in Patterson et al. 2021, 0.30 for MT-NLG (Smith et al. 2022), 0.46 for PaLM
(Chowdhery et al. 2022)."""

_FLOPS_PER = 6.0
"""Forward and backward FLOPs per active parameter and token (Kaplan et al. 2020)."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Parameters that one token uses, tokens, and the chip to train on."""

    active_params: float
    tokens: float
    chip: Chip = field(default_factory=lambda: find_chip("h100"))
    utilisation: float | None = None

    def __post_init__(self) -> None:
        positive("parameters", self.active_params)
        positive("tokens", self.tokens)
        if self.utilisation is not None:
            share("utilisation", self.utilisation)

    def flops(self) -> Figure:
        """6 N D, within the tenth that attention and recomputation add or spare."""
        return Figure.within(
            _FLOPS_PER * self.active_params * self.tokens,
            1.08,
            "FLOP",
            basis="modelled",
            source="6 N D (Kaplan et al. 2020)",
            boundary="training run",
            error="flops:6nd",
        )

    def chip_hours(self) -> Figure:
        """FLOPs over the peak and its utilisation."""
        return (self.flops() / (self.rate() * self.chip.peak())).to("h")

    def rate(self) -> Figure:
        """Share of the peak that is reached."""
        if self.utilisation is not None:
            return given("utilisation", self.utilisation, "1")
        value, factor = UTILISATION
        return Figure.within(
            value,
            factor,
            "1",
            basis="assumed",
            source="Patterson et al. 2021; Smith et al. 2022; Chowdhery et al. 2022",
            boundary="model FLOPs utilisation",
            error="utilisation:training",
        )


def needed_utilisation(work: Workload, chips: float, hours: float) -> float:
    """Utilisation that a training in this time would need; PlanError above 1."""
    possible = positive("chips", chips) * positive("hours", hours) * 3600 * work.chip.tflops * 1e12
    needed = _FLOPS_PER * work.active_params * work.tokens
    if needed > possible:
        raise PlanError(
            f"the training needs {needed:.3g} FLOPs, but {chips:g} {work.chip.name} have "
            f"{possible:.3g} in {hours:g} h at their peak: give more chips or time"
        )
    return needed / possible
