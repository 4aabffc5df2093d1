"""One error rate for everything that is ever watched, and who gets which part of it."""

from __future__ import annotations

from collections.abc import Sequence

from modicum.errors import DecisionError

ALPHA = 0.05
"""False alarms ever, over all tasks, slices and restarts together."""
ALL, GOLD = "all", "gold"
_GOLD_SHARE, _SLICE_SHARE = 0.05, 0.25


def alpha_of(number: int, alpha: float = ALPHA) -> float:
    """The error rate of the `number`-th watch: alpha / (n (n + 1)), which sums to alpha.

    A watch is a task under one decision, counted from 1 in the order of the ledger; a restart takes
    up its own watch again, and a new decision is a new one.

    >>> alpha_of(1), round(sum(alpha_of(n) for n in range(1, 10_000)), 3)
    (0.025, 0.05)
    """
    if number < 1:
        raise DecisionError(f"watch number {number}: they are counted from 1")
    return alpha / (number * (number + 1))


def shared(alpha: float, slices: Sequence[str]) -> dict[str, float]:
    """Parts of a watch: all requests, its slices, and gold labels where people send some.

    >>> {name: round(part, 4) for name, part in shared(0.02, ["lang=de", "lang=fr"]).items()}
    {'all': 0.014, 'gold': 0.001, 'lang=de': 0.0025, 'lang=fr': 0.0025}
    """
    for_slices = _SLICE_SHARE if slices else 0.0
    parts = {ALL: alpha * (1 - _GOLD_SHARE - for_slices), GOLD: alpha * _GOLD_SHARE}
    return parts | {name: alpha * for_slices / len(slices) for name in slices}
