"""Oversized context: requests that bring many times the tokens their task usually needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from modicum.figures import Figure
from modicum.ledger.groups import Group, Size
from modicum.ledger.used import QUANTITIES, UNITS, total_of
from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import Seen
from modicum.opportunities.sentence import Share, sentence

NAME = "context"
TIMES = 4
"""How many times the usual length a request must bring to count as oversized."""
_BUCKETS = 8  # quarter octaves of four times
_LEAST = 0.05
"""Share of the tokens read below which nothing is said."""


def oversized_context(seen: Seen) -> list[Opportunity] | NotLooked:
    """Tokens beyond the median length, of requests at least four times as long."""
    if not seen.sizes:
        return NotLooked(NAME, sentence("no_sizes"))
    by_route: dict[tuple[str, str], list[Size]] = defaultdict(list)
    for size in seen.sizes:
        by_route[size.task, size.route].append(size)
    groups = seen.by_route("answered", "audited")
    found = []
    for key, sizes in by_route.items():
        usual, many, excess = excess_of(sizes)
        read = sum(size.tokens_in for size in sizes)
        if not read or excess < _LEAST * read:
            continue
        stake = _reading(seen, groups.get(key, []))
        if stake is None:
            continue  # its energy and price do not depend on tokens
        found.append(_told(key, usual, many, stake * seen.scale, excess / read))
    return found


def excess_of(sizes: Sequence[Size]) -> tuple[float, int, float]:
    """The usual length (median), how many requests are oversized, and their tokens beyond it."""
    left = sum(size.requests for size in sizes) / 2
    usual, at = 0.0, 0
    for size in sorted(sizes, key=lambda s: s.bucket):
        left -= size.requests
        if left <= 0:
            usual, at = size.tokens_in / size.requests, size.bucket
            break
    large = [size for size in sizes if size.bucket >= at + _BUCKETS]
    many = sum(size.requests for size in large)
    return usual, many, sum(size.tokens_in for size in large) - usual * many


def _reading(seen: Seen, groups: Sequence[Group]) -> Saving | None:
    """What reading the tokens of these groups used; None where tokens cost them nothing."""
    parts: dict[str, list[Figure]] = {quantity: [] for quantity in QUANTITIES}
    for group in groups:
        for quantity in QUANTITIES:
            figure = seen.constants.get(group.constants, {}).get((quantity, "token_in"))
            if figure is not None:
                parts[quantity].append(figure * float(group.tokens_in))
    if not any(parts.values()):
        return None
    found = []
    for quantity in QUANTITIES:
        nothing = Figure.unknown(UNITS[quantity], "what a token costs is not known here")
        found.append(total_of(parts[quantity], "none") if parts[quantity] else nothing)
    return Saving(*found)


def _told(
    key: tuple[str, str], usual: float, many: int, stake: Saving, share: float
) -> Opportunity:
    task, route = key
    todo = sentence("long", count=many, times=TIMES, usual=usual, share=Share(share))
    return Opportunity(
        NAME,
        todo,
        (stake * share).up_to(),
        stake,
        "day",
        sentence("shorten"),
        task,
        route,
        (sentence("median_needed"), sentence("tokens_alike")),
        doubt=sentence("long_doubt"),
    )
