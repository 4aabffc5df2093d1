"""Business, the money: today and then, and when the change has paid for itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.errors import FigureError
from modicum.figures import Figure
from modicum.report.money import MILLION, Money, left_each_month, months_until_paid, paid_once
from modicum.report.reading import Number, Part

if TYPE_CHECKING:
    from modicum.report.told import Told


def cost(told: Told) -> Part:
    """A month, or a million requests, today and then."""
    found, title = told.money, told.say("cost" if told.money.monthly else "cost_million")
    times = "task.requests_per_month" if found.monthly else f"{MILLION:.0f}"
    new, old = (f"{at}.footprint.cost * {times}" for at in told.at)
    texts = [told.say("cost_keep" if told.view.kept else "cost_text")]
    if not found.monthly:
        texts.append(told.say("no_volume"))
    numbers = [Number(told.say("today", old=told.old), found.today, old)]
    if told.view.kept:
        return Part("business-cost", title, tuple(texts), tuple(numbers))
    numbers.append(Number(told.say("then", new=told.new), found.then, new))
    if found.monthly:
        numbers += _monthly(told, new)
    texts += _not_stated(told)
    return Part("business-cost", title, tuple(texts), tuple(numbers))


def _monthly(told: Told, new: str) -> list[Number]:
    found, numbers = told.money, []
    for key, value in (("hosting", found.hosting), ("upkeep", found.upkeep)):
        if value is not None:
            numbers.append(Number(told.say(key), value, f"stated {key}"))
    if numbers:
        place = " + ".join([new, *(n.place for n in numbers)])
        numbers.append(Number(told.say("then_all"), found.then_all, place))
    saving = told.view.decision.saving_per_month
    if saving is not None:
        numbers.append(Number(told.say("saved"), saving.cost, "saving_per_month.cost"))
        numbers += _left(told, saving.cost.figure(), found)
    return numbers


def _left(told: Told, saved: Figure, found: Money) -> list[Number]:
    if found.hosting is None and found.upkeep is None:
        return []
    place = "saving_per_month.cost - stated hosting - stated upkeep"
    return [Number(told.say("left"), _guarded(told, left_each_month, saved, found), place)]


def _not_stated(told: Told) -> list[str]:
    found = (
        ("hosting", told.money.hosting, "--hosting-per-month"),
        ("labelling", told.money.labelling, "--labelling"),
        ("upkeep", told.money.upkeep, "--upkeep-per-month"),
    )
    lacking = [(told.say(f"what_{name}"), option) for name, value, option in found if value is None]
    if not lacking:
        return []
    what, options = (", ".join(column) for column in zip(*lacking, strict=True))
    return [told.say("not_stated", what=what, options=options)]


def pays(told: Told) -> Part:
    """What was spent once, and when it has come back."""
    title = told.say("pays")
    if told.view.kept:
        return Part("business-pays", title, (told.say("pays_keep"),))
    decision = told.view.decision
    numbers = [Number(told.say("search"), decision.search.cost, "search.cost")]
    if told.money.labelling is not None:
        numbers.append(Number(told.say("labelling"), told.money.labelling, "stated labelling"))
    place = "(search.cost + stated labelling) / (saving_per_month.cost - stated sums)"
    numbers.append(Number(told.say("months"), _months(told), place))
    energy = decision.break_even_requests
    numbers.append(Number(told.say("requests"), energy, "break_even_requests"))
    return Part("business-pays", title, (told.say("pays_text"),), tuple(numbers))


def _months(told: Told) -> Figure:
    saving = told.view.decision.saving_per_month
    if saving is None:
        return Figure.unknown("month", told.say("no_months"))
    left = _guarded(told, left_each_month, saving.cost.figure(), told.money)
    once = _guarded(told, paid_once, told.view.decision.search.cost.figure(), told.money)
    if left.unit != once.unit:
        return Figure.unknown("month", told.say("currencies"))
    return months_until_paid(once, left, told.say("never"))


def _guarded(
    told: Told, add: Callable[[Figure, Money], Figure], first: Figure, found: Money
) -> Figure:
    try:
        return add(first, found)
    except FigureError:
        return Figure.unknown(first.unit, told.say("currencies"))
