"""Explain: the first time a term stands on a page, it becomes a button that opens its sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.report.markup import Html, escape
from modicum.report.notes import term

if TYPE_CHECKING:
    from modicum.report.language import Language

_TAG = re.compile(r"(<[^>]+>)")  # text and attributes are escaped: no other `>` ends a tag
_LEFT_ALONE = frozenset(
    ("button", "h1", "h2", "h3", "th", "td", "caption", "code", "em", "label", "legend", "svg", "b")
)
_NAMES_ALONE = 'class="who"'  # what people named themselves


@dataclass
class Explained:
    """What has been explained on one page so far, in its language."""

    say: Language
    done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find the longest spelling first, so that `scope 2` wins over a term within it."""
        self._by_form = {
            escape(form).casefold(): name
            for name, forms in self.say.names.items()
            for form in forms
        }
        longest = sorted(self._by_form, key=len, reverse=True)
        forms = "|".join(re.escape(form) for form in longest)
        self._any = re.compile(rf"(?<![\w-])(?:{forms})(?![\w-])", re.IGNORECASE)

    def page(self, html: Html) -> Html:
        """Markup in which each term that was not explained yet explains itself."""
        pieces, closed = _TAG.split(html), ""
        depth = 0
        for i, piece in enumerate(pieces):
            if i % 2 == 0:
                pieces[i] = piece if closed else self._text(piece)
                continue
            name = re.match(r"</?(\w+)", piece)
            if name is None:
                continue
            if not closed and (name[1] in _LEFT_ALONE or _NAMES_ALONE in piece):
                closed, depth = name[1], 1
            elif closed == name[1]:
                depth += -1 if piece.startswith("</") else 1
                closed = closed if depth else ""
        return Html("".join(pieces))

    def new_in(self, text: str) -> list[str]:
        """The terms of plain text that were not explained yet, in the order in which they stand."""
        found = dict.fromkeys(self._by_form[m[0].casefold()] for m in self._any.finditer(text))
        new = [name for name in found if name not in self.done]
        self.done.update(new)
        return new

    def _text(self, text: str) -> str:
        return self._any.sub(self._first, text)

    def _first(self, found: re.Match[str]) -> str:
        name = self._by_form[found[0].casefold()]
        if name in self.done:
            return found[0]
        self.done.add(name)
        return term(name, Html(found[0]))
