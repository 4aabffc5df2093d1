"""`modicum doctor`: what can be measured here, how well, and what would narrow it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.metering.diagnosis import Finding


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("doctor")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print plain data.")] = False,
) -> None:
    """Say what can be measured on this machine, what is modelled, and what would narrow it.

    Example: modicum doctor --json
    """
    from modicum.metering import Meter
    from modicum.metering.diagnosis import diagnose

    findings = diagnose(Meter(sources=()).power)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        typer.echo(render(findings))


def render(findings: Sequence[Finding]) -> str:
    """One part a line; below it why, and the command that would better it."""
    lines = []
    for finding in findings:
        spread = f"high is {finding.spread:.3g} x low" if finding.spread else ""
        lines.append(f"{finding.part:<12} {finding.state:<9} {spread}".rstrip())
        lines.append(f"    {finding.why}")
        if finding.cure:
            lines.append(f"    to better it: {finding.cure}")
    return "\n".join(lines)
