"""Page: one self-contained HTML file that loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from modicum.report import sections
from modicum.report.markup import Html, el, short
from modicum.report.notes import words
from modicum.report.parts_table import parts_table
from modicum.report.summary import hero, key_numbers
from modicum.report.view import View

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument


def render_html(decision: DecisionDocument, evidence: Mapping[str, str] | None = None) -> str:
    """The report of a decision as one HTML document.

    evidence: files kept beside the page, by name, with what each one holds.
    """
    view = View(decision)
    parts = [
        hero(view),
        key_numbers(view),
        sections.the_picture(view),
        sections.the_table(view),
        sections.the_slices(view),
        parts_table(view),
        sections.the_saving(view),
        sections.the_search(view),
        sections.the_method(view),
        sections.the_unknown(view),
        sections.the_record(view, evidence or {}),
    ]
    notes = el(
        "section",
        el("h2", "Notes to the figures"),
        view.notes.listed(),
        el("h2", "Words"),
        words(),
        id="notes",
        class_="part notes",
    )
    return document(f"{short(decision.task.name)}: {short(decision.recommended)}", parts, notes)


def document(
    title: str, parts: list[Html], notes: Html, more_style: str = "", more_script: str = ""
) -> str:
    """A whole page in the house's style; its policy allows this style and this script alone."""
    style, script = _asset("page.css") + more_style, _asset("page.js") + more_script
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("link", rel="icon", href="data:,"),
        el("title", f"{title} · Modicum"),
        el("style", Html(style)),
    )
    switch = el("button", "Dark or light", id="theme", type="button", hidden=True)
    body = el("body", switch, el("main", *parts, notes), _footer(), el("script", Html(script)))
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def _footer() -> Html:
    text = "Made by Modicum: the smallest AI that does the job, and the evidence."
    return el("footer", el("p", text))


def _asset(name: str) -> str:
    return files("modicum.report").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing from anywhere; only this very style and this very script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
