"""Every finder asked, and what they found in the order of what it saves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from modicum.errors import PluginError
from modicum.opportunities.big_model import on_the_big_model
from modicum.opportunities.context import oversized_context
from modicum.opportunities.duplicates import duplicate_prompts
from modicum.opportunities.idle import idle_machines
from modicum.opportunities.opportunity import Found, NotLooked, Opportunity
from modicum.opportunities.retries import retries_and_abandoned
from modicum.opportunities.seen import Seen
from modicum.opportunities.unaudited import models_without_audit
from modicum.opportunities.waiting import jobs_that_could_wait

Finder = Callable[[Seen], list[Opportunity] | NotLooked]
By = Literal["energy", "carbon", "money"]

FINDERS: dict[str, Finder] = {
    "big-model": on_the_big_model,
    "context": oversized_context,
    "duplicates": duplicate_prompts,
    "retries": retries_and_abandoned,
    "idle": idle_machines,
    "waiting": jobs_that_could_wait,
    "unaudited": models_without_audit,
}

_PLACE = {"energy": 0, "carbon": 1, "money": 2}


def find_opportunities(seen: Seen, by: By = "energy", finders: Iterable[str] = FINDERS) -> Found:
    """Ask the named finders; figures are of a month where a week or more was seen.

    Raises PluginError for a finder that does not exist.
    """
    found: list[Opportunity] = []
    not_looked: list[NotLooked] = []
    for name in finders:
        if name not in FINDERS:
            raise PluginError(f"finder {name!r} is not known: give one of {', '.join(FINDERS)}")
        told = FINDERS[name](seen)
        if isinstance(told, NotLooked):
            not_looked.append(told)
        else:
            found += told
    return Found(ranked(found, by), tuple(not_looked), seen.monthly, seen.days, seen.requests)


def ranked(found: Iterable[Opportunity], by: By = "energy") -> tuple[Opportunity, ...]:
    """The largest known saving first; then, by what is at stake, those whose saving is unknown."""
    return tuple(sorted(found, key=lambda one: _rank(one, _PLACE[by])))


def _rank(one: Opportunity, place: int) -> tuple[bool, float, float, str, str]:
    saved, stake = one.saving.figures[place].value, one.at_stake.figures[place].value
    return saved is None, -(saved or 0.0), -(stake or 0.0), one.task, one.place
