"""Tour: a decision explained in five minutes, with its own numbers, to whoever is new to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import short
from modicum.report.reading import Number, Part, Reading
from modicum.report.unknown import every_figure
from modicum.report.view import energy_of, factor
from modicum.report.words import state

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, FigureDocument
    from modicum.figures import Figure
    from modicum.report.language import Language
    from modicum.report.view import View

_MOST_CANDIDATES = 8
_MOST_SLICES = 6
_WEAK = ("modelled", "assumed")  # bases that a meter would better


class Tour:
    """The stations of a tour, from one view."""

    def __init__(self, view: View, folder: str, say: Language) -> None:
        self.view, self.folder, self.say = view, folder, say
        self.new = short(view.decision.recommended, 40)
        self.old = short(view.decision.reference, 40)

    def reading(self) -> Reading:
        """Every station in its order."""
        parts = (
            self._asked(),
            self._took_part(),
            self._promise(),
            self._figure(),
            self._month(),
            self._change(),
            self._next(),
        )
        return Reading("tour", self._t("title"), parts)

    def _t(self, key: str, **values: str) -> str:
        return self.say(f"tour.{key}", **values)

    def _count(self, number: float) -> str:
        return self.say.number(f"{number:,.0f}")

    def _asked(self) -> Part:
        decision, measure = self.view.decision, self.view.measure
        splits = {k: self._count(decision.splits.get(k, 0)) for k in ("fit", "tune", "judge")}
        task, rows = short(decision.task.name), self._count(decision.task.rows)
        texts = [
            self._t("asked_task", task=task, rows=rows, **splits),
            self._t("asked_reference", old=self.old),
        ]
        if decision.ceiling is not None:
            ceiling = self.say.number(measure.level(decision.ceiling))
            texts.append(self._t("asked_ceiling", ceiling=ceiling))
        else:
            margin = f"{measure.gap(decision.margin, sign=False)} {measure.unit}"
            texts.append(self._t("asked_margin", margin=self.say.number(margin)))
        return Part("tour-asked", self._t("asked"), tuple(texts))

    def _took_part(self) -> Part:
        rows = self.view.rows
        shown = [row for row in rows if energy_of(row)][:_MOST_CANDIDATES]
        texts = [self._t("took_part_text", count=self._count(len(rows)))]
        if len(shown) < len(rows):
            texts.append(self._t("took_part_more", count=self._count(len(rows) - len(shown))))
        numbers = tuple(
            self._energy(row, f"{short(row.name, 40)}: {self._is(row)}") for row in shown
        )
        return Part("tour-took-part", self._t("took_part"), tuple(texts), numbers)

    def _is(self, row: CandidateDocument) -> str:
        if row.name == self.view.decision.reference:
            return self._t("is_reference")
        return self._t(f"state_{state(row)}")

    def _energy(self, row: CandidateDocument, label: str) -> Number:
        assert row.footprint is not None  # noqa: S101 -- callers have looked
        place = f"{self.view.place_of(row)}.footprint.energy_j"
        return Number(label, row.footprint.energy_j, place)

    def _promise(self) -> Part:
        decision, best = self.view.decision, self.view.recommended
        at, numbers = self.view.place_of(best), []
        texts = [
            self._t("promise_keep" if self.view.kept else "promise_use", new=self.new, old=self.old)
        ]
        if best.difference is not None and not self.view.kept:
            label = self._t("difference", new=self.new)
            numbers.append(Number(label, best.difference, f"{at}.difference"))
        if best.loss is not None:
            numbers.append(Number(self._t("loss", new=self.new), best.loss, f"{at}.loss"))
        if best.adequate and not self.view.kept:
            texts.append(self._t("promise_test"))
        wrong = self.say.number(f"{(1 - decision.confidence) * 100:.3g}")
        confidence = self.say.number(f"{decision.confidence * 100:.4g}%")
        texts.append(self._t("promise_teams", wrong=wrong, confidence=confidence))
        texts.append(self._t("promise_like"))
        return Part("tour-promise", self._t("promise"), tuple(texts), tuple(numbers))

    def _figure(self) -> Part:
        best, reference = self.view.recommended, self.view.reference
        both = [best] if self.view.kept else [best, reference]
        numbers = [
            self._energy(row, self._t("energy_of", name=short(row.name, 40)))
            for row in both
            if energy_of(row)
        ]
        texts = self._explained(energy_of(best))
        if not self.view.kept and len(numbers) == len(both):
            times, words = factor(self.view)
            order = (reference, best) if words == "times less" else (best, reference)
            place = " / ".join(f"{self.view.place_of(row)}.footprint.energy_j" for row in order)
            numbers.append(Number(self._t("factor"), times, place, words))
            if _is_narrower(times, energy_of(best), energy_of(reference)):
                texts.append(self._t("figure_factor"))
        return Part("tour-figure", self._t("figure"), tuple(texts), tuple(numbers))

    def _explained(self, energy: FigureDocument | None) -> list[str]:
        if energy is None:
            return []
        if energy.value is None:
            reason = short(energy.reason or "not given", 220)
            return [self._t("figure_unknown", name=self.new, reason=reason)]
        texts, width = [], _width(energy)
        if width is not None:
            times = self.say.number(f"{width:.2g}")
            texts.append(self._t("figure_interval", name=self.new, times=times))
        basis, meaning = self.say.names[energy.basis][0], self.say.terms[energy.basis]
        texts.append(self._t("figure_basis", basis=basis, meaning=meaning))
        if energy.boundary:
            texts.append(self._t("figure_boundary", boundary=short(energy.boundary, 300)))
        return texts

    def _month(self) -> Part:
        decision, title = self.view.decision, self._t("month")
        if self.view.kept:
            return Part("tour-month", title, (self._t("month_keep"),))
        saving, numbers = decision.saving_per_month, []
        if saving is None:
            texts = [self._t("month_none")]
        else:
            texts = [self._t("month_text", requests=self._count(saving.requests))]
            for key in ("energy", "carbon", "water", "cost"):
                place = f"saving_per_month.{key}"
                numbers.append(Number(self._t(key), getattr(saving, key), place))
        texts.append(self._t("month_search"))
        search, even = decision.search.energy_j, decision.break_even_requests
        numbers.append(Number(self._t("search"), search, "search.energy_j"))
        numbers.append(Number(self._t("break_even"), even, "break_even_requests"))
        return Part("tour-month", title, tuple(texts), tuple(numbers))

    def _change(self) -> Part:
        decision = self.view.decision
        items = [*decision.missing, self._t("change_margin")]
        if decision.task.slices:
            items += self._slices()
        else:
            items.append(self._t("change_slice_none"))
        energy = energy_of(self.view.recommended)
        if energy is not None and energy.basis in _WEAK:
            items.append(self._t("change_meter"))
        unknown = sum(figure.value is None for *_, figure in every_figure(decision))
        if unknown:
            items.append(self._t("change_unknown", count=self._count(unknown)))
        return Part("tour-change", self._t("change"), items=tuple(items))

    def _slices(self) -> list[str]:
        found = [
            f"{short(s.column, 30)} {short(s.slice, 30)}"
            for s in self.view.recommended.slices
            if s.adequate is None
        ]
        more = f" (+{len(found) - _MOST_SLICES})" if len(found) > _MOST_SLICES else ""
        names = ", ".join(found[:_MOST_SLICES]) + more
        return [self._t("change_slices", names=names)] if found else []

    def _next(self) -> Part:
        keys = ("verify", "report", "approve", "serve")
        items = tuple(self._t(f"next_{key}", folder=self.folder) for key in keys)
        return Part("tour-next", self._t("next"), (self._t("next_text"),), items=items)


def _width(figure: FigureDocument | Figure) -> float | None:
    """High over low; None where there is none, or low is not above zero."""
    if figure.low is None or figure.high is None or figure.low <= 0 or figure.low == figure.high:
        return None
    return figure.high / figure.low


def _is_narrower(times: Figure, one: FigureDocument | None, other: FigureDocument | None) -> bool:
    """Whether a factor is known better than both of what it is made of."""
    widths = [_width(f) if f is not None else None for f in (times, one, other)]
    known = [width for width in widths if width is not None]
    return len(known) == len(widths) and known[0] < min(known[1:])


def tour(view: View, folder: str, say: Language) -> Reading:
    """The tour of a decision; `folder` is what to type in commands."""
    return Tour(view, folder, say).reading()
