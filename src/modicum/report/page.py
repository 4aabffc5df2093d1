"""Page: one self-contained HTML file that loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from modicum.report.language import Language, language
from modicum.report.markup import Html, el


def document(
    title: str,
    parts: list[Html],
    notes: Html,
    more_style: str = "",
    more_script: str = "",
    say: Language | None = None,
) -> str:
    """A whole page in the house's style; its policy allows this style and this script alone."""
    say = say or language("en")
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
    body = el(
        "body", _theme(say), el("main", *parts, notes), _footer(say), el("script", Html(script))
    )
    return f"<!doctype html>\n{el('html', head, body, lang=say.code)}\n"


def _theme(say: Language) -> Html:
    """The button of the script, which is hidden without one."""
    names = {
        "data-dark": say("page.to_dark"),
        "data-light": say("page.to_light"),
        "data-dark-label": say("page.to_dark_label"),
        "data-light-label": say("page.to_light_label"),
    }
    return el("button", say("page.dark"), id="theme", type="button", hidden=True, **names)


def _footer(say: Language) -> Html:
    return el("footer", el("p", say("page.made")))


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
