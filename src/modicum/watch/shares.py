"""One error rate for everything that is ever watched, and who gets which part of it."""

from __future__ import annotations

from collections.abc import Sequence

from modicum.errors import DecisionError

ALPHA = 0.05
"""False alarms ever, over all tasks, slices and restarts together."""
ALL, GOLD = "all", "gold"
_GOLD_SHARE, _SLICE_SHARE = 0.02, 0.25
_FLATTER = 1.5
"""How evenly watches share: 1 gives the first a half; 1.5 four tenths, and the later ones more."""
SETTLED_MS = 60_000
"""An alarm passes its error rate on only to a watch that begins so much later: by then every worker
has it on record, and all of them give that watch the same."""


def alpha_of(number: int, alpha: float = ALPHA) -> float:
    """The error rate of the n-th watch: alpha k / ((n + k - 1) (n + k)), k = 1.5: sums to alpha.

    A watch is a task under one decision, counted from 1 in the order of the ledger; a restart takes
    up its own watch again, and a new decision is a new one.

    >>> round(alpha_of(1), 4), round(sum(alpha_of(n) for n in range(1, 10_000)), 3)
    (0.02, 0.05)
    """
    if number < 1:
        raise DecisionError(f"watch number {number}: they are counted from 1")
    return alpha * _FLATTER / ((number + _FLATTER - 1) * (number + _FLATTER))


def inherited(
    number: int, opened: Sequence[tuple[int, int]], alarms: Sequence[tuple[int, int, float]]
) -> float:
    """The error rate that alarms of earlier watches passed on to the `number`-th.

    opened: (number, when it began) of every watch; alarms: (number of its watch, when, error rate)
    of every alarm; times in milliseconds.  An alarm's stream is tested no more, so its rate goes to
    the first watch that begins after it.  Either the alarm was right, and the rates of all that is
    not worse still sum to at most alpha, or it was wrong, and that error is counted already: the
    fallback procedure of Tian and Ramdas (2021, SMMR 30, 976-993), with e-processes for p-values.

    >>> inherited(2, [(1, 0), (2, 10**6), (3, 10**7)], [(1, 5000, 0.02)])
    0.02
    >>> inherited(3, [(1, 0), (2, 10**6), (3, 10**7)], [(1, 5000, 0.02)])
    0.0
    """
    found = 0.0
    for of, at, alpha in alarms:
        later = (n for n, began in opened if n > of and began >= at + SETTLED_MS)
        if min(later, default=None) == number:
            found += alpha
    return found


def shared(alpha: float, slices: Sequence[str]) -> dict[str, float]:
    """Parts of a watch: all requests, its slices, and gold labels where people send some.

    >>> {name: round(part, 4) for name, part in shared(0.02, ["lang=de", "lang=fr"]).items()}
    {'all': 0.0146, 'gold': 0.0004, 'lang=de': 0.0025, 'lang=fr': 0.0025}
    """
    for_slices = _SLICE_SHARE if slices else 0.0
    parts = {ALL: alpha * (1 - _GOLD_SHARE - for_slices), GOLD: alpha * _GOLD_SHARE}
    return parts | {name: alpha * for_slices / len(slices) for name in slices}
