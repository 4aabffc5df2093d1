"""Markup: HTML elements built from text, where everything that is not markup is escaped."""

from __future__ import annotations

import html
import unicodedata

VOID = ("meta", "link", "br", "input")
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


class Html(str):
    """Text that is markup already; plain `str` is escaped wherever it meets one."""

    __slots__ = ()

    def __add__(self, other: str) -> Html:
        """Markup in a row; text on the right is escaped, as everywhere."""
        return Html(str.__add__(self, escape(other)))


def clean(text: str) -> str:
    """Text without control characters, marks that turn its direction, and lone surrogates.

    >>> clean("a\\x1b[31mb\\u202ec")
    'a [31mbc'
    """
    kept = (c for c in text if c not in _TURNS)
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in kept)


def short(text: str, most: int = 60) -> str:
    """At most that many characters, cut in the middle: names often differ at their ends.

    >>> short("abcdefghij", 7)
    'abc…hij'
    """
    text = clean(text)
    if len(text) <= most:
        return text
    left = most // 2
    return f"{text[:left]}…{text[len(text) - (most - left - 1) :]}"


def escape(content: str) -> Html:
    """Markup stays, text is cleaned and escaped."""
    return content if isinstance(content, Html) else Html(html.escape(clean(content)))


def join(parts: list[Html] | tuple[Html, ...], by: str = "") -> Html:
    """Markup in a row."""
    return Html(by.join(parts))


def el(name: str, /, *content: str, **attributes: str | float | bool | None) -> Html:
    """An element; `class_` is class, underscores are hyphens, True is a bare attribute.

    >>> el("p", "a < b", class_="x", data_n=1)
    '<p class="x" data-n="1">a &lt; b</p>'
    """
    return Html(f"<{name}{_attributes(attributes)}>{_inside(name, content)}")


def _inside(name: str, content: tuple[str, ...]) -> str:
    return "" if name in VOID else "".join(escape(c) for c in content) + f"</{name}>"


def _attributes(attributes: dict[str, str | float | bool | None]) -> str:
    parts = []
    for key, value in attributes.items():
        plain = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(f" {plain}")
        elif value is not None and value is not False:
            parts.append(f' {plain}="{escape(_plain(value))}"')
    return "".join(parts)


def _plain(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
