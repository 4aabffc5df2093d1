"""A named hosted model through EcoLogits, its range widened by the error of its model."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from modicum.errors import MissingExtraError, PlanError
from modicum.figures import Figure
from modicum.plan.limits import positive
from modicum.plan.tables import nearest

_MODEL_FACTOR = 2.3
"""As for our own serving model: nobody has measured a hosted one from outside."""

_TOKENS_PER_S = 50.0
"""A common rate of hosted models, where EcoLogits names none; it moves the result by a tenth."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """Energy of one request with the provider's overhead, its embodied share, where it runs."""

    energy: Figure
    embodied: Figure
    zone: str
    warnings: tuple[str, ...] = ()


def hosted_request(name: str, tokens_out: float, zone: str | None = None) -> Hosted:
    """The request as EcoLogits sees it; `name` is `provider/model`.

    Raises MissingExtraError without the `ecologits` package, PlanError for an unknown model.
    """
    import importlib

    positive("tokens out", tokens_out)
    try:
        tracers: Any = importlib.import_module("ecologits.tracers.utils")
    except ImportError as error:
        raise MissingExtraError("estimates of hosted models", "ecologits") from error
    provider, _, model = name.partition("/")
    known = tracers.models.find_model(provider, model)
    if known is None:
        every = [f"{m.provider.value}/{m.name}" for m in tracers.models.list_models()]
        raise PlanError(
            f"EcoLogits does not know {name!r}: the nearest is {nearest(name, every)} "
            f"(provider/model; {_providers(every)})"
        )
    rate = getattr(known.deployment, "tps", None) or _TOKENS_PER_S
    with _quiet():
        told = tracers.llm_impacts(provider, model, int(tokens_out), tokens_out / rate, zone)
    where = zone or tracers.PROVIDER_CONFIG_MAP[provider].datacenter_location
    if told.energy is None:
        raise PlanError(f"EcoLogits has no electricity mix for {where!r}: give another --region")
    return Hosted(
        energy=_range(told.energy.value, "kWh", "facility: request at the provider"),
        embodied=_range(told.embodied.gwp.value, "kgCO2e", "embodied: request at the provider"),
        zone=where,
        warnings=tuple(w.message.partition(" For further")[0] for w in told.warnings or ()),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """EcoLogits' log held back: its warnings are told with the plan."""
    logger = logging.getLogger("ecologits")
    was = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was


def _range(value: Any, unit: str, boundary: str) -> Figure:
    low, high = (value.min, value.max) if hasattr(value, "min") else (value, value)
    return Figure.of(
        (low + high) / 2,
        low,
        high,
        unit,
        basis="modelled",
        source="EcoLogits; answer only, its model does not price the prompt",
        boundary=boundary,
        error=f"ecologits:{unit}",
    ).widen(_MODEL_FACTOR, error="serving model")


def _providers(names: Iterable[str]) -> str:
    return "providers: " + ", ".join(sorted({n.partition("/")[0] for n in names}))
