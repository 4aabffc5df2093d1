"""`modicum report`: a decision for each of those who decide together, in the form they read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.cli.report_ledger import Asked
    from modicum.decision.document import DecisionDocument
    from modicum.report.beside import Beside, Stated
    from modicum.report.readers import Format
    from modicum.report.reading import Reader

_FORMATS = ("html", "md", "csv", "json", "pdf")
_ON_SCREEN = ("md", "csv", "json", "focus")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(report)


def report(
    folder: Annotated[
        Path | None, typer.Argument(help="What `modicum size` wrote.  [this folder]")
    ] = None,
    reader: Annotated[
        str, typer.Option("--for", help="engineer, business, sustainability or all.")
    ] = "all",
    form: Annotated[
        str,
        typer.Option(
            "--format", help="html, md, csv, json or pdf; focus (--ledger): rows for bills."
        ),
    ] = "html",
    ledger: Annotated[
        str | None,
        typer.Option("--ledger", help="Report on this ledger (URL or file) in place of a folder."),
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", help="With --ledger: the newest decision of this task.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="With --ledger: a day (2026-10-01) or a length (30d)."),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="With --ledger: of own machines.  [world]")
    ] = None,
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
    """Tell a decision, or a ledger, to those who decide: engineer, business, sustainability.

    Example: modicum report modicum-runs/question-type --for business --hosting-per-month 40

    Example: modicum report --ledger ledger.sqlite --since 30d
    """
    from modicum.decision.document import read_decision
    from modicum.report.beside import Stated
    from modicum.report.readers import readers_of, render

    _check(form, folder, ledger, (task, since, region))
    readers = readers_of(reader, lang, ledger=ledger is not None and task is None)
    stated = Stated(hosting, labelling, upkeep)
    kind = cast("Format", "html" if form == "pdf" else form)
    if ledger is not None:
        from modicum.cli.report_accounts import Means
        from modicum.cli.report_ledger import Asked

        asked = Asked(_since(since), lang, region, Means(supplier, device, share), ledger)
        text = _of_ledger(asked, kind, readers, task, stated)
        where = Path()
    else:
        where = folder or Path()
        document = read_decision(where)
        where = where if where.is_dir() else where.parent
        beside = gather(document, where, stated, supplier, device, share)
        text = render(document, readers, kind, beside, lang, evidence_of(where))
    if form in _ON_SCREEN and out is None:
        typer.echo(text, nl=False)
        return
    name = "report" if reader == "all" and lang == "en" else f"report-{reader}-{lang}"
    name = f"ledger-{name}" if ledger is not None else name
    _write(text, out or where / f"{name}.{form}", form)


def _check(
    form: str, folder: Path | None, ledger: str | None, of_ledger: tuple[str | None, ...]
) -> None:
    """Options that do not go together are said before anything is read."""
    known = (*_FORMATS, "focus") if ledger is not None else _FORMATS
    if form not in known:
        raise DataError(f"format {form!r} is not known: give one of {', '.join(known)}")
    if ledger is not None and folder is not None:
        raise DataError("a folder and --ledger were both given: give one of them")
    if ledger is None and any(value is not None for value in of_ledger):
        raise DataError("--task, --since and --region speak of a ledger: give it with --ledger")
    if form == "focus" and of_ledger[0] is not None:
        raise DataError("--format focus is of a whole ledger: leave --task out")


def _since(text: str | None) -> int | None:
    from modicum.cli.opportunities import day_of

    return day_of(text)


def _of_ledger(
    asked: Asked, kind: Format, readers: tuple[Reader, ...], task: str | None, stated: Stated
) -> str:
    """The report on a ledger, or on one decision that it holds."""
    from modicum.cli.report_accounts import accounts
    from modicum.cli.report_ledger import newest_decision, render_focus, render_ledger
    from modicum.ledger import open_ledger
    from modicum.report.beside import Beside
    from modicum.report.readers import render

    book = open_ledger(asked.url)
    try:
        if task is not None:
            document = newest_decision(book, task)
            beside = Beside(stated=stated, accounts=accounts(document, {}, asked.means))
            return render(document, readers, kind, beside, asked.lang)
        if kind == "focus":
            return render_focus(book, asked)
        return render_ledger(book, kind, readers, asked)
    finally:
        book.close()


def _write(text: str, target: Path, form: str) -> None:
    from modicum.report.files import write_text

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
    from modicum.cli.report_evidence import confusions, curves, hosted
    from modicum.decision.approvals import approvals_faults, read_approvals, stale
    from modicum.decision.consent import accepted
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
        curves=curves(folder),
        accepted={k: f"{one.name}, {one.at[:10]}" for k, one in accepted(folder).items()},
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
