"""Sustainability: energy, carbon by scope, water, SCI, data quality, and rows for standards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.figures import Figure
from modicum.report.markup import short
from modicum.report.quality import figures_of
from modicum.report.quality_part import data_part, vintages_part
from modicum.report.reading import Number, Part, Reading
from modicum.report.standards import standards_part

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, FigureDocument
    from modicum.report.beside import Account, Beside
    from modicum.report.language import Language
    from modicum.report.view import View


class Sustainability:
    """The reading for who accounts for energy and carbon, from one view."""

    def __init__(self, view: View, beside: Beside, say: Language) -> None:
        self.view, self.beside, self.say = view, beside, say
        self.people = [view.recommended] if view.kept else [view.reference, view.recommended]

    def reading(self) -> Reading:
        """Everything, from what one request uses to the rows of the standards."""
        parts = (
            self._uses(),
            self._month(),
            self._saved(),
            self._search(),
            self._sci(),
            self._data(),
            self._vintages(),
            Part("sust-method", self._t("method"), (self._t("method_text"),)),
            self._standards(),
            self._progress(),
        )
        return Reading("sustainability", self._t("title"), parts)

    def _t(self, key: str, **values: str) -> str:
        return self.say(f"sustainability.{key}", **values)

    def _uses(self) -> Part:
        numbers = []
        for row in self.people:
            for key, name in (("energy", "energy_j"), ("carbon", "carbon_g"), ("water", "water_l")):
                place = f"{self.view.place_of(row)}.footprint.{name}"
                value = self._of(row, name)
                label = self._t(key, name=short(row.name, 40))
                numbers.append(Number(label, value, place, self._t("per_request")))
        return Part("sust-uses", self._t("uses"), (self._t("uses_text"),), tuple(numbers))

    def _of(self, row: CandidateDocument, name: str) -> FigureDocument | Figure:
        if row.footprint is None:
            unit = {"energy_j": "J", "carbon_g": "gCO2e", "water_l": "L"}[name]
            return Figure.unknown(unit, "it was not measured")
        figure: FigureDocument = getattr(row.footprint, name)
        return figure

    def _month(self) -> Part:
        title, volume = self._t("month"), self.view.decision.task.requests_per_month
        texts = [self._scope(row) for row in self.people]
        if volume is None:
            return Part("sust-month", title, (self._t("month_none"), *texts))
        texts.insert(0, self._t("month_text", requests=self.say.number(f"{volume:,.0f}")))
        numbers = [number for row in self.people for number in self._month_of(row, volume)]
        return Part("sust-month", title, tuple(texts), tuple(numbers))

    def _month_of(self, row: CandidateDocument, volume: float) -> list[Number]:
        at, name = self.view.place_of(row), short(row.name, 40)
        keys = (("month_energy", "energy_j"), ("location", "carbon_g"), ("month_water", "water_l"))
        found = {}
        for label, key in keys:
            value = self._of(row, key)
            figure = (value if isinstance(value, Figure) else value.figure()) * volume
            place = f"{at}.footprint.{key} * task.requests_per_month"
            found[label] = Number(self._t(label, name=name), figure, place)
        account = self.beside.accounts.get(row.name)
        extra = [] if account is None else self._two(account, name, at)
        return [found["month_energy"], found["location"], *extra, found["month_water"]]

    def _two(self, account: Account, name: str, at: str) -> list[Number]:
        market = f"{at}.footprint.energy_j * task.requests_per_month * stated supplier's factor"
        return [
            Number(self._t("market", name=name), account.market, market),
            Number(self._t("embodied", name=name), account.embodied, "stated device and share"),
        ]

    def _scope(self, row: CandidateDocument) -> str:
        account = self.beside.accounts.get(row.name)
        key = f"scope_{account.scope}" if account and account.scope else "scope_none"
        return self._t(key, name=short(row.name, 40))

    def _saved(self) -> Part:
        saving, title = self.view.decision.saving_per_month, self._t("saved")
        if saving is None or self.view.kept:
            return Part("sust-saved", title, (self._t("saved_none"),))
        numbers = [
            Number(self._t(f"saved_{key}"), getattr(saving, key), f"saving_per_month.{key}")
            for key in ("energy", "carbon", "water")
        ]
        return Part("sust-saved", title, (), tuple(numbers))

    def _search(self) -> Part:
        search, decision = self.view.decision.search, self.view.decision
        keys = (("energy", "energy_j"), ("carbon", "carbon_g"), ("water", "water_l"))
        numbers = [
            Number(self._t(f"search_{label}"), getattr(search, key), f"search.{key}")
            for label, key in keys
        ]
        place = "break_even_requests"
        numbers.append(Number(self._t("break_even"), decision.break_even_requests, place))
        return Part("sust-search", self._t("search"), (), tuple(numbers))

    def _sci(self) -> Part:
        texts, numbers = [self._t("sci_text")], []
        for row in self.people:
            account, name = self.beside.accounts.get(row.name), short(row.name, 40)
            if account is None:
                continue
            place = f"{self.view.place_of(row)}.footprint.carbon_g + embodied"
            label, per = self._t("sci_rate", name=name), self._t("per_request")
            numbers.append(Number(label, account.sci, place, per))
            boundary = short(account.sci_boundary, 200)
            texts.append(self._t("sci_boundary", name=name, boundary=boundary))
        return Part("sust-sci", self._t("sci"), tuple(texts), tuple(numbers))

    def _data(self) -> Part:
        return data_part(figures_of(self.view.decision), "data_score", self.say)

    def _vintages(self) -> Part:
        return vintages_part(figures_of(self.view.decision), self.say)

    def _standards(self) -> Part:
        title, best = self._t("standards"), self.view.recommended
        account = self.beside.accounts.get(best.name)
        if account is None or not account.rows:
            return Part("sust-standards", title, (self._t("standards_none"),))
        text = self._t("standards_text", name=short(best.name, 40))
        return standards_part(account.rows, text, self.say)

    def _progress(self) -> Part:
        """Where the months of all tasks are added up and followed over the years."""
        text, title = self._t("progress_text"), self._t("progress")
        return Part("sust-progress", title, (text,), command="modicum progress")


def sustainability(view: View, beside: Beside, say: Language) -> Reading:
    """The reading for who accounts for energy and carbon."""
    return Sustainability(view, beside, say).reading()
