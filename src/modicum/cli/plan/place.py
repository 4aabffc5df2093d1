"""`modicum plan place`: where and when jobs run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.plan.options import Json
from modicum.cli.plan.show import figure_table, one_sentence, print_json, writable
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.instance import Instance
    from modicum.plan.saving import Saving


def place(
    grid: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE.csv of hourly intensity; repeat.")
    ] = None,
    sites: Annotated[
        Path | None, typer.Option(help="Sites as csv, instead: region, grid, machines, ...")
    ] = None,
    jobs: Annotated[Path | None, typer.Option(help="Jobs as csv: name, hours, kw, ...")] = None,
    generate: Annotated[int | None, typer.Option(help="So many generated jobs instead.")] = None,
    machines: Annotated[int | None, typer.Option(help="Machines in each region of --grid.")] = None,
    latency: Annotated[
        Path | None, typer.Option(help="Milliseconds between regions: csv from, to, ms.")
    ] = None,
    first_hour: Annotated[int, typer.Option(help="Hour of the series to start at.")] = 0,
    hours: Annotated[int, typer.Option(help="Hours to plan.")] = 168,
    aim: Annotated[
        str, typer.Option(help="carbon, energy or money, or carbon=1,money=200.")
    ] = "carbon",
    network: Annotated[str, typer.Option(help="average or marginal network energy.")] = "average",
    replay: Annotated[
        float | None, typer.Option("--replay", help="Replay with this relative forecast error.")
    ] = None,
    gantt: Annotated[
        Path | None, typer.Option(help="Draw it to this file (svg), or - for the terminal.")
    ] = None,
    schedule: Annotated[Path | None, typer.Option(help="Write the schedule (csv).")] = None,
    seed: Annotated[int, typer.Option(help="Of generated jobs and forecasts.")] = 0,
    as_json: Json = False,
) -> None:
    """Where and when jobs run with the least carbon, energy or money.

    A job may have a deadline, data elsewhere (data_at, data_gb), regions it must stay in,
    machines it needs, a latency_ms bound, and be interruptible.
    """
    with one_sentence():
        from rich.console import Console

        from modicum.cli.plan.instance import enough, jobs_of, sites_of
        from modicum.plan.instance import Instance, find_aim, find_network, write_schedule
        from modicum.plan.place import place as run
        from modicum.plan.replay import replay as replay_run
        from modicum.plan.saving import compare
        from modicum.plan.sites import read_latency

        drawn = str(gantt) == "-"
        if drawn and as_json:
            raise PlanError("--gantt - draws where --json prints: give it a file")
        writable(None if drawn else gantt)
        writable(schedule)
        where = sites_of(grid or [], sites, first_hour, hours, machines)
        work = jobs_of(jobs, generate, where, hours, seed)
        if sites is None and machines is None:
            where = enough(where, work, hours)
        whole = Instance(
            work,
            where,
            hours,
            find_aim(aim),
            find_network(network),
            latency=read_latency(latency) if latency else {},
        )
        with Console(stderr=True).status(f"placing {len(work)} jobs ..."):
            found = run(whole)
            saving = compare(whole, found)
            plain = saving.to_dict() | {"gap": found.gap, "jobs": len(work), "aim": aim}
            plain["machines"] = sum(s.machines for s in where)
            if replay is not None:
                plain["replay"] = [
                    replay_run(whole, replay, seed, draws=3, every_h=every).to_dict()
                    for every in (None, 24)
                ]
                daily = plain["replay"][-1]["saving"]
                plain["saving_under_forecast"] = daily[whole.network]
        if gantt and not drawn:
            from modicum.plan.gantt import gantt_svg

            gantt.write_text(gantt_svg(whole, found.schedule), encoding="utf-8")
        if schedule:
            write_schedule(schedule, whole, found.schedule)
        if as_json:
            print_json(plain)
        else:
            _show(whole, saving, plain)
        if drawn:
            from modicum.plan.gantt_text import gantt_text

            typer.echo("\n" + gantt_text(whole, found.schedule))


def _show(whole: Instance, saving: Saving, plain: dict[str, Any]) -> None:
    from modicum.figures import Figure

    rows: list[tuple[str, Figure]] = [
        ("run now, first fit", saving.run_now),
        ("cheapest region first", saving.cheapest_first),
        ("planned", saving.planned),
        ("saved, share of run-now", saving.share),
        ("saved, share of cheapest-first", saving.against_cheapest),
    ]
    for left in plain.get("replay", []):
        how = "one forecast" if left["renewed_every_h"] is None else "daily forecasts"
        rows.append((f"carbon on {how}", Figure.from_dict(left["carbon_kg"][whole.network])))
        rows.append((f"saved on {how}", Figure.from_dict(left["saving"][whole.network])))
    regions = len({s.region for s in whole.sites})
    figure_table(
        f"{len(whole.jobs)} jobs, {regions} regions, {plain['machines']} machines, "
        f"{whole.horizon} hours",
        rows,
        [*_late(plain["late"], len(whole.jobs)), *_made_of(plain)],
    )


def _late(late: dict[str, int], jobs: int) -> list[str]:
    """Which simple way breaks deadlines that the plan keeps."""
    ways = {"run_now": "run now", "cheapest_first": "cheapest region first"}
    return [
        f"{ways[name]} ends {count} of {jobs} jobs after their deadline, the plan none: the saving "
        "is against a way that does less than was asked"
        for name, count in late.items()
        if count
    ]


def _made_of(plain: dict[str, Any]) -> list[str]:
    parts = plain["made_of"]
    alone = parts["deferral_alone"]
    aim = plain["aim"]
    told = ["of it, waiting alone: " + ("no room at home" if alone is None else f"{alone:.1%}")]
    if parts["elsewhere_and_together"] is not None:
        told.append(f"elsewhere and both together: {parts['elsewhere_and_together']:.1%}")
    if plain["saving_of_the_aim"] is None:
        return [*told, f"gap to the bound in {aim}: {plain['gap']:.2%}"]
    told += [
        f"network counted as {way}: {counted['spent']:.1%} of run-now spent on it, "
        f"{counted['saving']['value'] or 0:.1%} saved"
        for way, counted in plain["network"].items()
    ]
    if aim != "carbon":
        told.append(f"saved in {aim}: {plain['saving_of_the_aim']:.1%}")
    return [
        *told,
        f"no schedule saves more than {plain['no_schedule_saves_more_than']:.1%} in {aim} "
        f"(gap to the bound {plain['gap']:.2%})",
    ]
