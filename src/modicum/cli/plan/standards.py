"""`modicum plan standards`: a plan in the forms that others ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.plan.show import one_sentence, print_json
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.carbon.sci import Role, Sci
    from modicum.plan.train import TrainPlan

FORMS = ("ghg", "esrs", "sci", "sci-ai", "annex-xi", "focus")


def standards(
    plan: Annotated[
        Path | None, typer.Argument(help="JSON of `plan train` or `plan serve`; - for stdin.")
    ] = None,
    form: Annotated[str, typer.Option(help=f"One of {', '.join(FORMS)}.")] = "ghg",
    unit: Annotated[str, typer.Option(help="Functional unit (sci, sci-ai).")] = "request",
    units: Annotated[float, typer.Option(help="How many the plan covers.")] = 1.0,
    boundary: Annotated[str, typer.Option(help="What software the SCI covers.")] = "",
    role: Annotated[str, typer.Option(help="consumer or provider (sci-ai).")] = "consumer",
    phase: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE of a life-cycle phase (sci-ai); repeat.")
    ] = None,
    measured: Annotated[
        bool, typer.Option("--measured", help="The energy is known, not estimated (annex-xi).")
    ] = False,
    name_of_hardware: Annotated[
        str, typer.Option("--hardware", help="What it was trained on (annex-xi).")
    ] = "",
    flops: Annotated[float | None, typer.Option(help="Operations of the training.")] = None,
    version: Annotated[
        str, typer.Option("--esrs", help="Set of ESRS: 2023 or 2025-draft (esrs).")
    ] = "2023",
    start: Annotated[str | None, typer.Option(help="First day of the period (focus).")] = None,
    end: Annotated[str | None, typer.Option(help="Day after its last (focus).")] = None,
    resource: Annotated[str, typer.Option(help="ResourceId of the bill (focus).")] = "",
    service: Annotated[str, typer.Option(help="ServiceName of the bill (focus).")] = "",
    region: Annotated[str, typer.Option(help="RegionId of the bill (focus).")] = "",
) -> None:
    """A plan as GHG Protocol, ESRS, SCI, AI Act or FOCUS.

    esrs and focus are csv, the others JSON. An unknown is empty or null with its reason, never 0.
    """
    with one_sentence():
        if form not in FORMS:
            raise PlanError(f"form {form!r} is not known: take one of {', '.join(FORMS)}")
        if form == "sci-ai":
            print_json(_sci_ai(phase or [], role, unit, units, boundary))
            return
        from modicum.plan.saved import read_plan

        if plan is None:
            raise PlanError("the plan is missing: give the JSON of `plan train`, or - for stdin")
        read = read_plan(plan)
        if form == "sci":
            print_json(_sci(read, unit, units, boundary).to_dict())
        elif form == "annex-xi":
            print_json(_annex_xi(read, measured, name_of_hardware, flops))
        elif form == "focus":
            typer.echo(_focus(read, start, end, resource, service, region), nl=False)
        else:
            from modicum.plan.standards import Inventory

            inventory = Inventory(read.footprint, read.embodied_g)
            if form == "ghg":
                print_json(inventory.ghg_protocol())
            else:
                typer.echo(inventory.esrs(version), nl=False)


def _sci(plan: TrainPlan, unit: str, units: float, boundary: str) -> Sci:
    from modicum.carbon.sci import Sci

    if not boundary:
        raise PlanError("the boundary is empty: say with --boundary what software the SCI covers")
    return Sci(plan.footprint.carbon_g, plan.embodied_g, unit, units, boundary)


def _sci_ai(phases: list[str], role: str, unit: str, units: float, boundary: str) -> dict[str, Any]:
    from modicum.carbon.sci import PHASES, sci_for_ai, unit_note
    from modicum.plan.saved import read_plan

    if role not in PHASES:
        raise PlanError(f"role {role!r} is not known: take {' or '.join(PHASES)}")
    as_role: Role = "consumer" if role == "consumer" else "provider"
    found = {}
    for text in phases:
        name, mark, file = text.partition("=")
        if not mark or name not in PHASES[as_role]:
            raise PlanError(
                f"phase {text!r}: give NAME=FILE, for the {role} {', '.join(PHASES[as_role])}"
            )
        found[name] = _sci(read_plan(Path(file)), unit, units, boundary)
    note = unit_note(unit, as_role)
    return {
        "standard": "SCI for AI (Green Software Foundation, 2025), on ISO/IEC 21031:2024",
        "role": role,
        "sci": sci_for_ai(found, as_role).to_dict(),
        "functional_unit": unit,
        "boundary": boundary,
        "phases": {name: part.to_dict() for name, part in found.items()},
        "notes": [] if note is None else [note],
    }


def _annex_xi(
    plan: TrainPlan, measured: bool, hardware: str, flops: float | None
) -> dict[str, Any]:
    from modicum.plan.standards import annex_xi

    return annex_xi(
        plan.footprint.energy_j,
        plan.chip_hours,
        measured=measured,
        hardware=hardware,
        time=plan.time,
        flops=flops,
    )


def _focus(
    plan: TrainPlan, start: str | None, end: str | None, resource: str, service: str, region: str
) -> str:
    from modicum.plan.standards import focus_csv, focus_row

    empty = [
        name
        for name, value in (
            ("--start", start),
            ("--end", end),
            ("--resource", resource),
            ("--service", service),
        )
        if not value
    ]
    if empty:
        raise PlanError(f"a row that joins a FOCUS bill needs {', '.join(empty)} as well")
    row = focus_row(
        plan.footprint,
        start=_day(start or ""),
        end=_day(end or ""),
        resource=resource,
        service=service,
        region=region,
    )
    return focus_csv([row])


def _day(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PlanError(f"{text!r} is not a date: give YYYY-MM-DD") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
