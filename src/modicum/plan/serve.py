"""What serving a model uses, per request and per month, before anybody runs it.

The joules come from `roofline`, those of hosted models from `hosted`; here they get their
intervals, their host, their place and their month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modicum.carbon import Footprint
from modicum.errors import PlanError
from modicum.figures import Figure, total
from modicum.plan.chips import embodied_of
from modicum.plan.hosted import hosted_request
from modicum.plan.inputs import count, given
from modicum.plan.limits import not_negative, positive
from modicum.plan.roofline import BATCH, FITTED, Constants, busy_s, decode_j, prefill_j
from modicum.plan.serving import Serving
from modicum.plan.site import Site
from modicum.plan.traps import Trap, input_traps

Boundary = Literal["gpu", "server"]

_IDLE = 0.20
"""Share of TDP drawn while a loaded chip waits (A100: 55-100 W of 400 W, Luccioni et al. 2022)."""

_MODEL_FACTOR = 2.3
"""Interval of the model, as a factor; benchmarks/planner.py prints how much of what was left out of
the fit it covers."""

_BATCH_FACTOR = 3.0
"""Further interval where the batch is not given: from about 5 to 50 requests at a time."""

_HOST = (1.45, 1.15, 1.8)
"""Server over its accelerators: Google 2025 (arXiv 2508.15734) 0.14 + 0.06 + 0.02 over 0.14 Wh;
high is a DGX H100's 10.2 kW over 5.6 kW."""


@dataclass(frozen=True, slots=True)
class ServePlan:
    """Energy of a request by phase, its footprint, and the month's."""

    request: Footprint
    embodied_g: Figure
    parts: Mapping[str, Figure]
    chips: int | None
    assumptions: tuple[str, ...]
    warnings: tuple[Trap, ...] = ()
    month: Footprint | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, in Wh and grams per request, kWh and kg per month."""
        one = self.request
        plain: dict[str, Any] = {
            "energy_wh": one.energy_j.to("Wh").to_dict(),
            "carbon_g": one.carbon_g.to_dict(),
            "carbon_market_g": one.carbon_market_g.to_dict(),
            "embodied_g": self.embodied_g.to_dict(),
            "water_ml": one.water_l.to("mL").to_dict(),
            "cost": one.cost.to_dict(),
            "parts_wh": {name: part.to("Wh").to_dict() for name, part in self.parts.items()},
            "chips": self.chips,
            "assumptions": list(self.assumptions),
            "warnings": [str(w) for w in self.warnings],
        }
        if self.month is not None:
            plain["month"] = {
                "energy_kwh": self.month.energy_j.to("kWh").to_dict(),
                "carbon_kg": self.month.carbon_g.to("kgCO2e").to_dict(),
                "carbon_market_kg": self.month.carbon_market_g.to("kgCO2e").to_dict(),
                "water_l": self.month.water_l.to_dict(),
                "cost": self.month.cost.to_dict(),
            }
        return plain


def plan_serve(
    serving: Serving,
    *,
    site: Site | None = None,
    requests_per_month: float | None = None,
    boundary: Boundary = "server",
) -> ServePlan:
    """The footprint of one request on one's own hardware, and of a month of them."""
    where = site or Site()
    parts = request_parts(serving, boundary)
    hours = count("chip seconds", busy_s(serving), "s").to("h")
    return _planned(
        parts,
        embodied_of(serving.chip, hours),
        where,
        requests_per_month,
        serving.used_chips,
        (*_assumed(serving), *where.assumed()),
        where.traps(None),
    )


def plan_hosted(
    name: str,
    *,
    tokens_out: float,
    site: Site | None = None,
    requests_per_month: float | None = None,
) -> ServePlan:
    """A named hosted model through EcoLogits; its energy already holds the provider's PUE."""
    from modicum.carbon import find_region

    where = (site or Site()).without_pue()
    zone = None if where.region is None else find_region(where.region).code
    told = hosted_request(name, tokens_out, zone)
    notes = [
        "size and hardware of a hosted model are EcoLogits' guess, widened by a factor of 2.3",
        "the prompt is not priced by EcoLogits",
        *(f"EcoLogits: {w}" for w in told.warnings),
    ]
    if where.region is None and where.grid_g_per_kwh is None:
        notes.append(f"no region given: the provider's, {told.zone}")
        where = where.at(told.zone)
    return _planned(
        {"request": told.energy},
        told.embodied.to("gCO2e"),
        where,
        requests_per_month,
        None,
        tuple(notes),
        where.traps(None),
    )


def plan_quoted(
    wh_per_request: float,
    *,
    site: Site | None = None,
    requests_per_month: float | None = None,
    statistic: str = "mean",
) -> ServePlan:
    """From a published energy per request; a median is warned of, for it does not add up."""
    if statistic not in {"mean", "median"}:
        raise PlanError(f"statistic {statistic!r} is not known: take mean or median")
    where = site or Site()
    energy = given("energy per request", not_negative("Wh per request", wh_per_request), "Wh")
    return _planned(
        {"request": energy},
        Figure.unknown("gCO2e", "embodied carbon needs the hardware: none was named"),
        where,
        requests_per_month,
        None,
        where.assumed(),
        (*where.traps(None), *input_traps(statistic=statistic)),
    )


def request_parts(
    serving: Serving, boundary: Boundary = "server", constants: Constants = FITTED
) -> dict[str, Figure]:
    """Joules of one request: its prompt, its answer, and its share of the waiting."""
    model = Figure.within(
        1.0,
        _MODEL_FACTOR,
        "1",
        basis="modelled",
        source="roofline model, fitted to served.csv",
        boundary="model error",
        error="serving model",
    )
    host = _host() if boundary == "server" else None
    joules = {"prompt": prefill_j(serving, constants), "answer": decode_j(serving, constants)}
    if serving.batch is None:
        model = model.widen(_BATCH_FACTOR, error="batch not given")
    if serving.requests_per_hour is not None:
        joules["waiting"] = _waiting_j(serving, constants)
    return {name: _part(j, model, host) for name, j in joules.items() if j > 0}


def _planned(
    parts: Mapping[str, Figure],
    embodied: Figure,
    site: Site,
    requests_per_month: float | None,
    chips: int | None,
    notes: tuple[str, ...],
    warnings: tuple[Trap, ...],
) -> ServePlan:
    energy = total(parts.values(), "J")
    month = None
    if requests_per_month is not None:
        times = count("requests", positive("requests per month", requests_per_month))
        month = site.used(energy * times)
    return ServePlan(site.used(energy), embodied, parts, chips, notes, warnings, month)


def _waiting_j(s: Serving, constants: Constants) -> float:
    rate = positive("requests per hour", s.requests_per_hour or 0.0)
    busy, available = busy_s(s, constants), 3600 * s.used_chips / rate
    if busy > available:
        raise PlanError(
            f"{rate:g} requests an hour need {busy:.3g} chip seconds each, but "
            f"{s.used_chips} chips have {available:.3g}: give more chips or a larger batch"
        )
    return (available - busy) * s.chip.tdp_w * _IDLE


def _host() -> Figure:
    return Figure.of(
        *_HOST,
        "1",
        basis="reported",
        source="Google 2025, arXiv 2508.15734; NVIDIA DGX H100 data sheet",
        boundary="server / accelerators",
        error="host share",
    )


def _part(joules: float, model: Figure, host: Figure | None) -> Figure:
    where = "accelerators" if host is None else "server"
    energy = Figure.exact(joules, "J", basis="modelled", source="serving model", boundary=where)
    whole = energy * model if host is None else energy * model * host
    return whole.relabel(boundary=where)


def _assumed(s: Serving) -> tuple[str, ...]:
    told = []
    if s.batch is None:
        told.append(f"batch not given: {BATCH:g} requests at a time")
    if s.chips is None:
        told.append(f"chips not given: {s.used_chips} {s.chip.name}, which hold the weights")
    if s.requests_per_hour is None:
        told.append("load not given: no waiting between requests is counted")
    if not s.chip.confirmed:
        told.append(f"a figure of {s.chip.name} is unconfirmed: see `plan hardware`")
    return tuple(told)
