"""The same use told twice: once by a usage export and once by a bill, or by two files.

Energy comes from one telling only.  The rules, from the most to the least specific:

1. The same row in two files of one export (overlapping periods, the file given twice) counts once.
   Rows that repeat inside one file stay: a bill may hold equal lines.
2. A FOCUS bill's row is left out where a native export of the same provider covers the same month
   and account, because both are the provider's own record of the same charges.
3. Tokens of a bill are left out where a usage export of the same provider counts the tokens of that
   month and account; its money stays, and is the money of that use.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from modicum.inventory.load import Loaded
from modicum.inventory.usage import Usage


@dataclass(frozen=True)
class Reconciled:
    """Every use once.  twice: how many rows were left out, by the rule that did it."""

    usages: tuple[Usage, ...]
    twice: dict[str, int]


def reconcile(files: Sequence[Loaded]) -> Reconciled:
    """Leave out what is told twice."""
    every, repeated = _once(files)
    native, focus = _by_export(every)
    kept = [u for u in focus if not _covered(u, _places(native))]
    counting = _places(u for u in (*native, *kept) if u.kind == "tokens")
    usages, stripped = [], 0
    for usage in (*native, *kept):
        if usage.kind == "both" and _covered(usage, counting):
            usage = replace(usage, kind="bill", tokens_in=None, tokens_cached=None, tokens_out=None)
            stripped += 1
        usages.append(usage)
    twice = {
        "the same row in another file": repeated,
        "a FOCUS bill beside the provider's own export": len(focus) - len(kept),
        "tokens of a bill beside a usage export (its money stays)": stripped,
    }
    return Reconciled(tuple(usages), twice)


def _once(files: Sequence[Loaded]) -> tuple[list[Usage], int]:
    most: Counter[tuple[object, ...]] = Counter()
    kept: list[Usage] = []
    repeated = 0
    for loaded in files:
        seen: Counter[tuple[object, ...]] = Counter()
        for usage in loaded.usages:
            identity = usage.identity()
            seen[identity] += 1
            if seen[identity] > most[identity]:
                kept.append(usage)
            else:
                repeated += 1
        most |= seen
    return kept, repeated


def _by_export(usages: Iterable[Usage]) -> tuple[list[Usage], list[Usage]]:
    native: list[Usage] = []
    focus: list[Usage] = []
    for usage in usages:
        (focus if usage.export == "focus" else native).append(usage)
    return native, focus


Places = dict[tuple[str, str], set[str]]


def _places(usages: Iterable[Usage]) -> Places:
    """Which accounts each provider's rows cover in each month."""
    found: Places = defaultdict(set)
    for usage in usages:
        found[usage.provider, usage.month] |= {usage.unit.casefold(), usage.unit_id.casefold()}
    return found


def _covered(usage: Usage, places: Places) -> bool:
    known = places.get((usage.provider, usage.month), set())
    return bool({usage.unit.casefold(), usage.unit_id.casefold()} & (known - {""}))
