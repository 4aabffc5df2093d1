"""From small to large: the order that energies give the candidates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from modicum.errors import DecisionError


def rank_by_energy(
    names: Sequence[str], reference: str, energy: Mapping[str, float | None] | None
) -> tuple[dict[str, float], frozenset[str]]:
    """Rank of every candidate (lower: less energy), and those that would replace the reference.

    Without any energy the order of `names` is taken as small to large, all smaller than the
    reference.  A candidate of unknown energy ranks last and is judged but never recommended: nobody
    can say that it is smaller.  A reference of unknown energy (hosted elsewhere) is taken as larger
    than every candidate of known energy.

    >>> ranks, smaller = rank_by_energy(["b", "a", "c"], "ref", {"a": 1.0, "b": 2.0, "ref": 9.0})
    >>> sorted(ranks, key=ranks.get), sorted(smaller)
    (['a', 'b', 'c'], ['a', 'b'])
    """
    known = {name: value for name, value in (energy or {}).items() if value is not None}
    _check(known, {*names, reference})
    if not known:
        return {name: float(at) for at, name in enumerate(names)}, frozenset(names)
    ceiling = known.get(reference, math.inf)
    ranks = {name: known.get(name, math.inf) for name in names}
    return ranks, frozenset(name for name in names if ranks[name] < ceiling)


def savings(
    names: Sequence[str], reference: str, energy: Mapping[str, float | None] | None
) -> list[float]:
    """What recommending each candidate is worth: decades of energy saved, 0 where none.

    Where the energies do not say, one decade a rank.

    >>> savings(["a", "b"], "ref", {"a": 1.0, "b": 10.0, "ref": 100.0})
    [2.0, 1.0]
    """
    ranks, smaller = rank_by_energy(names, reference, energy)
    known = {k: v for k, v in (energy or {}).items() if v is not None}
    ordered = sorted(smaller, key=lambda name: ranks[name])
    if all(known.get(k, 0.0) > 0 for k in (*ordered, reference)):
        return [math.log10(known[reference] / known[k]) if k in smaller else 0.0 for k in names]
    place = {name: float(len(ordered) - at) for at, name in enumerate(ordered)}
    return [place.get(name, 0.0) for name in names]


def _check(known: Mapping[str, float], names: set[str]) -> None:
    for name, value in known.items():
        if name not in names:
            raise DecisionError(
                f"energy names {name!r}, which has no losses: use one of {', '.join(sorted(names))}"
            )
        if not (math.isfinite(value) and value >= 0):
            raise DecisionError(
                f"the energy of {name!r} is {value}: give joules per request, 0 or more, or None"
            )
