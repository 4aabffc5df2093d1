"""Readers: one decision told to each of those who decide together, in the form they read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from modicum.errors import DataError
from modicum.report.beside import Beside
from modicum.report.business import business
from modicum.report.engineer import engineer
from modicum.report.language import Language, language
from modicum.report.markdown import render_markdown
from modicum.report.readers_page import render_readers
from modicum.report.reading import READERS, Reader, Reading
from modicum.report.reading_plain import reading_data, reading_markdown, readings_csv
from modicum.report.sustainability import sustainability
from modicum.report.view import View

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument

Format = Literal["html", "md", "csv", "json", "focus"]
TRANSLATED: tuple[Reader, ...] = ("business", "sustainability")
_BUILD = {"engineer": engineer, "business": business, "sustainability": sustainability}


def render_html(decision: DecisionDocument, evidence: Mapping[str, str] | None = None) -> str:
    """The engineer's page of a decision as one HTML document.

    evidence: files kept beside the page, by name, with what each one holds.
    """
    return render(decision, ("engineer",), "html", evidence=evidence)


def readers_of(name: str, code: str = "en", *, ledger: bool = False) -> tuple[Reader, ...]:
    """The readers of a name, `all` being each that speaks the language; raises DataError.

    ledger: of a report on a ledger, which every reader has in every language.
    """
    language(code)
    can = READERS if code == "en" or ledger else TRANSLATED
    if name == "all":
        return can
    found = tuple(reader for reader in READERS if reader == name)
    if not found:
        raise DataError(f"reader {name!r} is not known: give one of {', '.join(READERS)} or all")
    if found[0] not in can:
        raise DataError(f"the {name}'s page is in English only: leave --lang out, or give --for "
                        f"{' or '.join(can)}")  # fmt: skip
    return found


def reading_of(view: View, reader: Reader, beside: Beside, say: Language) -> Reading:
    """What one reader is told."""
    return _BUILD[reader](view, beside, say)


def render(
    decision: DecisionDocument,
    readers: tuple[Reader, ...],
    form: Format,
    beside: Beside | None = None,
    code: str = "en",
    evidence: Mapping[str, str] | None = None,
) -> str:
    """A decision for those readers in that form; every number comes from the same document."""
    beside, say = beside or Beside(), language(code)
    view = View.speaking(decision, say)
    readings = [reading_of(view, reader, beside, say) for reader in readers]
    if form == "html":
        return render_readers(view, readings, beside, evidence or {})
    if form == "csv":
        return readings_csv(readings)
    if form == "json":
        told = [reading_data(reading) for reading in readings]
        plain = {"task": decision.task.name, "created_at": decision.created_at, "readers": told}
        return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"
    return "\n".join(_markdown(view, reading) for reading in readings)


def _markdown(view: View, reading: Reading) -> str:
    say = view.notes.say
    if reading.reader != "engineer":
        return reading_markdown(view, reading, say)
    numbers = reading_markdown(view, reading, say, title=False)
    return f"{render_markdown(view.decision)}\n{numbers}"
