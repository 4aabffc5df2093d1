"""`modicum decide RESULTS`: the smallest adequate candidate, from evaluations made elsewhere."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.errors import DecisionError

if TYPE_CHECKING:
    from modicum.decision.verdict import Evidence, Verdict


NOT_PROVEN = 3
"""Exit code of `--require` where the candidate is not proven adequate."""
ORDER = (
    "No energy is known, so the order of the results counts as small to large: "
    "give --energy NAME=J."
)


def decide(
    results: Annotated[
        list[Path],
        typer.Argument(
            help="csv or jsonl in long format (example, candidate, loss or correct), or files of "
            "lm-evaluation-harness, Inspect or promptfoo."
        ),
    ],
    reference: Annotated[str, typer.Option(help="The candidate you would otherwise run.")],
    margin: Annotated[
        float, typer.Option(help="How much worse in loss is too much, in (0, 1).")
    ] = 0.02,
    confidence: Annotated[float, typer.Option(help="Between 0.5 and 1.")] = 0.95,
    energy: Annotated[
        list[str] | None, typer.Option(help="NAME=J: joules per request, once a candidate.")
    ] = None,
    ceiling: Annotated[
        float | None,
        typer.Option(help="A mean loss to stay below, instead of a margin to the reference."),
    ] = None,
    slice_margin: Annotated[
        float | None, typer.Option(help="Margin of every slice; the margin where not given.")
    ] = None,
    tune_untouched: Annotated[
        bool,
        typer.Option("--tune-untouched", help="Nothing in a candidate was chosen on tune rows."),
    ] = False,
    tool: Annotated[
        str, typer.Option("--from", help="long, lm-eval, inspect, promptfoo, or auto.")
    ] = "auto",
    require: Annotated[
        str | None,
        typer.Option(help="End with exit code 3 unless this candidate is proven adequate."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Say which candidate does as well as the reference for the least energy, and prove it.

    Example: modicum decide results.csv --reference gpt --energy tiny=0.2 --energy gpt=900
    """
    from modicum.decision.engine import decide as decide_losses
    from modicum.decision.results.importers import read_results
    from modicum.decision.results.table import gather

    table = gather(row for path in results for row in read_results(path, tool))
    energies = table.energy | parse_energy(energy or [])
    verdict = decide_losses(
        table.judge,
        reference,
        energies,
        margin,
        confidence,
        table.tune,
        tune_untouched,
        table.clusters,
        table.slices,
        slice_margin,
        tune_clusters=table.tune_clusters,
        ceiling=ceiling,
    )
    if as_json:
        typer.echo(json.dumps(asdict(verdict), indent=2, allow_nan=False))
    else:
        known = any(value is not None for value in energies.values())
        _show(verdict, "" if known else ORDER)
    if require is not None and not _is_proven(verdict, require):
        raise typer.Exit(NOT_PROVEN)


def _is_proven(verdict: Verdict, name: str) -> bool:
    if name not in verdict.adequate:
        known = ", ".join(verdict.adequate)
        raise DecisionError(f"--require {name!r} is not among the candidates: {known}")
    return verdict.adequate[name] is True


def parse_energy(pairs: list[str]) -> dict[str, float | None]:
    """Joules by name from NAME=J.

    >>> parse_energy(["tiny=0.5", "a=b=2"])
    {'tiny': 0.5, 'a=b': 2.0}
    """
    found: dict[str, float | None] = {}
    for pair in pairs:
        name, sign, value = pair.rpartition("=")
        try:
            found[name] = float(value)
        except ValueError:
            sign = ""
        if not (name and sign):
            raise DecisionError(f"--energy {pair!r} is not NAME=J: write for example tiny=0.5")
    return found


def _show(verdict: Verdict, note: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    table = Table(box=None, pad_edge=False)
    for title in ("candidate", "loss", "difference", "interval", "p", "adequate"):
        table.add_column(title, justify="left" if title in {"candidate", "adequate"} else "right")
    for found in verdict.evidence.values():
        table.add_row(*_cells(found, verdict.reference))
    console.print(table)
    method = verdict.method
    limit = "ceiling" if method.absolute else "margin"
    say(
        f"\nRun {verdict.recommended} "
        f"({limit} {method.margin:g}, confidence {method.confidence:g}, {method.test})."
    )
    say(f"{method.multiplicity}: {method.why}.")
    for found in verdict.evidence.values():
        if found.adequate is not True:
            say(f"{found.name}: {found.reason}")
    for missing in verdict.missing:
        say(f"{missing.name}: {missing.reason}")
    if note:
        say(note)


def _cells(found: Evidence, reference: str) -> tuple[str, ...]:
    if found.name == reference:
        return (found.name, f"{found.loss:.4f}", "", "", "", "reference")
    interval = found.difference_interval
    return (
        found.name,
        f"{found.loss:.4f}",
        f"{found.difference:+.4f}",
        f"{interval.low:+.4f} to {interval.high:+.4f}",
        "" if found.p_value is None else f"{found.p_value:.3g}",
        {True: "yes", False: "no", None: "undecided"}[found.adequate],
    )
