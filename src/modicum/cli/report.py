"""`modicum report`: a decision for each of those who decide together, in the form they read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from modicum.cli.report_options import (
    DeviceOption,
    Folder,
    FormatOption,
    HostingOption,
    LabellingOption,
    LangOption,
    LedgerOption,
    OutOption,
    ReaderOption,
    RegionOption,
    ShareOption,
    SinceOption,
    SupplierOption,
    TaskOption,
    UpkeepOption,
)
from modicum.errors import DataError

if TYPE_CHECKING:
    from modicum.cli.report_asked import Asked
    from modicum.report.beside import Stated
    from modicum.report.readers import Format
    from modicum.report.reading import Reader

_FORMATS = ("html", "md", "csv", "json", "pdf")
_ON_SCREEN = ("md", "csv", "json", "focus")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(report)


def report(
    folder: Folder = None,
    reader: ReaderOption = "all",
    form: FormatOption = "html",
    ledger: LedgerOption = None,
    task: TaskOption = None,
    since: SinceOption = None,
    region: RegionOption = None,
    out: OutOption = None,
    lang: LangOption = "en",
    hosting: HostingOption = None,
    labelling: LabellingOption = None,
    upkeep: UpkeepOption = None,
    supplier: SupplierOption = None,
    device: DeviceOption = None,
    share: ShareOption = 1.0,
) -> None:
    """Tell a decision, or a ledger, to those who decide: engineer, business, sustainability.

    Example: modicum report modicum-runs/question-type --for business --hosting-per-month 40

    Example: modicum report --ledger ledger.sqlite --since 30d
    """
    from modicum.cli.report_gather import evidence_of, gather
    from modicum.decision.document import read_decision
    from modicum.report.beside import Stated
    from modicum.report.readers import readers_of, render

    _check(form, folder, ledger, (task, since, region))
    readers = readers_of(reader, lang, ledger=ledger is not None and task is None)
    stated = Stated(hosting, labelling, upkeep)
    kind = cast("Format", "html" if form == "pdf" else form)
    if ledger is not None:
        from modicum.cli.report_accounts import Means
        from modicum.cli.report_asked import Asked

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
    from modicum.cli.report_focus import render_focus
    from modicum.cli.report_ledger import newest_decision, render_ledger
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
