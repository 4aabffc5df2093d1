"""`modicum plan train`: a training before it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.plan.options import Grid, Json, Like, Provider, Pue, Region, Supplier
from modicum.cli.plan.show import (
    checked_like,
    figure_table,
    hints,
    like_line,
    one_sentence,
    plain_table,
    print_json,
    three,
    told,
)
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.plan.chips import Chip
    from modicum.plan.site import Site
    from modicum.plan.train import TrainPlan


def train(
    chips: Annotated[float | None, typer.Option(help="Number of accelerators.")] = None,
    watts: Annotated[
        float | None, typer.Option(help="Average draw of each, measured, with its host's share.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="Days they run.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours they run.")] = None,
    gpu_hours: Annotated[float | None, typer.Option(help="Accelerator hours in all.")] = None,
    params: Annotated[
        float | None, typer.Option(help="Parameters, the active ones of a mixture.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="An open model, such as llama-3-8b.")] = None,
    config: Annotated[Path | None, typer.Option(help="Hugging Face config.json.")] = None,
    tokens: Annotated[float | None, typer.Option(help="Training tokens.")] = None,
    chip: Annotated[str | None, typer.Option(help="Accelerator, such as h100.")] = None,
    utilisation: Annotated[float | None, typer.Option(help="Achieved share of the peak.")] = None,
    preset: Annotated[str | None, typer.Option(help="A published training: gpt-3, t5 ...")] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(help="Beside it: a preset, another chip, or a plan's JSON file; repeat."),
    ] = None,
    pue: Pue = None,
    provider: Provider = None,
    watts_include_pue: Annotated[
        bool, typer.Option("--watts-include-pue", help="The watts are the facility's.")
    ] = False,
    grid_g_per_kwh: Grid = None,
    supplier_g_per_kwh: Supplier = None,
    region: Region = None,
    chip_hour_price: Annotated[
        float | None, typer.Option(help="Hire of one accelerator for an hour, USD.")
    ] = None,
    search: Annotated[
        bool, typer.Option("--search", help="The hours are of an architecture search.")
    ] = False,
    claimed_kwh: Annotated[float | None, typer.Option(help="A quoted energy to check.")] = None,
    claimed_kg: Annotated[float | None, typer.Option(help="A quoted carbon to check.")] = None,
    like: Like = None,
    as_json: Json = False,
) -> None:
    """A training before it runs: energy, carbon, water, cost.

    From --chips, --watts and --days (or --hours); from --gpu-hours and --watts; from --params,
    --model or --config with --tokens and --chip; or from a --preset.
    """
    with one_sentence():
        from modicum.plan.site import Site

        shown_like = checked_like(like)
        site = Site(region, pue, grid_g_per_kwh, supplier_g_per_kwh, watts_include_pue, provider)
        asked = _Asked(
            chips,
            watts,
            _hours(days, hours),
            gpu_hours,
            _params(params, model, config),
            tokens,
            chip,
            utilisation,
            search,
        )
        plans = _plans(asked, site, preset, compare or [])
        if chip_hour_price is not None:
            from modicum.plan.train import hired

            plans = [hired(plan, chip_hour_price) for plan in plans]
        claims = _claims(plans[0], claimed_kwh, claimed_kg, _pue(pue, preset))
        if as_json:
            plain = [p.to_dict() for p in plans]
            plain[0]["warnings"] += claims
            print_json(plain[0] if len(plain) == 1 else {"plans": plain})
        elif len(plans) == 1:
            _show(plans[0], claims)
            _like(plans[0], shown_like)
        else:
            _show_beside(plans, claims)
            _like(plans[0], shown_like)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options say of the training itself."""

    chips: float | None
    watts: float | None
    hours: float | None
    gpu_hours: float | None
    params: float | None
    tokens: float | None
    chip: str | None
    utilisation: float | None
    search: bool

    @property
    def anything(self) -> bool:
        return any(v is not None for v in (self.chips, self.gpu_hours, self.params))


def _plans(asked: _Asked, site: Site, preset: str | None, compare: list[str]) -> list[TrainPlan]:
    from modicum.plan.presets import plan_preset, presets

    plans = []
    if preset:
        given = {
            "chips": asked.chips,
            "watts": asked.watts,
            "hours": asked.hours,
            "gpu_hours": asked.gpu_hours,
        }
        plans.append(plan_preset(preset, site, **{k: v for k, v in given.items() if v is not None}))
    elif asked.anything:
        plans.append(_plan(asked, site))
    for name in (name for names in compare for name in names.split(",")):
        if name.endswith(".json"):
            plans.append(_read_plan(Path(name)))
        elif name in presets() or asked.params is None:
            plans.append(plan_preset(name))
        else:
            plans.append(_plan(replace(asked, chip=name, watts=None, chips=None), site))
    if not plans:
        raise PlanError(
            "nothing to plan: give --chips with --watts and --days, --gpu-hours with --watts, "
            "--params with --tokens and --chip, or --preset"
        )
    return plans


def _plan(asked: _Asked, site: Site) -> TrainPlan:
    from modicum.plan import train as t
    from modicum.plan.chips import find_chip

    named = find_chip(asked.chip) if asked.chip else None
    if asked.params is not None:
        return _from_size(asked, site, named)
    if asked.gpu_hours is not None and (asked.chips is not None or asked.hours is not None):
        raise PlanError("time is given twice: give --gpu-hours, or --chips with --days or --hours")
    if asked.watts is None:
        raise PlanError("power is missing: give --watts, the average draw of one accelerator")
    if asked.gpu_hours is not None:
        return t.train_from_chip_hours(
            asked.gpu_hours, asked.watts, site=site, chip=named, search=asked.search
        )
    if asked.hours is None or asked.chips is None:
        raise PlanError("time is missing: give --days or --hours with --chips, or --gpu-hours")
    return t.train_from_time(
        chips=asked.chips,
        watts=asked.watts,
        hours=asked.hours,
        site=site,
        chip=named,
        search=asked.search,
    )


def _from_size(asked: _Asked, site: Site, chip: Chip | None) -> TrainPlan:
    from modicum.plan import train as t

    if asked.tokens is None or chip is None:
        raise PlanError("a plan from parameters needs --tokens and --chip as well")
    work = t.Workload(asked.params or 0.0, asked.tokens, chip, asked.utilisation)
    needed = None
    if asked.chips is not None and asked.hours is not None:
        needed = t.needed_utilisation(work, asked.chips, asked.hours)
        if work.utilisation is None:
            work = replace(work, utilisation=needed)
    what = f"{work.active_params / 1e9:g} B, {work.tokens / 1e9:,.0f} B tokens, {chip.name}"
    plan = t.train_from_size(work, site=site, watts=asked.watts, chips=asked.chips, what=what)
    if needed is None:
        return plan
    note = f"utilisation that {asked.chips:g} chips and {asked.hours:g} h need: {needed:.2f}"
    return replace(plan, assumptions=(*plan.assumptions, note))


def _params(params: float | None, model: str | None, config: Path | None) -> float | None:
    from modicum.plan.models import find_model
    from modicum.plan.size import read_config

    if sum(x is not None for x in (params, model, config)) > 1:
        raise PlanError("the size is given twice: give one of --params, --model and --config")
    if model is not None:
        return find_model(model).active
    return read_config(config).active if config is not None else params


def _hours(days: float | None, hours: float | None) -> float | None:
    if days is not None and hours is not None:
        raise PlanError(f"{days:g} days and {hours:g} hours: give one of them")
    return days * 24 if days is not None else hours


def _pue(pue: float | None, preset: str | None) -> float | None:
    """The PUE in the plan: as given, or the preset's own."""
    from modicum.plan.presets import find_preset

    if pue is not None or preset is None:
        return pue
    published = find_preset(preset)["pue"]
    return float(published) if published else None


def _claims(plan: TrainPlan, kwh: float | None, kg: float | None, pue: float | None) -> list[str]:
    from modicum.plan.traps import claim_traps

    used, found = plan.footprint, []
    if kwh is not None:
        found += claim_traps(kwh, used.energy_j.to("kWh").value or 0.0, pue=pue)
    if kg is not None:
        computed = used.carbon_g.to("kgCO2e").value or 0.0
        found += claim_traps(kg, computed, pue=pue, what="carbon")
    return [str(t) for t in found]


def _read_plan(path: Path) -> TrainPlan:
    """A plan that was written with --json."""
    from modicum.plan.saved import read_plan

    return read_plan(path)


def _like(plan: TrainPlan, name: str | None) -> None:
    like_line(plan.footprint.energy_j, plan.footprint.carbon_g, name)


def _show(plan: TrainPlan, claims: list[str]) -> None:
    used = plan.footprint
    rows: list[tuple[str, Figure]] = [
        ("energy", used.energy_j),
        ("carbon, location-based", used.carbon_g),
        ("carbon, market-based", used.carbon_market_g),
        ("carbon, embodied share", plan.embodied_g),
        ("water", used.water_l),
        ("electricity", used.cost),
        ("hire of the chips", plan.hire),
        ("accelerator hours", plan.chip_hours),
        ("time", _days(plan.time)),
    ]
    # What nobody asked for needs no line that it is unknown.
    rows = [r for r in rows if r[1].known or r[0] not in {"hire of the chips", "time"}]
    kind = "arithmetic on given numbers" if plan.arithmetic else "a prediction"
    notes = [kind, *([f"published: {plan.published}"] if plan.published else [])]
    figure_table(plan.what, rows, [*notes, *plan.assumptions], [*map(str, plan.warnings), *claims])


def _days(time: Figure) -> Figure:
    return time.to("d") if (time.value or 0.0) >= 48 else time


def _show_beside(plans: list[TrainPlan], claims: list[str]) -> None:
    first = plans[0].footprint.energy_j.value or 0.0
    rows = []
    for plan in plans:
        used = plan.footprint
        rows.append(
            (
                plan.what.partition(" (")[0],
                told(used.energy_j)[0],
                told(used.carbon_g)[0],
                told(plan.embodied_g)[0],
                told(used.cost)[0],
                three((used.energy_j.value or 0.0) / first) if first else "",
            )
        )
    heads = ("plan", "energy", "carbon", "embodied", "electricity", "times")
    plain_table("Trainings side by side (energy as a multiple of the first)", heads, rows)
    hints(*_notes(plans))
    hints([], claims)


def _notes(plans: list[TrainPlan]) -> tuple[list[str], list[str]]:
    """Assumptions and warnings, each once, with the plans that it is of unless of all."""
    told: list[list[str]] = []
    for part in ([p.assumptions for p in plans], [tuple(map(str, p.warnings)) for p in plans]):
        of: dict[str, list[str]] = {}
        for plan, notes in zip(plans, part, strict=True):
            for note in notes:
                of.setdefault(note, []).append(plan.what.partition(" (")[0])
        told.append([n if len(w) == len(plans) else f"{'; '.join(w)}: {n}" for n, w in of.items()])
    return told[0], told[1]
