"""How far a migration is: a large ledger takes minutes and must not look dead."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

log = logging.getLogger("modicum.ledger")

EVERY_S = 2.0
"""Nothing is said before this long, and then no more often."""


def each_day(
    days: Sequence[int], what: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """Those days one by one, with a warning of how far it is; `what` is what is being done.

    A warning, as without any setting of logging it reaches the terminal, and whoever waits for the
    ledger should know why.
    """
    last = clock()
    for done, day in enumerate(days):
        if clock() - last >= EVERY_S:
            last = clock()
            log.warning("%s: %d of %d days (stopped now, nothing is kept)", what, done, len(days))
        yield day


def days_of(times_ms: Iterable[int | None]) -> range:
    """Every day (since 1970) from the first to the last of those times; none where there is none.

    >>> days_of([86_400_000, 3 * 86_400_000 - 1]), days_of([None, None])
    (range(1, 3), range(0, 0))
    """
    known = [at // 86_400_000 for at in times_ms if at is not None]
    return range(min(known), max(known) + 1) if known else range(0)
