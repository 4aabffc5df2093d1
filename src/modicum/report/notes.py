"""Notes: what stands behind each figure, written once and one click away from all that share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.report.markup import Html, el, join, short
from modicum.report.numbers import show
from modicum.report.words import TERMS, Measure

if TYPE_CHECKING:
    from modicum.decision.document import FigureDocument, IntervalDocument
    from modicum.figures import Figure

_LONGEST = 600  # characters of a source or a reason


@dataclass
class Notes:
    """The notes of one page, numbered in the order in which figures first need them."""

    found: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)

    def figure(
        self,
        figure: FigureDocument | Figure,
        times: float = 1.0,
        unit: str = "",
        *,
        big: bool = False,
    ) -> Html:
        """A figure with its interval; a click shows its basis, source and boundary."""
        shown = show(figure, times, unit)
        if shown is None:
            facts = (("Unknown", figure.reason or "not given"), *_described(figure))
            return self._button("unknown", "", facts, big)
        facts = (("Basis", f"{figure.basis}: {TERMS[figure.basis]}"), *_described(figure))
        body = f"{shown.value} {shown.unit}".strip()
        facts = (*facts, ("Interval", "90%"))
        return self._button(body, shown.interval or "exact", facts, big)

    def loss(self, interval: IntervalDocument, measure: Measure) -> Html:
        """A loss with its interval."""
        body = measure.level(interval.value)
        return self._button(body, measure.level_interval(interval), _statistic(interval), False)

    def difference(
        self, interval: IntervalDocument, measure: Measure, *, big: bool = False
    ) -> Html:
        """A difference of losses with its interval."""
        unit = f" {measure.unit}" if measure.percent else ""
        body = measure.worse(interval.value) if big else measure.gap(interval.value) + unit
        ends = minus(measure.gap_interval(interval)) + (unit if big else "")
        return self._button(minus(body), ends, _statistic(interval), big)

    def _button(self, body: str, ends: str, facts: tuple[tuple[str, str], ...], big: bool) -> Html:
        number = self.found.setdefault(facts, len(self.found) + 1)
        return el(
            "button",
            el("span", body, el("sup", str(number)), class_="v"),
            el("span", ends, class_="i") if ends else Html(""),
            class_="fig big" if big else "fig",
            type="button",
            popovertarget=f"note-{number}",
        )

    def listed(self) -> Html:
        """Every note; each is hidden until asked for, and printed at the end."""
        return join([_note(number, facts) for facts, number in self.found.items()])


def minus(text: str) -> str:
    """Hyphens before digits as minus signs.

    >>> minus("-0.4 to +1.9")
    '−0.4 to +1.9'
    """
    return text.replace("-", "−")


def _described(figure: FigureDocument | Figure) -> tuple[tuple[str, str], ...]:
    pairs = (("Source", figure.source), ("Boundary", figure.boundary))
    return tuple((name, value) for name, value in pairs if value)


def _statistic(interval: IntervalDocument) -> tuple[tuple[str, str], ...]:
    level = f"{interval.confidence * 100:.4g}% by {interval.method}"
    return (("Basis", "measured on the judge split"), ("Interval", level))


def _box(key: str, title: str, body: Html) -> Html:
    """What a click opens; Escape, a click beside it or its button closes it."""
    close = el(
        "button",
        "Close",
        class_="close",
        type="button",
        popovertarget=key,
        popovertargetaction="hide",
    )
    return el("div", el("h3", title), body, close, id=key, class_="note", popover=True)


def _note(number: int, facts: tuple[tuple[str, str], ...]) -> Html:
    rows = [el("dt", name) + el("dd", short(value, _LONGEST)) for name, value in facts]
    return _box(f"note-{number}", f"Note {number}", el("dl", join(rows)))


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


def words() -> Html:
    """Every term with its sentence."""
    return join([_box(f"term-{slug(name)}", name, el("p", text)) for name, text in TERMS.items()])
