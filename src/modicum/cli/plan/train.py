"""`modicum plan train`: a training before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.plan.options import (
    ChipHourPrice,
    Claimed,
    Config,
    Grid,
    Json,
    Like,
    Model,
    Provider,
    Pue,
    Region,
    Supplier,
)
from modicum.cli.plan.show import checked_like, figure_table, like_line, one_sentence, print_json

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.plan.train import TrainPlan


def train(
    chips: Annotated[float | None, typer.Option(help="Number of accelerators.")] = None,
    watts: Annotated[
        float | None, typer.Option(help="Average draw of each, measured, with its host's share.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="Days they run.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours they run.")] = None,
    gpu_hours: Annotated[float | None, typer.Option(help="Accelerator hours in all.")] = None,
    energy_kwh: Annotated[
        float | None, typer.Option(help="IT energy as measured or quoted, before PUE.")
    ] = None,
    params: Annotated[
        float | None, typer.Option(help="Parameters, the active ones of a mixture.")
    ] = None,
    model: Model = None,
    config: Config = None,
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
    chip_hour_price: ChipHourPrice = None,
    search: Annotated[
        bool, typer.Option("--search", help="The hours are of an architecture search.")
    ] = False,
    claimed_kwh: Claimed = None,
    claimed_kg: Claimed = None,
    like: Like = None,
    as_json: Json = False,
) -> None:
    """A training before it runs: energy, carbon, water, cost.

    From --chips, --watts and --days (or --hours); from --gpu-hours and --watts; from --energy-kwh;
    from --params, --model or --config with --tokens and --chip; or from a --preset.
    """
    with one_sentence():
        from modicum.cli.plan.asked import Asked, hours_of, plans_of, size_of
        from modicum.cli.plan.beside import show_beside
        from modicum.cli.plan.claims import claims, pue_in
        from modicum.plan.site import Site

        shown_like = checked_like(like)
        site = Site(region, pue, grid_g_per_kwh, supplier_g_per_kwh, watts_include_pue, provider)
        asked = Asked(
            energy_kwh,
            chips,
            watts,
            hours_of(days, hours),
            gpu_hours,
            size_of(params, model, config),
            tokens,
            chip,
            utilisation,
            search,
        )
        plans = plans_of(asked, site, preset, compare or [])
        if chip_hour_price is not None:
            from modicum.plan.train import hired

            plans = [hired(plan, chip_hour_price) for plan in plans]
        good, bad = claims(plans[0], claimed_kwh, claimed_kg, pue_in(pue, preset))
        if as_json:
            plain = [p.to_dict() for p in plans]
            plain[0]["assumptions"] += good
            plain[0]["warnings"] += bad
            print_json(plain[0] if len(plain) == 1 else {"plans": plain})
            return
        if len(plans) == 1:
            _show(plans[0], good, bad)
        else:
            show_beside(plans, bad)
        like_line(plans[0].footprint.energy_j, plans[0].footprint.carbon_g, shown_like)


def _show(plan: TrainPlan, good: list[str], bad: list[str]) -> None:
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
    figure_table(
        plan.what, rows, [*notes, *plan.assumptions, *good], [*map(str, plan.warnings), *bad]
    )


def _days(time: Figure) -> Figure:
    return time.to("d") if (time.value or 0.0) >= 48 else time
