"""`modicum plan equivalents`: what an energy or a carbon figure is like, one at a time."""

from __future__ import annotations

from typing import Annotated

import typer

from modicum.cli.plan.options import Json
from modicum.cli.plan.show import hints, one_sentence, plain_table, print_json
from modicum.errors import PlanError


def equivalents(
    kwh: Annotated[float | None, typer.Option(help="An energy in kWh.")] = None,
    kg: Annotated[float | None, typer.Option(help="Carbon in kg CO2e.")] = None,
    like: Annotated[str | None, typer.Option(help="The one to take; else the one that fits.")] = (
        None
    ),
    as_json: Json = False,
) -> None:
    """One everyday equivalent of an energy or of carbon; the list, with sources, without either."""
    with one_sentence():
        from modicum.carbon import equivalent
        from modicum.carbon.tables import cited, table
        from modicum.plan.inputs import given
        from modicum.plan.limits import not_negative

        if kwh is None and kg is None:
            rows = table("equivalents")
            listed = {n: f"{r['one']} {r['unit']}: {r['what']}" for n, r in rows.items()}
            if as_json:
                print_json(rows)
                return
            plain_table("Everyday equivalents", ("name", "one is"), listed.items())
            hints(f"{name}: {cited(row)}" for name, row in rows.items())
            return
        if kwh is not None and kg is not None:
            raise PlanError(f"{kwh:g} kWh and {kg:g} kg: give one, for one equivalent at a time")
        amount, unit = (kwh, "kWh") if kwh is not None else (kg or 0.0, "kgCO2e")
        found = equivalent(given("amount", not_negative("amount", amount), unit), like)
        if as_json:
            print_json({"count": found.count.to_dict(), "what": found.what, "source": found.source})
        else:
            hints([f"{amount:,.6g} {unit} is like {found} [{found.source}]"])
