"""`modicum report`: a decision for each of those who decide together, in the form they read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.report.beside import Beside, Stated
    from modicum.report.readers import Format

_FORMATS = ("html", "md", "csv", "json", "pdf")
_ON_SCREEN = ("md", "csv", "json")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(report)


def report(
    folder: Annotated[Path, typer.Argument(help="What `modicum size` wrote.")] = Path(),
    reader: Annotated[
        str, typer.Option("--for", help="engineer, business, sustainability or all.")
    ] = "all",
    form: Annotated[str, typer.Option("--format", help="html, md, csv, json or pdf.")] = "html",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Where to write.  [a page in DIR; md, csv and json on the screen]",
        ),
    ] = None,
    lang: Annotated[
        str, typer.Option("--lang", help="en or de (business and sustainability).")
    ] = "en",
    hosting: Annotated[
        float | None,
        typer.Option("--hosting-per-month", help="Of what is recommended, in its currency."),
    ] = None,
    labelling: Annotated[
        float | None, typer.Option("--labelling", help="What the labels cost, once.")
    ] = None,
    upkeep: Annotated[
        float | None, typer.Option("--upkeep-per-month", help="Of what is recommended.")
    ] = None,
    supplier: Annotated[
        float | None,
        typer.Option("--supplier-g-per-kwh", help="Of your electricity, for scope 2 by market."),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option("--device", help="For embodied carbon: server, gpu, gpu-h100, or kilograms."),
    ] = None,
    share: Annotated[
        float, typer.Option("--device-share", help="Of the device that is kept for this, 0 to 1.")
    ] = 1.0,
) -> None:
    """Tell a decision to those who decide: engineer, business, sustainability.

    Example: modicum report modicum-runs/question-type --for business --hosting-per-month 40
    """
    from modicum.decision.document import read_decision
    from modicum.report.beside import Stated
    from modicum.report.files import write_text
    from modicum.report.readers import readers_of, render

    if form not in _FORMATS:
        raise DataError(f"format {form!r} is not known: give one of {', '.join(_FORMATS)}")
    readers = readers_of(reader, lang)
    document = read_decision(folder)
    folder = folder if folder.is_dir() else folder.parent
    stated = Stated(hosting, labelling, upkeep)
    beside = gather(document, folder, stated, supplier, device, share)
    kind = cast("Format", "html" if form == "pdf" else form)
    text = render(document, readers, kind, beside, lang, evidence_of(folder))
    if form in _ON_SCREEN and out is None:
        typer.echo(text, nl=False)
        return
    name = "report" if reader == "all" and lang == "en" else f"report-{reader}-{lang}"
    target = out or folder / f"{name}.{form}"
    if form == "pdf":
        from modicum.cli.report_pdf import write_pdf

        write_pdf(text, target)
    else:
        write_text(text, target)
    typer.echo(str(target))


def write_page(document: DecisionDocument, folder: Path) -> None:
    """The page of every reader beside a decision, as `modicum size` leaves it."""
    from modicum.report.beside import Stated
    from modicum.report.files import write_text
    from modicum.report.readers import render
    from modicum.report.reading import READERS

    beside = gather(document, folder, Stated())
    text = render(document, READERS, "html", beside, evidence=evidence_of(folder))
    write_text(text, folder / "report.html")


def gather(
    document: DecisionDocument,
    folder: Path,
    stated: Stated,
    supplier: float | None = None,
    device: str | None = None,
    share: float = 1.0,
) -> Beside:
    """Everything that a report shows and that does not stand in the decision."""
    from modicum.cli.report_accounts import Means, accounts
    from modicum.cli.report_evidence import confusions, hosted
    from modicum.decision.approvals import approvals_faults, read_approvals, stale
    from modicum.report.beside import Beside, Said

    faults = tuple(approvals_faults(folder))
    lines = () if faults else read_approvals(folder)
    means = Means(supplier, device, share)
    return Beside(
        folder=_typed(folder),
        stated=stated,
        approvals=tuple(Said(line, stale(folder, line)) for line in lines),
        faults=faults,
        accounts=accounts(document, hosted(folder), means),
        confusions=confusions(folder, document),
    )


def _typed(folder: Path) -> str:
    """The folder as one types it in a shell."""
    import shlex

    return shlex.quote(str(folder))


def evidence_of(folder: Path) -> dict[str, str]:
    """Files of a run that stand behind the page, those that are there."""
    known = {
        "decision.json": "the decision, every number of this page",
        "evidence.json": "what `modicum verify` makes every number from again",
        "approvals.jsonl": "who said what, in a chain of hashes",
    }
    return {name: what for name, what in known.items() if (folder / name).is_file()}
