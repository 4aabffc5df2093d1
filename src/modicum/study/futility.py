"""What was judged of a candidate so far, and whether it is hopeless by it.

Examples are judged in an order drawn before anything was answered, clusters of related ones
together, so that each cluster is one bet of the e-process (`decision.running`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from modicum.decision.running import Running
from modicum.decision.turns import Partial
from modicum.study.asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.study.raced import Raced


def judging_order(study: Raced) -> list[int]:
    """The judge rows, mixed already by the split; clusters in an order of their own, each whole."""
    rows = list(study.split.judge)
    labels = [study.split.clusters[row] for row in rows]
    found = list(dict.fromkeys(labels))
    if len(found) == len(rows):
        return rows
    mixed = np.random.default_rng(study.task.spec.split.seed).permutation(len(found))
    place = {found[k]: at for at, k in enumerate(mixed)}
    return sorted(rows, key=lambda row: place[study.split.clusters[row]])


def watched(study: Raced, asked: Asked, reference: Asked) -> Partial:
    """The candidate's judge losses beside the reference's, and the processes they feed.

    reference: judged on all of these rows.  A cluster of which only a part was judged has not bet.
    """
    adequate = study.task.spec.adequate
    beside = dict(zip(reference.rows, reference.losses, strict=True))
    own = asked.array()
    theirs = np.array([beside[row] for row in asked.rows], dtype=np.float64)
    if adequate.ceiling is not None:
        theirs = np.zeros_like(own)
    margin = adequate.margin if adequate.ceiling is None else adequate.ceiling
    sizes = Counter(study.split.clusters[row] for row in study.split.judge)
    largest = max(sizes.values())
    member = _complete([study.split.clusters[row] for row in asked.rows], sizes)
    bets = member >= 0
    running = Running(margin, margin, (), None if largest == 1 else largest)
    gaps = own - theirs
    if bets.any():
        running.add(own[bets], gaps[bets], {}, None if largest == 1 else member[bets])
    return Partial(own, theirs, running, None if largest == 1 else largest)


def _complete(
    labels: Sequence[int], sizes: Counter[int]
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """The number of each example's cluster, in the order judged; -1 where part of it is absent."""
    have = Counter(labels)
    number = {label: at for at, label in enumerate(dict.fromkeys(labels))}
    found = [number[label] if have[label] == sizes[label] else -1 for label in labels]
    return np.array(found, dtype=np.intp)


def in_order(asked: Asked, rows: Sequence[int]) -> Asked:
    """The same answers, in the order of `rows`."""
    if asked.rows == list(rows):
        return asked
    place = {row: at for at, row in enumerate(asked.rows)}
    at = [place[row] for row in rows]
    return Asked(
        rows=list(rows),
        values=[asked.values[i] for i in at],
        confidence=[asked.confidence[i] for i in at],
        losses=[asked.losses[i] for i in at],
        usage=[asked.usage[i] for i in at],
        errors=asked.errors,
        used=asked.used,
    )
