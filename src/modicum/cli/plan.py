"""`modicum plan`: the footprint before the run, and where and when to run it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.errors import ModicumError, PlanError

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.plan.train import Site, TrainPlan

app = typer.Typer(
    help="Know the footprint before you run, and put the work where and when it weighs least.",
    epilog="Example: modicum plan train --preset gpt-3",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="Print figures as JSON.")]
Region = Annotated[str | None, typer.Option(help="ISO 3166 code or name of the country.")]
Pue = Annotated[float | None, typer.Option(help="Facility energy over IT energy, 1 or more.")]
Grid = Annotated[float | None, typer.Option("--grid-g-per-kwh", help="Own grid factor.")]
Supplier = Annotated[
    float | None, typer.Option("--supplier-g-per-kwh", help="Supplier's factor, market-based.")
]


@app.command()
def train(
    chips: Annotated[float | None, typer.Option(help="Accelerators.")] = None,
    watts: Annotated[float | None, typer.Option(help="Average draw of each, measured.")] = None,
    days: Annotated[float | None, typer.Option()] = None,
    hours: Annotated[float | None, typer.Option()] = None,
    gpu_hours: Annotated[float | None, typer.Option(help="Accelerator hours.")] = None,
    params: Annotated[
        float | None, typer.Option(help="Parameters, active ones of a mixture.")
    ] = None,
    tokens: Annotated[float | None, typer.Option(help="Training tokens.")] = None,
    config: Annotated[Path | None, typer.Option(help="Hugging Face config.json.")] = None,
    chip: Annotated[str | None, typer.Option(help="Accelerator, for example h100.")] = None,
    utilisation: Annotated[float | None, typer.Option(help="Achieved share of the peak.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="A published training, for example gpt-3.")
    ] = None,
    compare: Annotated[list[str] | None, typer.Option(help="Presets beside this plan.")] = None,
    pue: Pue = None,
    watts_include_pue: Annotated[bool, typer.Option(help="The watts are the facility's.")] = False,
    grid_g_per_kwh: Grid = None,
    supplier_g_per_kwh: Supplier = None,
    region: Region = None,
    claimed_kwh: Annotated[float | None, typer.Option(help="A quoted energy to check.")] = None,
    claimed_kg: Annotated[float | None, typer.Option(help="A quoted carbon to check.")] = None,
    as_json: Json = False,
) -> None:
    """Energy, carbon, water, money of a training, before it runs."""
    from modicum.plan.presets import plan_preset
    from modicum.plan.train import Site

    with _one_sentence():
        site = Site(region, pue, grid_g_per_kwh, supplier_g_per_kwh, watts_include_pue)
        plans: list[TrainPlan] = []
        if preset:
            given = {
                "chips": chips,
                "watts": watts,
                "hours": _hours(days, hours),
                "gpu_hours": gpu_hours,
                "pue": pue,
                "grid_g_per_kwh": grid_g_per_kwh,
            }
            plans.append(plan_preset(preset, **{k: v for k, v in given.items() if v is not None}))
        elif gpu_hours or params or config or chips:
            plans.append(
                _train_plan(
                    site,
                    chips,
                    watts,
                    _hours(days, hours),
                    gpu_hours,
                    params,
                    tokens,
                    config,
                    chip,
                    utilisation,
                )
            )
        plans += [plan_preset(name) for name in compare or []]
        if not plans:
            raise PlanError(
                "nothing to plan: give --chips with --watts and --days, --gpu-hours with --watts, "
                "--params with --tokens and --chip, or --preset"
            )
        _show_trainings(plans, _claims(plans[0], claimed_kwh, claimed_kg, pue), as_json)


def _train_plan(
    site: Site,
    chips: float | None,
    watts: float | None,
    hours: float | None,
    gpu_hours: float | None,
    params: float | None,
    tokens: float | None,
    config: Path | None,
    chip: str | None,
    utilisation: float | None,
) -> TrainPlan:
    from modicum.plan import train as t
    from modicum.plan.chips import find_chip
    from modicum.plan.size import read_config

    named = find_chip(chip) if chip else None
    if config:
        params = read_config(config).active
    if params is not None:
        if tokens is None or named is None:
            raise PlanError("a plan from parameters needs --tokens and --chip as well")
        work = t.Workload(params, tokens, named, utilisation=utilisation)
        if chips and hours:
            t.check_time(work, chips, hours)
        return t.train_from_size(work, site=site, watts=watts)
    if watts is None:
        raise PlanError("power is missing: give --watts, the average draw of one accelerator")
    if gpu_hours is not None:
        return t.train_from_chip_hours(gpu_hours, watts, site=site, chip=named)
    if hours is None or chips is None:
        raise PlanError("time is missing: give --days or --hours with --chips, or --gpu-hours")
    return t.train_from_time(chips=chips, watts=watts, hours=hours, site=site, chip=named)


def _hours(days: float | None, hours: float | None) -> float | None:
    if days is not None and hours is not None:
        raise PlanError(f"{days:g} days and {hours:g} hours: give one of them")
    return days * 24 if days is not None else hours


def _claims(plan: TrainPlan, kwh: float | None, kg: float | None, pue: float | None) -> list[str]:
    from modicum.plan.traps import claim_traps

    used, told = plan.footprint, []
    if kwh is not None:
        told += claim_traps(kwh, used.energy_j.to("kWh").value or 0.0, pue=pue)
    if kg is not None:
        told += claim_traps(kg, used.carbon_g.to("kgCO2e").value or 0.0, pue=pue, what="carbon")
    return [str(t) for t in told]


def _show_trainings(plans: list[TrainPlan], claims: list[str], as_json: bool) -> None:
    if as_json:
        plain = [p.to_dict() for p in plans]
        plain[0]["warnings"] += claims
        _print_json(plain[0] if len(plain) == 1 else {"plans": plain})
        return
    for plan in plans:
        used = plan.footprint
        _table(
            plan.what,
            [
                ("energy", used.energy_j),
                ("carbon, location-based", used.carbon_g),
                ("carbon, market-based", used.carbon_market_g),
                ("carbon, embodied share", plan.embodied_g),
                ("water", used.water_l),
                ("cost", used.cost),
                ("accelerator hours", plan.chip_hours),
            ],
            plan.assumptions,
            [str(w) for w in plan.warnings] + claims,
        )
    from modicum.carbon import equivalent

    like = equivalent(plans[0].footprint.energy_j)
    typer.echo(f"like {like} [{like.source}]")


@app.command()
def project(
    scenario: Annotated[str | None, typer.Option(help="For example devries-2027.")] = None,
    servers: Annotated[float | None, typer.Option()] = None,
    kw_low: Annotated[float | None, typer.Option(help="Power of a server, low.")] = None,
    kw_high: Annotated[float | None, typer.Option(help="Power of a server, high.")] = None,
    utilisation: Annotated[float, typer.Option()] = 1.0,
    growth: Annotated[float, typer.Option(help="Servers more each year, as a share.")] = 0.0,
    efficiency: Annotated[float, typer.Option(help="Energy less each year, as a share.")] = 0.0,
    rebound: Annotated[float, typer.Option(help="Share of that saving used up again.")] = 0.0,
    years: Annotated[int, typer.Option()] = 1,
    first_year: Annotated[int, typer.Option()] = 2027,
    per_day: Annotated[float | None, typer.Option(help="Requests a day, for Wh each.")] = None,
    pue: Pue = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """The energy of a fleet over years, beside countries and homes."""
    from dataclasses import replace

    from modicum.plan.project import COUNTRIES, Fleet, find_scenario, per_unit_wh
    from modicum.plan.project import project as run

    with _one_sentence():
        base = find_scenario(scenario) if scenario else None
        if base is None and (servers is None or kw_low is None):
            raise PlanError("no fleet: give --servers and --kw-low, or --scenario devries-2027")
        whole = base or Fleet(servers or 0.0, kw_low or 0.0, kw_high or kw_low or 0.0)
        if base is not None:
            whole = replace(
                whole,
                servers=whole.servers if servers is None else servers,
                kw_low=whole.kw_low if kw_low is None else kw_low,
                kw_high=whole.kw_high if kw_high is None else kw_high,
            )
        whole = replace(
            whole,
            utilisation=utilisation,
            growth=growth,
            efficiency=efficiency,
            rebound=rebound,
            pue=pue,
        )
        rows = run(whole, years, first_year, region)
        each = None if per_day is None else per_unit_wh(rows[0].energy, per_day)
        if as_json:
            plain: dict[str, Any] = {
                "years": [r.to_dict() for r in rows],
                "countries_twh": COUNTRIES,
            }
            plain |= {} if each is None else {"wh_per_request": each.to_dict()}
            _print_json(plain)
            return
        for row in rows:
            _table(
                f"{row.year}: {whole.source}",
                [("energy", row.energy), ("homes", row.homes), ("carbon", row.footprint.carbon_g)]
                + ([] if each is None else [("energy of a request", each)]),
                [
                    _surpassed("low end", row.energy.low, row.surpassed_low),
                    _surpassed("high end", row.energy.high, row.surpassed_high),
                ],
                [],
            )


def _surpassed(end: str, value: float | None, names: tuple[str, ...]) -> str:
    from modicum.plan.project import COUNTRIES

    others = ", ".join(f"{c} {twh:g}" for c, twh in COUNTRIES.items())
    told = " and ".join(names) if names else "neither country"
    return f"{end}, {value or 0:.1f} TWh: surpasses {told} ({others} TWh)"


@app.command()
def serve(
    params: Annotated[float | None, typer.Option(help="Active parameters.")] = None,
    chip: Annotated[str, typer.Option(help="Accelerator.")] = "h100",
    total_params: Annotated[float | None, typer.Option(help="All parameters of a mixture.")] = None,
    tokens_in: Annotated[float, typer.Option()] = 300.0,
    tokens_out: Annotated[float, typer.Option()] = 300.0,
    batch: Annotated[float | None, typer.Option(help="Requests at a time.")] = None,
    bytes_per_param: Annotated[float, typer.Option(help="2 for 16 bits, 0.5 for 4.")] = 2.0,
    engine: Annotated[str, typer.Option(help="vllm or transformers.")] = "vllm",
    chips: Annotated[int | None, typer.Option()] = None,
    requests_per_hour: Annotated[float | None, typer.Option(help="Load, for waiting.")] = None,
    requests_per_month: Annotated[float | None, typer.Option()] = None,
    hosted: Annotated[str | None, typer.Option(help="provider/model, through EcoLogits.")] = None,
    pue: Pue = None,
    supplier_g_per_kwh: Supplier = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Energy, carbon, water, money of a request and of a month of them."""
    from modicum.plan.chips import find_chip
    from modicum.plan.serve import Serving, find_engine, plan_hosted, plan_serve

    with _one_sentence():
        if hosted:
            plan = plan_hosted(
                hosted, tokens_out=tokens_out, region=region, requests_per_month=requests_per_month
            )
        elif params is None:
            raise PlanError("no model: give --params, or --hosted provider/model")
        else:
            serving = Serving(
                params,
                find_chip(chip),
                total_params,
                tokens_in,
                tokens_out,
                batch,
                bytes_per_param,
                find_engine(engine),
                chips,
                requests_per_hour,
            )
            plan = plan_serve(
                serving,
                region=region,
                pue=pue,
                supplier_g_per_kwh=supplier_g_per_kwh,
                requests_per_month=requests_per_month,
            )
        if as_json:
            _print_json(plan.to_dict())
            return
        one = plan.request
        rows = [(name, part) for name, part in plan.parts.items()]
        rows += [
            ("energy", one.energy_j),
            ("carbon, location-based", one.carbon_g),
            ("carbon, market-based", one.carbon_market_g),
            ("water", one.water_l),
            ("cost", one.cost),
        ]
        _table("one request", rows, plan.assumptions, [])
        if plan.month:
            m = plan.month
            _table(
                "a month",
                [("energy", m.energy_j), ("carbon", m.carbon_g), ("cost", m.cost)],
                [],
                [],
            )


@app.command()
def tune(
    traces: Annotated[Path, typer.Option(help="Folder of the recorded runs (Zeus traces).")],
    job: Annotated[str | None, typer.Option(help="One recorded job; all without it.")] = None,
    trials: Annotated[int, typer.Option(help="Runs that may be spent on tuning.")] = 15,
    seed: Annotated[int, typer.Option()] = 0,
    as_json: Json = False,
) -> None:
    """Power limit and batch size of a recurring job, replayed on recorded runs."""
    from modicum.plan.traces import JOBS, read_trace, replay

    with _one_sentence():
        found = [replay(read_trace(traces, n), trials, seed) for n in ([job] if job else JOBS)]
        if as_json:
            _print_json([f.to_dict() for f in found])
            return
        _grid(
            f"Tuned in {trials} runs of each job",
            ("job", "batch", "watts", "saved", "over optimum"),
            [
                (f.job, str(f.batch), str(f.power_limit), f"{f.saving:.0%}", f"{f.excess:.1%}")
                for f in found
            ],
        )


@app.command()
def place(
    grid: Annotated[list[str], typer.Option(help="NAME=FILE.csv of hourly intensity; repeat.")],
    jobs: Annotated[Path | None, typer.Option(help="Jobs as csv.")] = None,
    generate: Annotated[int | None, typer.Option(help="So many generated jobs.")] = None,
    machines: Annotated[int | None, typer.Option(help="Machines in each region.")] = None,
    first_hour: Annotated[int, typer.Option(help="Hour of the series to start at.")] = 0,
    hours: Annotated[int, typer.Option(help="Hours to plan.")] = 168,
    aim: Annotated[
        str, typer.Option(help="carbon, energy or money, or carbon=1,money=200.")
    ] = "carbon",
    network: Annotated[str, typer.Option(help="average or marginal network energy.")] = "average",
    forecast_error: Annotated[
        float | None, typer.Option("--replay", help="Replay with this relative forecast error.")
    ] = None,
    gantt: Annotated[Path | None, typer.Option(help="Write a picture (svg).")] = None,
    schedule: Annotated[Path | None, typer.Option(help="Write the schedule (csv).")] = None,
    seed: Annotated[int, typer.Option()] = 0,
    as_json: Json = False,
) -> None:
    """Where and when jobs run with the least carbon, energy or money."""
    from modicum.plan import jobs as j
    from modicum.plan.gantt import gantt_svg
    from modicum.plan.place import Instance, find_aim, find_network, write_schedule
    from modicum.plan.place import place as run
    from modicum.plan.saving import compare, replay

    with _one_sentence():
        series = _series(grid, first_hour, hours)
        if (jobs is None) == (generate is None):
            raise PlanError("jobs are missing or given twice: give --jobs FILE or --generate N")
        if jobs is not None:
            work = j.read_jobs(jobs)
        else:
            work = j.generate_jobs(generate or 0, list(series), hours, seed)
        load = sum(job.hours for job in work) / hours / len(series)
        many = machines or max(1, round(load / 0.5))
        whole = Instance(
            work,
            [j.Site(n, s, many) for n, s in series.items()],
            hours,
            find_aim(aim),
            find_network(network),
        )
        found = run(whole)
        saving = compare(whole, found)
        plain = saving.to_dict() | {"gap": found.gap, "jobs": len(work), "machines": many}
        if forecast_error is not None:
            plain["saving_under_forecast"] = replay(whole, forecast_error, seed)
        if gantt:
            gantt.write_text(gantt_svg(whole, found.schedule), encoding="utf-8")
        if schedule:
            write_schedule(schedule, whole, found.schedule)
        if as_json:
            _print_json(plain)
            return
        _table(
            f"{len(work)} jobs, {len(series)} regions of {many} machines, {hours} hours",
            [
                ("run now, first fit", saving.run_now),
                ("cheapest region first", saving.cheapest_first),
                ("planned", saving.planned),
                ("saved, share of run-now", saving.share),
            ],
            _made_of(plain),
            [],
        )


@app.command()
def modernise(
    old: Annotated[
        str | None, typer.Option(help="Today's device, for example server-2013.")
    ] = None,
    number: Annotated[int, typer.Option("--count", help="How many there are.")] = 1,
    load: Annotated[float, typer.Option(help="Their mean load.")] = 0.2,
    new: Annotated[str | None, typer.Option(help="The newer device.")] = None,
    new_load: Annotated[float | None, typer.Option(help="Its mean load after.")] = None,
    years: Annotated[float, typer.Option()] = 5.0,
    price_of_device: Annotated[float | None, typer.Option(help="Of one new device.")] = None,
    currency: Annotated[str, typer.Option()] = "EUR",
    fleet: Annotated[int | None, typer.Option(help="Levers on so many generated servers.")] = None,
    start: Annotated[str | None, typer.Option(help="Date of the change, YYYY-MM-DD.")] = None,
    pue: Pue = None,
    grid_g_per_kwh: Grid = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Today's hardware against newer, with its embodied carbon and the break-even date."""
    from modicum.plan.devices import find_device
    from modicum.plan.modernise import Estate
    from modicum.plan.modernise import modernise as run

    with _one_sentence():
        if fleet is not None:
            _show_fleet(fleet, load, as_json)
            return
        if old is None or new is None:
            raise PlanError("devices are missing: give --old and --new, or --fleet N")
        found = run(
            Estate(find_device(old), number, load),
            find_device(new),
            years=years,
            load=new_load,
            region=region,
            grid_g_per_kwh=grid_g_per_kwh,
            pue=pue,
            price_of_device=price_of_device,
            currency=currency,
            start=_day(start),
        )
        if as_json:
            _print_json(found.to_dict())
            return
        _table(
            f"{number} {old} at {load:.0%} load against {found.new.count} {new} at "
            f"{found.new.load:.0%}, {years:g} years",
            [
                ("energy saved", found.energy_saved),
                ("carbon saved in use, a year", found.carbon_saved_yearly),
                ("carbon of making the new", found.embodied),
                ("carbon saved in all", found.carbon_saved),
                ("money saved", found.money_saved),
                ("break-even", found.break_even_years),
            ],
            [
                found.verdict(),
                f"idle share of the energy: {found.old.idle_share():.0%} before, "
                f"{found.new.idle_share():.0%} after",
            ],
            [],
        )


def _show_fleet(servers: int, load: float, as_json: bool) -> None:
    from modicum.plan.fleet import fleet_saving, generate_fleet, plan_fleet, told

    plan = plan_fleet(generate_fleet(servers, load))
    saving = fleet_saving(servers, load)
    if as_json:
        _print_json(told(plan) | {"saving": saving.to_dict()})
        return
    _table(
        f"{servers} servers, energy of a day, same service level",
        [("saved, share", saving)],
        [f"{name}: {part:.1%}" for name, part in plan.each().items()]
        + [f"no plan saves more than {plan.bound:.1%}"],
        [],
    )


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlanError(f"start {text!r} is not a date: give YYYY-MM-DD") from None


def _made_of(plain: dict[str, Any]) -> list[str]:
    parts = plain["made_of"]
    alone = parts["deferral_alone"]
    told = [
        "waiting alone: " + ("no room at home" if alone is None else f"{alone:.1%}"),
        f"spent on the network: {parts['network_spent']:.1%} of run-now",
        f"no schedule saves more than {plain['no_schedule_saves_more_than']:.1%} "
        f"(gap to the bound {plain['gap']:.2%})",
    ]
    if "saving_under_forecast" in plain:
        told.append(f"planned on a forecast: {plain['saving_under_forecast']:.1%}")
    return told


def _series(grid: list[str], first: int, hours: int) -> dict[str, Any]:
    from modicum.plan.jobs import read_intensity

    found = {}
    for text in grid:
        name, mark, path = text.partition("=")
        if not mark:
            raise PlanError(f"grid {text!r}: give NAME=FILE.csv")
        whole = read_intensity(Path(path))
        if not 0 <= first <= len(whole) - hours:
            raise PlanError(f"{path} has {len(whole)} hours: hour {first} with {hours} more is out")
        found[name] = whole[first : first + hours]
    return found


def _grid(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    for n, head in enumerate(heads):
        table.add_column(head, justify="right" if n else "left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Errors of the program as one sentence on stderr, with their exit code."""
    try:
        yield
    except ModicumError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


def _print_json(plain: object) -> None:
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))


def _table(title: str, rows: list[tuple[str, Figure]], notes: Any, warnings: list[str]) -> None:
    """One table of figures with its notes, readable at 80 columns."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(soft_wrap=False)
    table = Table(title=Text(title), title_justify="left")
    for name, right in (("", False), ("value", True), ("90% interval", True), ("basis", False)):
        table.add_column(name, justify="right" if right else "left")
    for name, figure in rows:
        value, interval = _told(figure)
        table.add_row(name, value, interval, figure.basis if figure.known else "")
    console.print(table)
    for name, figure in rows:
        if not figure.known:
            console.print(Text(f"  {name}: unknown, {figure.reason}"))
    for note in notes:
        console.print(Text(f"  {note}"))
    for warning in warnings:
        console.print(Text(f"  warning: {warning}", style="bold yellow"))


_SCALES = {
    "J": ("TWh", "GWh", "MWh", "kWh", "Wh", "J"),
    "gCO2e": ("tCO2e", "kgCO2e", "gCO2e"),
    "L": ("m3", "L", "mL"),
}


def _told(figure: Figure) -> tuple[str, str]:
    """A figure in the unit that reads best."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "unknown", ""
    shown = _scaled(figure)
    low, high = shown.low or 0.0, shown.high or 0.0
    return f"{_three(shown.value or 0.0)} {shown.unit}", f"{_three(low)} to {_three(high)}"


def _scaled(figure: Figure) -> Figure:
    from modicum.errors import FigureError

    for base, names in _SCALES.items():
        try:
            figure.to(base)
        except FigureError:
            continue
        for name in names:
            shown = figure.to(name)
            if abs(shown.value or 0.0) >= 1:
                return shown
        return figure.to(names[-1])
    return figure


def _three(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
