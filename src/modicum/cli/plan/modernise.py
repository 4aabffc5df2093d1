"""`modicum plan modernise`: today's hardware against newer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.plan.options import Grid, Json, Pue, Region
from modicum.cli.plan.show import figure_table, one_sentence, print_json
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.modernise import Modernisation


def modernise(
    old: Annotated[str | None, typer.Option(help="Today's device, such as server-2013.")] = None,
    number: Annotated[int, typer.Option("--count", help="How many there are.")] = 1,
    load: Annotated[float, typer.Option(help="Their mean load.")] = 0.2,
    new: Annotated[str | None, typer.Option(help="The newer device.")] = None,
    new_load: Annotated[float | None, typer.Option(help="Its mean load after.")] = None,
    years: Annotated[float, typer.Option(help="Years that the new one serves.")] = 5.0,
    price_of_device: Annotated[float | None, typer.Option(help="Of one new device.")] = None,
    currency: Annotated[str, typer.Option(help="Of that price.")] = "EUR",
    fleet: Annotated[int | None, typer.Option(help="Levers on so many generated servers.")] = None,
    start: Annotated[str | None, typer.Option(help="Date of the change, YYYY-MM-DD.")] = None,
    pue: Pue = None,
    grid_g_per_kwh: Grid = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Today's hardware against newer, and when it pays back.

    Embodied carbon counts; `modicum plan hardware` lists the devices.
    """
    with one_sentence():
        from modicum.plan.devices import find_device
        from modicum.plan.modernise import Estate
        from modicum.plan.modernise import modernise as run

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
            print_json(found.to_dict())
        else:
            _show(found)


def _show(found: Modernisation) -> None:
    old, new = found.old, found.new
    figure_table(
        f"{old.count} {old.device.name} at {old.load:.0%} load against {new.count} "
        f"{new.device.name} at {new.load:.0%}, {found.years:g} years",
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
            f"idle share of the energy: {old.idle_share():.0%} before, "
            f"{new.idle_share():.0%} after",
            *(f"source of {d.name}: {d.source}" for d in (old.device, new.device)),
        ],
    )


def _show_fleet(servers: int, load: float, as_json: bool) -> None:
    from modicum.plan.fleet import fleet_saving, plan_fleet, told
    from modicum.plan.servers import generate_fleet

    plan, saving = plan_fleet(generate_fleet(servers, load)), fleet_saving(servers, load)
    if as_json:
        print_json(told(plan) | {"saving": saving.to_dict()})
        return
    figure_table(
        f"{servers} servers, energy of a day, same service level",
        [("saved, share", saving)],
        [f"{name}: {part:.1%}" for name, part in plan.each().items()]
        + [f"no plan saves more than {plan.bound:.1%}"],
    )


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlanError(f"start {text!r} is not a date: give YYYY-MM-DD") from None
