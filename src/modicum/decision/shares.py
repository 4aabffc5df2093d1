"""Shares of the error rate along a chain of candidates, chosen to save most on average.

The chain runs from the least saving to the most: what is proven hands its share to the next, which
would save more.  Only validity must be certain, not the best shares, so they are searched for
greedily over the worlds that tune leaves possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LONGEST = 5
"""Candidates in a chain; more would leave none of them a share worth having."""
CONSIDERED = 10
ROUNDS = 10
LEAST_GAIN = 1e-4
"""Decades of saving below which a change of shares is not worth making."""


@dataclass(frozen=True)
class Chain:
    """Candidates by position, in the order they are tested, and their shares (sum 1)."""

    order: tuple[int, ...]
    shares: tuple[float, ...]

    def with_share(self, k: int, share: float, savings: Sequence[float]) -> Chain:
        """`share` of everything goes to k, the others keep their proportions."""
        held = dict(zip(self.order, self.shares, strict=True))
        kept = {j: s * (1 - share) for j, s in held.items()}
        kept[k] = kept.get(k, 0.0) + share
        return _chain(kept, savings)

    def with_less(self, k: int, factor: float, savings: Sequence[float]) -> Chain | None:
        """k keeps `factor` of its share; with 0 it leaves the chain."""
        held = dict(zip(self.order, self.shares, strict=True))
        held[k] *= factor
        if factor == 0:
            del held[k]
        total = sum(held.values())
        return _chain({j: s / total for j, s in held.items()}, savings) if total > 0 else None


def best_chain(p: Floats, savings: Sequence[float]) -> Chain:
    """Search; p holds possible p-values in units of the level, shape (worlds, candidates).

    >>> p = np.array([[0.5, 3.0], [0.5, 0.9]])  # the second saves more and is proven half the time
    >>> best_chain(p, [1.0, 2.0])
    Chain(order=(0, 1), shares=(1.0, 0.0))
    """
    alone = {k: float((p[:, k] <= 1).mean()) * savings[k] for k in range(p.shape[1])}
    worth = [k for k in alone if savings[k] > 0]
    worth = sorted(worth, key=lambda k: (-alone[k], float(p[:, k].mean())))[:CONSIDERED]
    some = (p[:, worth] <= 1).any(axis=1)  # the other worlds save nothing, whatever the chain
    share, p = float(some.mean()), np.asfortranarray(p[some])
    best = Chain((worth[0],), (1.0,))
    value = share * expected_saving(p, best, savings)
    for _ in range(ROUNDS):
        changed = _changes(best, worth, savings)
        found = [(share * expected_saving(p, chain, savings), chain) for chain in changed]
        highest, chain = max(found, key=lambda pair: pair[0], default=(value, best))
        if highest <= value + LEAST_GAIN:
            break
        value, best = highest, chain
    return best


def expected_saving(p: Floats, chain: Chain, savings: Sequence[float]) -> float:
    """Mean worth of the last candidate proven, over the possible worlds."""
    held, won = np.zeros(len(p)), np.zeros(len(p))
    for k, share in zip(chain.order, chain.shares, strict=True):
        held += share
        proven = p[:, k] <= held
        won = np.where(proven, savings[k], won)
        held *= proven
    return float(won.sum()) / max(len(p), 1)


def _changes(chain: Chain, worth: Sequence[int], savings: Sequence[float]) -> Iterator[Chain]:
    for k in worth:
        inside = k in chain.order
        if not inside and len(chain.order) >= LONGEST:
            continue
        for share in (*((0.0,) if not inside else ()), 0.05, 0.15, 0.3, 0.6, 0.9):
            yield chain.with_share(k, share, savings)
        for factor in (0.0, 0.5, 0.7, 0.9) if inside else ():
            changed = chain.with_less(k, factor, savings)
            if changed is not None:
                yield changed


def _chain(held: dict[int, float], savings: Sequence[float]) -> Chain:
    order = tuple(sorted(held, key=lambda k: (savings[k], k)))
    return Chain(order, tuple(held[k] for k in order))
