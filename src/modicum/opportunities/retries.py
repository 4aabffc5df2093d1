"""Retries, and answers whose caller had left."""

from __future__ import annotations

from modicum.ledger.groups import Group
from modicum.opportunities.opportunity import NotLooked, Opportunity
from modicum.opportunities.seen import Seen, summed_up
from modicum.opportunities.sentence import Share, sentence

NAME = "retries"
_LEAST = 0.01
"""Share of requests below which nothing is said."""


def retries_and_abandoned(seen: Seen) -> list[Opportunity] | NotLooked:
    """Calls beyond the first, and requests that ended with nobody waiting, by task and route."""
    if not seen.groups:
        return NotLooked(NAME, sentence("no_requests"))
    found = []
    for groups in seen.by_route().values():
        found += _retried(seen, groups) + _left(seen, groups)
    return found


def _retried(seen: Seen, groups: list[Group]) -> list[Opportunity]:
    requests = sum(g.requests for g in groups)
    again = sum(max((g.attempts or 0) - g.requests, 0) for g in groups)
    answered = [g for g in groups if g.outcome == "answered"]
    done = sum(g.requests for g in answered)
    if again < _LEAST * requests or not done:
        return []
    wasted = summed_up(seen, answered) * (again / done)
    return [
        Opportunity(
            NAME,
            sentence("again", count=again, share=Share(again / requests, 1)),
            (wasted * seen.scale).up_to(),
            summed_up(seen, answered) * seen.scale,
            "setting",
            sentence("causes"),
            groups[0].task,
            groups[0].route,
            (sentence("again_used"),),
            doubt=sentence("again_doubt"),
        )
    ]


def _left(seen: Seen, groups: list[Group]) -> list[Opportunity]:
    gone = [g for g in groups if g.outcome == "gone"]
    count, requests = sum(g.requests for g in gone), sum(g.requests for g in groups)
    if not count or count < _LEAST * requests:
        return []
    used = summed_up(seen, gone) * seen.scale
    return [
        Opportunity(
            NAME,
            sentence("left", count=count, share=Share(count / requests, 1)),
            used.up_to(),
            used,
            "day",
            sentence("sooner"),
            groups[0].task,
            groups[0].route,
            (sentence("left_used"),),
            doubt=sentence("left_doubt"),
        )
    ]
