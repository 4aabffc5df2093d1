"""Retries, and answers whose caller had left."""

from __future__ import annotations

from collections import defaultdict

from modicum.ledger.groups import Group
from modicum.opportunities.opportunity import NotLooked, Opportunity
from modicum.opportunities.seen import Seen, summed_up

NAME = "retries"
_LEAST = 0.01
"""Share of requests below which nothing is said."""
_RETRIED = "a call that was tried again may have used nothing or as much as an answer"
_LEFT = "an answer whose caller left may have been begun or finished"


def retries_and_abandoned(seen: Seen) -> list[Opportunity] | NotLooked:
    """Calls beyond the first, and requests that ended with nobody waiting, by task and route."""
    if not seen.groups:
        return NotLooked(NAME, "the ledger holds no request of this period")
    by_route: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in seen.groups:
        by_route[group.task, group.route].append(group)
    found = []
    for (task, route), groups in by_route.items():
        name = f"{task} on {route}" if task else route
        found += _retried(seen, name, groups) + _left(seen, name, groups)
    return found


def _retried(seen: Seen, name: str, groups: list[Group]) -> list[Opportunity]:
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
            name,
            f"{again:,} calls were made again, {again / requests:.1%} of its requests",
            (wasted * seen.scale).up_to(_RETRIED),
            summed_up(seen, answered) * seen.scale,
            "a setting",
            "look at its causes (modicum serve's metrics), and at limits and time-outs",
            ("each further call used between nothing and what an answer uses",),
        )
    ]


def _left(seen: Seen, name: str, groups: list[Group]) -> list[Opportunity]:
    gone = [g for g in groups if g.outcome == "gone"]
    count, requests = sum(g.requests for g in gone), sum(g.requests for g in groups)
    if not count or count < _LEAST * requests:
        return []
    used = summed_up(seen, gone) * seen.scale
    return [
        Opportunity(
            NAME,
            name,
            f"{count:,} callers left before the answer, {count / requests:.1%} of its requests",
            used.up_to(_LEFT),
            used,
            "a day",
            "answer sooner, or let callers cancel before the model begins",
            ("an abandoned request used between nothing and what its tokens say",),
        )
    ]
