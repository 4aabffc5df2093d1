"""Classes that the recommended candidate gives up: what a margin over all examples can hide.

Where a class is rarer than the margin, a candidate that never finds it can still be adequate.
"""

from __future__ import annotations

from collections import defaultdict

from modicum.decision.document import GivenUpDocument
from modicum.stats.multiplicity import holm, reject
from modicum.stats.proportion import binomial_p_value
from modicum.study.raced import Raced
from modicum.study.trial import Trial

LEVEL = 0.05
"""Of the sign tests over all classes together: a warning, and no part of the promise."""

Pairs = list[tuple[float, float]]


def given_up(study: Raced, recommended: Trial, reference: Trial) -> list[GivenUpDocument]:
    """Classes that lose more than the margin against the reference, by sign tests; worst first.

    Only for accuracy, where every example counts the same; other metrics weigh classes themselves.
    """
    if recommended is reference or study.task.spec.task.metric != "accuracy":
        return []
    classes = _by_class(study, recommended, reference)
    rejected = reject([_sign_test(x) for x in classes.values()], LEVEL, holm(len(classes)))
    found = [
        GivenUpDocument(
            name=name, examples=len(x), right=_right(x, 0), reference_right=_right(x, 1)
        )
        for (name, x), clear in zip(classes.items(), rejected.rejected, strict=True)
        if clear
    ]
    margin = study.task.spec.adequate.margin
    return sorted((c for c in found if c.lost > margin), key=lambda c: c.lost, reverse=True)


def _by_class(study: Raced, one: Trial, other: Trial) -> dict[str, Pairs]:
    """Losses of both on the judge examples of each class whose right answer is known."""
    known = set(study.dataset.classes)
    pairs: defaultdict[str, Pairs] = defaultdict(list)
    for row, *losses in zip(one.judge.rows, one.judge.losses, other.judge.losses, strict=False):
        name = study.dataset.references[row]
        if name in known:
            pairs[name].append((losses[0], losses[1]))
    return dict(sorted(pairs.items()))


def _sign_test(pairs: Pairs) -> float:
    """P-value of H0: the candidate errs no oftener than the reference, on pairs that differ."""
    worse = sum(one > other for one, other in pairs)
    better = sum(one < other for one, other in pairs)
    return binomial_p_value(better, worse + better, 0.5) if worse + better else 1.0


def _right(pairs: Pairs, at: int) -> int:
    return sum(losses[at] == 0 for losses in pairs)
