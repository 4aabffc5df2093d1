"""Notes: what stands behind each figure, written once and one click away from all that share it."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.report.language import Language, language
from modicum.report.markup import Html, el, join, short
from modicum.report.numbers import show
from modicum.report.words import Measure

if TYPE_CHECKING:
    from modicum.decision.document import FigureDocument, IntervalDocument
    from modicum.figures import Figure

_LONGEST = 600  # characters of a source or a reason


@dataclass
class Notes:
    """The notes of one page, numbered in the order in which figures first need them.

    places: where in decision.json a figure stands, by the identity of its part of the document.
    """

    found: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    say: Language = field(default_factory=lambda: language("en"))
    places: dict[int, str] = field(default_factory=dict)

    def figure(
        self,
        figure: FigureDocument | Figure,
        times: float = 1.0,
        unit: str = "",
        *,
        big: bool = False,
        place: str = "",
    ) -> Html:
        """A figure with its interval; a click shows its basis, source and boundary."""
        shown, say = show(figure, times, unit), self.say
        at = place or self._place(figure, times)
        if shown is None:
            facts = ((say("notes.unknown"), figure.reason or "not given"), *self._described(figure))
            return self._button(say("notes.unknown_value"), "", facts, big, at)
        basis = f"{figure.basis}: {say.terms[figure.basis]}"
        facts = ((say("notes.basis"), basis), *self._described(figure))
        body = f"{shown.value} {shown.unit}".strip()
        facts = (*facts, (say("notes.interval"), "90%"))
        return self._button(body, shown.interval or say("notes.exact"), facts, big, at)

    def loss(self, interval: IntervalDocument, measure: Measure) -> Html:
        """A loss with its interval."""
        body, facts = measure.level(interval.value), self._statistic(interval)
        ends = measure.level_interval(interval)
        return self._button(body, ends, facts, False, self._place(interval))

    def difference(
        self,
        interval: IntervalDocument,
        measure: Measure,
        *,
        big: bool = False,
        words: bool = False,
    ) -> Html:
        """A difference of losses with its interval; in words it says better or worse."""
        unit = f" {measure.unit}" if measure.percent else ""
        body = measure.worse(interval.value) if big or words else measure.gap(interval.value) + unit
        ends = minus(measure.gap_interval(interval)) + (unit if big else "")
        at = self._place(interval)
        return self._button(minus(body), ends, self._statistic(interval), big, at)

    def _place(self, part: object, times: float = 1.0) -> str | None:
        found = self.places.get(id(part))
        return f"{found} * {times:g}" if found and times != 1.0 else found

    def _described(self, figure: FigureDocument | Figure) -> tuple[tuple[str, str], ...]:
        pairs = (("source", figure.source), ("boundary", figure.boundary))
        return tuple((self.say(f"notes.{name}"), value) for name, value in pairs if value)

    def _statistic(self, interval: IntervalDocument) -> tuple[tuple[str, str], ...]:
        say = self.say
        level = say(
            "notes.level", level=f"{interval.confidence * 100:.4g}%", method=interval.method
        )
        return ((say("notes.basis"), say("notes.judged")), (say("notes.interval"), level))

    def _button(
        self,
        body: str,
        ends: str,
        facts: tuple[tuple[str, str], ...],
        big: bool,
        place: str | None = None,
    ) -> Html:
        number = self.found.setdefault(facts, len(self.found) + 1)
        body, ends = minus(self.say.number(body)), minus(self.say.number(ends))
        return el(
            "button",
            el("span", body, el("sup", str(number)), class_="v"),
            el("span", ends, class_="i") if ends else Html(""),
            class_="fig big" if big else "fig",
            type="button",
            popovertarget=f"note-{number}",
            data_place=place,
        )

    def listed(self) -> Html:
        """Every note; each is hidden until asked for, and printed at the end."""
        return join([self._note(number, facts) for facts, number in self.found.items()])

    def words(self, asked: Container[str] | None = None) -> Html:
        """Every term with its sentence, or those whose slugs were asked for."""
        heads, found = self.say.names, self.say.terms.items()
        wanted = [(n, text) for n, text in found if asked is None or slug(n) in asked]
        boxes = [self._box(f"term-{slug(n)}", heads[n][0], el("p", text)) for n, text in wanted]
        return join(boxes)

    def _note(self, number: int, facts: tuple[tuple[str, str], ...]) -> Html:
        rows = [el("dt", name) + el("dd", short(value, _LONGEST)) for name, value in facts]
        title = self.say("notes.note", number=str(number))
        return self._box(f"note-{number}", title, el("dl", join(rows)))

    def _box(self, key: str, title: str, body: Html) -> Html:
        """What a click opens; Escape, a click beside it or its button closes it."""
        close = el(
            "button",
            self.say("notes.close"),
            class_="close",
            type="button",
            popovertarget=key,
            popovertargetaction="hide",
        )
        return el("div", el("h3", title), body, close, id=key, class_="note", popover=True)


def minus(text: str) -> str:
    """Hyphens before digits as minus signs.

    >>> minus("-0.4 to +1.9")
    '−0.4 to +1.9'
    """
    return text.replace("-", "−")


def term(name: str, text: str | None = None) -> Html:
    """A word that explains itself when clicked."""
    return el(
        "button", text or name, class_="term", type="button", popovertarget=f"term-{slug(name)}"
    )


def slug(name: str) -> str:
    """A name fit for an id.

    >>> slug("judge split")
    'judge-split'
    """
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in name.lower())
