"""Which examples need a label to compare two systems: only those that they answer differently.

Where two systems give the same answer their losses are the same whatever the right one is, so the
paired difference is known to be 0 without a label.  Unlabelled examples are taken in random order;
those on which all compared systems agree are passed over, and the others are labelled in turn.
How many examples shall count is fixed beforehand; once all those among them that need a label have
one, every difference of the stretch is known.  It is a simple random sample of the examples, so
each test of paired differences holds on it as it stands.  Labelling the disagreements alone and
forgetting the agreements would not be: they are no sample of the task.  (A betting process may
watch on the way, in that order.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class LabelFirst:
    """Positions to label, first to last, among `pool` unlabelled examples in random order.

    covered: with this example labelled, how many examples of the pool count.  order: all positions
    in that random order.
    """

    rows: tuple[int, ...]
    covered: tuple[int, ...]
    pool: int
    order: tuple[int, ...] = ()

    def labels_for(self, examples: int) -> int | None:
        """Labels that make at least so many examples count; None where the pool is too small.

        >>> found = label_first([[True, False, False, True, False]], seed=1)
        >>> found.labels_for(0), found.labels_for(5), found.labels_for(6)
        (0, 2, None)
        """
        if examples > self.pool:
            return None
        reached = [self.covered_by(labels) for labels in range(len(self.rows) + 1)]
        return int(np.searchsorted(reached, examples))

    def covered_by(self, labels: int) -> int:
        """Examples whose differences are known once the first so many are labelled.

        Up to the one before the next that needs a label.
        """
        return self.pool if labels >= len(self.covered) else self.covered[labels] - 1


def label_first(differs: Sequence[ArrayLike], seed: int = 0) -> LabelFirst:
    """The order to label in.

    differs: for each undecided candidate, whether its answer differs from the reference's, by
    position in the pool.  The order depends on nothing else than `seed`.
    """
    stacked = np.vstack([np.asarray(one, dtype=bool) for one in differs])
    wanted: NDArray[np.bool_] = np.asarray(stacked.any(axis=0))
    order = np.random.default_rng(seed).permutation(len(wanted))
    at = np.flatnonzero(wanted[order])
    return LabelFirst(
        tuple(int(k) for k in order[at]),
        tuple(int(k) + 1 for k in at),
        len(wanted),
        tuple(int(k) for k in order),
    )
