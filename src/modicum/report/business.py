"""Business: what changes, what it costs, what may go wrong, and what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.errors import FigureError
from modicum.figures import Figure
from modicum.report.markup import short
from modicum.report.money import (
    MILLION,
    Money,
    left_each_month,
    money,
    months_until_paid,
    paid_once,
)
from modicum.report.reading import Grid, Number, Part, Reading
from modicum.report.view import energy_of, factor
from modicum.report.words import state

if TYPE_CHECKING:
    from modicum.report.beside import Beside, Said
    from modicum.report.language import Language
    from modicum.report.view import View

_MOST_NAMES = 6
_COUNTED = ("accuracy", "subset", "exact_match")


class Business:
    """The reading for who pays and decides, from one view."""

    def __init__(self, view: View, beside: Beside, say: Language) -> None:
        self.view, self.beside, self.say = view, beside, say
        self.new = short(view.decision.recommended, 40)
        self.old = short(view.decision.reference, 40)
        self.money = money(view, beside.stated)
        self.at = view.place_of(view.recommended), view.place_of(view.reference)

    def reading(self) -> Reading:
        """Everything, in the order in which it is asked."""
        parts = (
            self._short(),
            self._cost(),
            self._pays(),
            self._risk(),
            self._wrong(),
            self._ask(),
            self._approved(),
        )
        return Reading("business", self._t("title"), parts)

    def _t(self, key: str, **values: str) -> str:
        return self.say(f"business.{key}", **values)

    def _short(self) -> Part:
        texts = self._kept_texts() if self.view.kept else self._use_texts()
        return Part("business-short", self._t("short"), tuple(texts), tuple(self._quality()))

    def _use_texts(self) -> list[str]:
        decision, best = self.view.decision, self.view.recommended
        cases = self.say.number(f"{best.judged_examples:,}")
        texts = [self._t("short_use", new=self.new, old=self.old)]
        if best.judged_examples:
            texts.append(self._t("short_cases", cases=cases))
        if decision.ceiling is not None:
            ceiling = self.say.number(self.view.measure.level(decision.ceiling))
            texts.append(self._t("short_ceiling", ceiling=ceiling))
        else:
            texts.append(self._t("short_limit", margin=self._margin()))
        proven = "short_proven" if best.adequate else "short_not_proven"
        return [*texts, self._t(proven)]

    def _margin(self) -> str:
        measure = self.view.measure
        gap = measure.gap(self.view.decision.margin, sign=False)
        return self.say.number(f"{gap} {measure.unit}")

    def _kept_texts(self) -> list[str]:
        texts = [self._t("short_keep", old=self.old)]
        if any(state(row) == "undecided" for row in self.view.rows):
            texts.append(self._t("short_open"))
        return texts

    def _quality(self) -> list[Number]:
        best, found = self.view.recommended, []
        if best.difference is not None and not self.view.kept:
            found.append(Number(self._t("quality"), best.difference, f"{self.at[0]}.difference"))
        if best.loss is not None:
            found.append(
                Number(self._t(self._loss_key(), name=self.new), best.loss, f"{self.at[0]}.loss")
            )
        if not self.view.kept and energy_of(best) is not None:
            times, words = factor(self.view)
            big, small = self.at[::-1] if words == "times less" else self.at
            place = f"{big}.footprint.energy_j / {small}.footprint.energy_j"
            found.append(Number(self._t("factor"), times, place, words))
        return found

    def _loss_key(self) -> str:
        """Only some metrics count right and wrong answers; another's loss is no share of them."""
        return "loss" if self.view.decision.task.metric in _COUNTED else "loss_other"

    def _cost(self) -> Part:
        found, title = self.money, self._t("cost" if self.money.monthly else "cost_million")
        times = "task.requests_per_month" if found.monthly else f"{MILLION:.0f}"
        new, old = (f"{at}.footprint.cost * {times}" for at in self.at)
        texts = [self._t("cost_keep" if self.view.kept else "cost_text")]
        if not found.monthly:
            texts.append(self._t("no_volume"))
        numbers = [Number(self._t("today", old=self.old), found.today, old)]
        if self.view.kept:
            return Part("business-cost", title, tuple(texts), tuple(numbers))
        numbers.append(Number(self._t("then", new=self.new), found.then, new))
        if found.monthly:
            numbers += self._monthly(new)
        texts += self._not_stated()
        return Part("business-cost", title, tuple(texts), tuple(numbers))

    def _monthly(self, new: str) -> list[Number]:
        found, numbers = self.money, []
        for key, value in (("hosting", found.hosting), ("upkeep", found.upkeep)):
            if value is not None:
                numbers.append(Number(self._t(key), value, f"stated {key}"))
        if numbers:
            place = " + ".join([new, *(n.place for n in numbers)])
            numbers.append(Number(self._t("then_all"), found.then_all, place))
        saving = self.view.decision.saving_per_month
        if saving is not None:
            numbers.append(Number(self._t("saved"), saving.cost, "saving_per_month.cost"))
            numbers += self._left(saving.cost.figure(), found)
        return numbers

    def _left(self, saved: Figure, found: Money) -> list[Number]:
        if found.hosting is None and found.upkeep is None:
            return []
        place = "saving_per_month.cost - stated hosting - stated upkeep"
        return [Number(self._t("left"), self._guarded(left_each_month, saved, found), place)]

    def _not_stated(self) -> list[str]:
        found = (
            ("hosting", self.money.hosting, "--hosting-per-month"),
            ("labelling", self.money.labelling, "--labelling"),
            ("upkeep", self.money.upkeep, "--upkeep-per-month"),
        )
        lacking = [
            (self._t(f"what_{name}"), option) for name, value, option in found if value is None
        ]
        if not lacking:
            return []
        what, options = (", ".join(column) for column in zip(*lacking, strict=True))
        return [self._t("not_stated", what=what, options=options)]

    def _pays(self) -> Part:
        title = self._t("pays")
        if self.view.kept:
            return Part("business-pays", title, (self._t("pays_keep"),))
        decision = self.view.decision
        numbers = [Number(self._t("search"), decision.search.cost, "search.cost")]
        if self.money.labelling is not None:
            numbers.append(Number(self._t("labelling"), self.money.labelling, "stated labelling"))
        place = "(search.cost + stated labelling) / (saving_per_month.cost - stated sums)"
        numbers.append(Number(self._t("months"), self._months(), place))
        energy = decision.break_even_requests
        numbers.append(Number(self._t("requests"), energy, "break_even_requests"))
        return Part("business-pays", title, (self._t("pays_text"),), tuple(numbers))

    def _months(self) -> Figure:
        saving = self.view.decision.saving_per_month
        if saving is None:
            return Figure.unknown("month", self._t("no_months"))
        left = self._guarded(left_each_month, saving.cost.figure(), self.money)
        once = self._guarded(paid_once, self.view.decision.search.cost.figure(), self.money)
        if left.unit != once.unit:
            return Figure.unknown("month", self._t("currencies"))
        return months_until_paid(once, left, self._t("never"))

    def _guarded(
        self, add: Callable[[Figure, Money], Figure], first: Figure, found: Money
    ) -> Figure:
        try:
            return add(first, found)
        except FigureError:
            return Figure.unknown(first.unit, self._t("currencies"))

    def _risk(self) -> Part:
        if self.view.kept:
            return Part("business-risk", self._t("risk"), (self._t("risk_keep"),))
        share = self.say.number(f"{(1 - self.view.decision.confidence) * 100:.3g}%")
        texts = [self._t("risk_text", risk=share)]
        open_slices = [
            f"{short(s.column, 30)} {short(s.slice, 30)}"
            for s in self.view.recommended.slices
            if not s.adequate
        ]
        if open_slices:
            names = ", ".join(open_slices[:_MOST_NAMES])
            more = len(open_slices) - _MOST_NAMES
            names += f" (+{more})" if more > 0 else ""
            texts.append(self._t("risk_slices", names=names))
        return Part("business-risk", self._t("risk"), tuple(texts))

    def _wrong(self) -> Part:
        keys = ["wrong_keep"] if self.view.kept else ["wrong_text", "wrong_back"]
        texts = tuple(self._t(key, old=self.old) for key in keys)
        return Part("business-wrong", self._t("wrong"), texts)

    def _ask(self) -> Part:
        key = "ask_keep" if self.view.kept else "ask_use"
        text = self._t(key, new=self.new, old=self.old)
        name = f"modicum approve {self.beside.folder} --role business --name NAME"
        return Part("business-ask", self._t("ask"), (text,), command=name)

    def _approved(self) -> Part:
        title, said = self._t("approved"), self.beside.approvals
        faults = tuple(self._t("chain", fault=fault) for fault in self.beside.faults)
        if not said:
            return Part("business-approved", title, (self._t("nobody"), *faults))
        head = tuple(self._t(key) for key in ("when", "role", "name", "said", "remark"))
        grid = Grid(head, tuple(self._line(one) for one in said))
        return Part("business-approved", title, faults, grid=grid)

    def _line(self, said: Said) -> tuple[str, ...]:
        line = said.line
        kind = self._t(f"kind_{line.kind}", slice=line.slice or "")
        if said.stale:
            kind = f"{kind} ({self._t('stale')})"
        role = self.say(f"page.{line.role}")
        return (line.at[:10], role, short(line.name), kind, short(line.comment, 300))


def business(view: View, beside: Beside, say: Language) -> Reading:
    """The reading for who pays and decides."""
    return Business(view, beside, say).reading()
