"""Business, the first part: what changes, and how good and frugal it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.reading import Number, Part
from modicum.report.view import energy_of, factor
from modicum.report.words import state

if TYPE_CHECKING:
    from modicum.report.told import Told

_COUNTED = ("accuracy", "subset", "exact_match")


def in_short(told: Told) -> Part:
    """What changes and how sure that is; quality and energy beside it."""
    texts = _kept_texts(told) if told.view.kept else _use_texts(told)
    return Part("business-short", told.say("short"), tuple(texts), tuple(_quality(told)))


def _use_texts(told: Told) -> list[str]:
    decision, best = told.view.decision, told.view.recommended
    cases = told.words.number(f"{best.judged_examples:,}")
    texts = [told.say("short_use", new=told.new, old=told.old)]
    if best.judged_examples:
        texts.append(told.say("short_cases", cases=cases))
    if decision.ceiling is not None:
        ceiling = told.words.number(told.view.measure.level(decision.ceiling))
        texts.append(told.say("short_ceiling", ceiling=ceiling))
    else:
        texts.append(told.say("short_limit", margin=_margin(told)))
    proven = "short_proven" if best.adequate else "short_not_proven"
    return [*texts, told.say(proven)]


def _margin(told: Told) -> str:
    measure = told.view.measure
    gap = measure.gap(told.view.decision.margin, sign=False)
    return told.words.number(f"{gap} {measure.unit}")


def _kept_texts(told: Told) -> list[str]:
    texts = [told.say("short_keep", old=told.old)]
    if any(state(row) == "undecided" for row in told.view.rows):
        texts.append(told.say("short_open"))
    return texts


def _quality(told: Told) -> list[Number]:
    best, found = told.view.recommended, []
    if best.difference is not None and not told.view.kept:
        found.append(Number(told.say("quality"), best.difference, f"{told.at[0]}.difference"))
    if best.loss is not None:
        found.append(
            Number(told.say(_loss_key(told), name=told.new), best.loss, f"{told.at[0]}.loss")
        )
    if not told.view.kept and energy_of(best) is not None:
        times, words = factor(told.view)
        big, small = told.at[::-1] if words == "times less" else told.at
        place = f"{big}.footprint.energy_j / {small}.footprint.energy_j"
        found.append(Number(told.say("factor"), times, place, words))
    return found


def _loss_key(told: Told) -> str:
    """Only some metrics count right and wrong answers; another's loss is no share of them."""
    return "loss" if told.view.decision.task.metric in _COUNTED else "loss_other"
