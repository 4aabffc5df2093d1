"""A model on hardware and the request it answers: what the serving model is asked about."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from modicum.errors import PlanError
from modicum.plan.chips import Chip
from modicum.plan.limits import at_least, at_most, not_negative, positive

_BATCH_LIMIT = 10_000
"""Requests at a time on one copy of a model; ML.ENERGY v3 (2025) measures up to 2,045."""

Engine = Literal["vllm", "transformers"]


@dataclass(frozen=True, slots=True)
class Serving:
    """Parameters, chip and engine; tokens of one request; how many are served at a time."""

    active_params: float
    chip: Chip
    total_params: float | None = None
    tokens_in: float = 300.0
    tokens_out: float = 300.0
    batch: float | None = None
    bytes_per_param: float = 2.0
    engine: Engine = "vllm"
    chips: int | None = None
    requests_per_hour: float | None = None

    def __post_init__(self) -> None:
        positive("active parameters", self.active_params)
        not_negative("tokens in", self.tokens_in)
        not_negative("tokens out", self.tokens_out)
        positive("bytes per parameter", self.bytes_per_param)
        if self.tokens_in + self.tokens_out == 0:
            raise PlanError("0 tokens in and 0 out: give at least one token")
        if self.batch is not None:
            at_most("batch", at_least("batch", self.batch, 1.0), _BATCH_LIMIT)
        if self.whole < self.active_params:
            raise PlanError(
                f"{self.active_params:.3g} active parameters of {self.whole:.3g}: "
                "the total cannot be smaller"
            )
        if self.chips is not None:
            self._check_memory(positive("chips", self.chips))

    def _check_memory(self, chips: float) -> None:
        need, have = self.whole * self.bytes_per_param / 1e9, chips * self.chip.memory_gb
        if need > have:
            raise PlanError(
                f"the weights take {need:,.0f} GB, but {chips:g} {self.chip.name} hold {have:,.0f} "
                "GB: give more chips, or fewer bytes per parameter"
            )

    @property
    def whole(self) -> float:
        """All parameters."""
        return self.total_params if self.total_params is not None else self.active_params

    @property
    def used_chips(self) -> int:
        """Chips as given, or as many as the weights need."""
        return self.chips or self.fitting_chips

    @property
    def fitting_chips(self) -> int:
        """Chips that hold the weights with a fifth for the cache, a power of two."""
        need = self.whole * self.bytes_per_param * 1.2 / (self.chip.memory_gb * 1e9)
        return 1 << max(0, math.ceil(math.log2(max(need, 1e-9))))


def find_engine(name: str) -> Engine:
    """The engine of this name."""
    if name == "vllm":
        return "vllm"
    if name == "transformers":
        return "transformers"
    raise PlanError(f"engine {name!r} is not known: take vllm or transformers")
