"""What serving a model uses, per request and per month, before anybody runs it.

A decoding step reads the weights once for the whole batch (memory-bound) and computes two FLOPs per
active parameter and token; prefill computes the prompt.  Energy is the time of each at the power
that it draws (roofline: Williams et al. 2009; LLM phases: Pope et al. 2022).  The constants below
were set on the rows of served.csv, and the interval is what those rows ask for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modicum.carbon import Footprint, footprint
from modicum.errors import MissingExtraError, PlanError
from modicum.figures import Figure, total
from modicum.plan.chips import Chip
from modicum.plan.inputs import count, given, given_pue
from modicum.plan.limits import not_negative, positive, share

Engine = Literal["vllm", "transformers"]
Boundary = Literal["gpu", "server"]

_MEMORY = {"vllm": 0.44, "transformers": 0.33}
"""Share of the memory bandwidth that decoding reaches."""

_COMPUTE = 0.45
"""Share of the peak FLOPs that prefill and large batches reach."""

_POWER = (0.50, 0.85)
"""Share of TDP drawn when bound by memory and when bound by compute."""

_IDLE = 0.20
"""Share of TDP drawn while a loaded chip waits (A100: 55-100 W of 400 W, Luccioni et al. 2022)."""

_MODEL_FACTOR = 2.3
"""Interval of the model, as a factor: engines, quantisation and prompts differ by it."""

_BATCH_FACTOR = 3.0
"""Further interval where the batch is not given: from about 5 to 50 requests at a time."""

_HOST = (1.45, 1.15, 1.8)
"""Server over its accelerators: Google 2025 (arXiv 2508.15734) 0.14 + 0.06 + 0.02 over 0.14 Wh;
high is a DGX H100's 10.2 kW over 5.6 kW."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A model on hardware, and the request it answers."""

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
        if self.batch is not None and self.batch < 1:
            raise PlanError(f"batch is {self.batch:g}: give at least 1")
        if self.whole < self.active_params:
            raise PlanError(
                f"{self.active_params:.3g} active parameters of {self.whole:.3g}: "
                "the total cannot be smaller"
            )

    @property
    def whole(self) -> float:
        """All parameters."""
        return self.total_params if self.total_params is not None else self.active_params

    @property
    def fitting_chips(self) -> int:
        """Chips that hold the weights with a fifth for the cache, a power of two."""
        need = self.whole * self.bytes_per_param * 1.2 / (self.chip.memory_gb * 1e9)
        return 1 << max(0, math.ceil(math.log2(max(need, 1e-9))))


@dataclass(frozen=True, slots=True)
class ServePlan:
    """Energy of a request by phase, its footprint, and the month's."""

    request: Footprint
    parts: Mapping[str, Figure]
    chips: int
    assumptions: tuple[str, ...]
    month: Footprint | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, in Wh and grams per request, kWh and kg per month."""
        plain: dict[str, Any] = {
            "energy_wh": self.request.energy_j.to("Wh").to_dict(),
            "carbon_g": self.request.carbon_g.to_dict(),
            "carbon_market_g": self.request.carbon_market_g.to_dict(),
            "water_ml": self.request.water_l.to("mL").to_dict(),
            "cost": self.request.cost.to_dict(),
            "parts_wh": {name: part.to("Wh").to_dict() for name, part in self.parts.items()},
            "chips": self.chips,
            "assumptions": list(self.assumptions),
        }
        if self.month is not None:
            plain["month"] = {
                "energy_kwh": self.month.energy_j.to("kWh").to_dict(),
                "carbon_kg": self.month.carbon_g.to("kgCO2e").to_dict(),
                "water_l": self.month.water_l.to_dict(),
                "cost": self.month.cost.to_dict(),
            }
        return plain


def find_engine(name: str) -> Engine:
    """The engine of this name."""
    if name == "vllm":
        return "vllm"
    if name == "transformers":
        return "transformers"
    raise PlanError(f"engine {name!r} is not known: take vllm or transformers")


def plan_serve(
    serving: Serving,
    *,
    region: str | None = None,
    pue: float | None = None,
    supplier_g_per_kwh: float | None = None,
    requests_per_month: float | None = None,
    boundary: Boundary = "server",
) -> ServePlan:
    """The footprint of one request, and of a month of them."""
    parts = request_parts(serving, boundary)
    energy = total(parts.values(), "J")
    site = {
        "pue": None if pue is None else given_pue(pue),
        "supplier_g_per_kwh": supplier_g_per_kwh,
    }
    one = footprint(energy, region, **site)  # type: ignore[arg-type]
    month = None
    if requests_per_month is not None:
        times = count("requests", positive("requests per month", requests_per_month))
        month = footprint(energy * times, region, **site)  # type: ignore[arg-type]
    chips = serving.chips or serving.fitting_chips
    return ServePlan(one, parts, chips, _assumed(serving, region, pue), month)


def request_parts(serving: Serving, boundary: Boundary = "server") -> dict[str, Figure]:
    """Joules of one request: its prompt, its answer, and its share of the waiting."""
    model = Figure.within(
        1.0,
        _MODEL_FACTOR,
        "1",
        basis="modelled",
        source="roofline model, set on served.csv",
        boundary="model error",
        error="serving model",
    )
    host = _host() if boundary == "server" else None
    joules = {"prompt": _prefill_j(serving), "answer": _decode_j(serving)}
    if serving.batch is None:
        model = model.widen(_BATCH_FACTOR, error="batch not given")
    if serving.requests_per_hour:
        joules["waiting"] = _waiting_j(serving)
    return {name: _part(j, model, host, boundary) for name, j in joules.items() if j > 0}


def request_from_total(energy_kwh: float, requests: float) -> Figure:
    """Wh per request from a measured total: arithmetic.

    >>> round(request_from_total(914, 230768).value or 0, 2)
    3.96
    """
    energy = given("energy", not_negative("energy", energy_kwh), "kWh")
    return energy.to("Wh").per("request", positive("requests", requests))


def request_from_flops(
    *,
    active_params: float,
    tokens_out: float,
    peak_flops: float,
    utilisation: float,
    watts: float,
    power_share: float = 1.0,
) -> Figure:
    """Wh per request from 2 FLOPs per active parameter and token, as Epoch AI 2025: arithmetic."""
    flops = 2 * positive("parameters", active_params) * positive("tokens out", tokens_out)
    seconds = flops / (positive("peak", peak_flops) * share("utilisation", utilisation))
    power = given("watts", positive("watts", watts) * share("power share", power_share), "W")
    return (power * given("seconds", seconds, "s")).to("Wh").per("request")


def request_from_parts(parts: Mapping[str, float], unit: str) -> Figure:
    """The sum of quoted parts of a request, such as accelerator, host, idle and overhead."""
    figures = [given(name, not_negative(name, value), unit) for name, value in parts.items()]
    return total(figures).per("request")


def water_of_request(energy_wh: float, l_per_kwh: float) -> Figure:
    """mL on site for a request's energy before overhead (WUE counts IT energy)."""
    energy = given("energy", not_negative("energy", energy_wh), "Wh")
    wue = given("water", not_negative("water per kWh", l_per_kwh), "L/kWh")
    return (energy * wue).to("mL").per("request")


def _prefill_j(s: Serving) -> float:
    flops = 2 * s.active_params * s.tokens_in
    return flops / (s.chip.tflops * 1e12 * _COMPUTE) * s.chip.tdp_w * _POWER[1]


def _decode_j(s: Serving) -> float:
    """One step serves the batch; energy does not depend on over how many chips it is spread."""
    batch = s.batch or 16.0
    touched: float = s.whole * (1.0 - (1.0 - s.active_params / s.whole) ** batch)
    memory_s = touched * s.bytes_per_param / (s.chip.gb_per_s * 1e9 * _MEMORY[s.engine])
    compute_s = 2 * s.active_params * batch / (s.chip.tflops * 1e12 * _COMPUTE)
    joules: float = memory_s * _POWER[0] + compute_s * _POWER[1]
    return joules * s.chip.tdp_w * s.tokens_out / batch


def _waiting_j(s: Serving) -> float:
    busy_s = _decode_j(s) / (s.chip.tdp_w * _POWER[0])
    chips = s.chips or s.fitting_chips
    available_s = 3600 * chips / positive("requests per hour", s.requests_per_hour or 0.0)
    if busy_s > available_s:
        raise PlanError(
            f"{s.requests_per_hour:g} requests an hour need {busy_s:.3g} chip seconds each, but "
            f"{chips} chips have {available_s:.3g}: give more chips or a larger batch"
        )
    return (available_s - busy_s) * s.chip.tdp_w * _IDLE


def _host() -> Figure:
    return Figure.of(
        *_HOST,
        "1",
        basis="reported",
        source="Google 2025, arXiv 2508.15734; NVIDIA DGX H100 data sheet",
        boundary="server / accelerators",
        error="host share",
    )


def _part(joules: float, model: Figure, host: Figure | None, boundary: str) -> Figure:
    energy = Figure.exact(joules, "J", basis="modelled", source="serving model", boundary=boundary)
    whole = energy * model if host is None else energy * model * host
    return whole.relabel(boundary="accelerators" if host is None else "server")


def _assumed(s: Serving, region: str | None, pue: float | None) -> tuple[str, ...]:
    told = []
    if s.batch is None:
        told.append("batch not given: 16 requests at a time")
    if s.requests_per_hour is None:
        told.append("load not given: no waiting between requests is counted")
    if pue is None:
        told.append("no PUE given: servers alone; a data centre adds 8% to 100%")
    if region is None:
        told.append("no region given: world average grid")
    return tuple(told)


def plan_hosted(
    name: str,
    *,
    tokens_out: float,
    region: str | None = None,
    requests_per_month: float | None = None,
) -> ServePlan:
    """A named hosted model through EcoLogits, its range widened by the error of its model.

    `name` is `provider/model`.  Needs the `ecologits` package.
    """
    import importlib

    try:
        llm_impacts = importlib.import_module("ecologits.tracers.utils").llm_impacts
    except ImportError as error:
        raise MissingExtraError("estimates of hosted models", "ecologits") from error
    provider, _, model = name.partition("/")
    seconds = 0.02 * positive("tokens out", tokens_out)  # 50 tokens a second, a common rate
    told = llm_impacts(provider, model, int(tokens_out), seconds)
    if told is None or told.energy is None:
        raise PlanError(f"EcoLogits does not know {name!r}: give provider/model, as openai/gpt-4o")
    value = told.energy.value
    low, high = (value.min, value.max) if hasattr(value, "min") else (value, value)
    energy = Figure.of(
        (low + high) / 2,
        low,
        high,
        "kWh",
        basis="modelled",
        source="EcoLogits",
        boundary="facility: request at the provider",
        error="ecologits",
    ).widen(_MODEL_FACTOR, error="serving model")
    month = None
    if requests_per_month is not None:
        times = count("requests", positive("requests per month", requests_per_month))
        month = footprint(energy * times, region)
    notes = ("a hosted model: size and hardware are EcoLogits' guess, widened by a factor of 2.3",)
    return ServePlan(footprint(energy, region), {"request": energy}, 0, notes, month)
