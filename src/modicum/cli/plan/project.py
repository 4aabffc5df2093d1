"""`modicum plan project`: a fleet over years."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.plan.options import Json, Pue, Region
from modicum.cli.plan.show import figure_table, hints, one_sentence, plain_table, print_json, three
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.plan.project import Fleet, YearOfFleet


def project(
    scenario: Annotated[str | None, typer.Option(help="Such as devries-2027.")] = None,
    servers: Annotated[float | None, typer.Option(help="Servers in the first year.")] = None,
    kw_low: Annotated[float | None, typer.Option(help="Power of a server, low.")] = None,
    kw_high: Annotated[float | None, typer.Option(help="Power of a server, high.")] = None,
    utilisation: Annotated[float, typer.Option(help="Share of that power, on average.")] = 1.0,
    growth: Annotated[float, typer.Option(help="Servers more each year, as a share.")] = 0.0,
    efficiency: Annotated[float, typer.Option(help="Energy less each year, as a share.")] = 0.0,
    rebound: Annotated[float, typer.Option(help="Share of that saving used up again.")] = 0.0,
    optimised: Annotated[
        float, typer.Option(help="Share that optimised operations may save.")
    ] = 0.30,
    years: Annotated[int, typer.Option(help="How many years.")] = 1,
    first_year: Annotated[int, typer.Option(help="The first of them.")] = 2027,
    per_day: Annotated[float | None, typer.Option(help="Requests a day, for Wh each.")] = None,
    pue: Pue = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """The energy of a fleet over years, beside countries and homes."""
    with one_sentence():
        from modicum.plan.project import COUNTRIES, per_unit_wh
        from modicum.plan.project import project as run

        fleet = replace(
            _fleet(scenario, servers, kw_low, kw_high),
            utilisation=utilisation,
            growth=growth,
            efficiency=efficiency,
            rebound=rebound,
            optimised=optimised,
            pue=pue,
        )
        rows = run(fleet, years, first_year, region)
        each = None if per_day is None else per_unit_wh(rows[0].energy, per_day)
        if as_json:
            plain: dict[str, Any] = {
                "years": [r.to_dict() for r in rows],
                "countries_twh": COUNTRIES,
            }
            plain |= {} if each is None else {"wh_per_request": each.to_dict()}
            print_json(plain)
        elif len(rows) == 1:
            _show_year(rows[0], fleet, each, region)
        else:
            _show_years(rows, fleet, each, region)


def _fleet(
    scenario: str | None, servers: float | None, low: float | None, high: float | None
) -> Fleet:
    from modicum.plan.project import Fleet, find_scenario

    if scenario is None:
        if servers is None or low is None:
            raise PlanError("no fleet: give --servers and --kw-low, or --scenario devries-2027")
        return Fleet(servers, low, low if high is None else high)
    base = find_scenario(scenario)
    lowest = base.kw_low if low is None else low
    return replace(
        base,
        servers=base.servers if servers is None else servers,
        kw_low=lowest,
        kw_high=(max(base.kw_high, lowest) if high is None else high),
    )


def _show_year(row: YearOfFleet, fleet: Fleet, each: Figure | None, region: str | None) -> None:
    figures = [
        ("energy", row.energy),
        (f"if {fleet.optimised:.0%} is saved", row.optimised),
        ("homes", row.homes),
        ("carbon", row.footprint.carbon_g),
    ]
    figures += [] if each is None else [("energy of a request", each)]
    figure_table(
        f"{row.year}: {fleet.source}",
        figures,
        [
            _surpassed("low end", row.energy.low, row.surpassed_low),
            _surpassed("high end", row.energy.high, row.surpassed_high),
            *_assumed(fleet, region),
        ],
    )


def _show_years(
    rows: tuple[YearOfFleet, ...], fleet: Fleet, each: Figure | None, region: str | None
) -> None:
    table = []
    for r in rows:
        energy, carbon = r.energy, r.footprint.carbon_g.to("tCO2e")
        table.append(
            (
                str(r.year),
                three(energy.value or 0.0),
                f"{three(energy.low or 0.0)} to {three(energy.high or 0.0)}",
                f"{three((carbon.value or 0.0) / 1e6)} Mt",
                ", ".join(r.surpassed_high) or "none",
            )
        )
    heads = ("year", "TWh", "90% interval", "carbon", "surpassed at the high end")
    plain_table(fleet.source, heads, table)
    hints(
        [
            _surpassed(f"{r.year}, {end} end", value, names)
            for r in (rows[0], rows[-1])
            for end, value, names in (
                ("low", r.energy.low, r.surpassed_low),
                ("high", r.energy.high, r.surpassed_high),
            )
        ]
        + [_changed(rows)]
        + ([] if each is None else [f"energy of a request: {each.value:.3g} {each.unit}"])
        + _assumed(fleet, region)
    )


def _changed(rows: tuple[YearOfFleet, ...]) -> str:
    """What made the last year's energy out of the first one's."""
    parts = ", ".join(f"{name} {share:+.0%}" for name, share in rows[-1].changes.items() if share)
    if not parts:
        return f"{rows[-1].year} as {rows[0].year}: no growth and no efficiency gain given"
    return f"{rows[-1].year} against {rows[0].year}, in shares of {rows[0].year}: {parts}"


def _assumed(fleet: Fleet, region: str | None) -> list[str]:
    """What nobody gave."""
    pue = [] if fleet.pue is not None else ["no PUE given: servers alone, without their cooling"]
    return pue + ([] if region else ["no region given: carbon of the world's average grid"])


def _surpassed(end: str, value: float | None, names: tuple[str, ...]) -> str:
    from modicum.plan.project import COUNTRIES

    others = ", ".join(f"{c} {twh:g}" for c, twh in COUNTRIES.items())
    which = " and ".join(names) if names else "neither country"
    return f"{end}, {three(value or 0.0)} TWh: surpasses {which} ({others} TWh in 2020)"
