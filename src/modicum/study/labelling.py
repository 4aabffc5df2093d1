"""From big to small: a large candidate gives the right answers where people gave none.

Judge and tune are labelled first.  Of fit, where answers are classes, those inputs are labelled
that a quick student is least sure of (margin sampling, Scheffer et al. 2001) and that differ from
each other (greedy k-centre, Sener and Savarese 2018), round by round, until more labels no longer
help on tune.  Rows that people labelled keep their answers; where enough judge rows are theirs,
those alone are judged on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.protocol import Candidate
from modicum.candidates.registry import find_recipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.study.labelled import Labelled, restricted
from modicum.study.labeller import Labeller
from modicum.tasks import Split
from modicum.tasks.spec import LabelledBy

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST, GROWTH = 100, 1.5
FLAT = 0.005  # of tune accuracy: two rounds in a row that bring less end the labelling
ENOUGH_GOLD = 100  # judge rows of people's below which agreement with the big model is judged
_SHARES = (0.3, 0.2, 0.5)  # of a limit on labels, for fit, tune and judge


def label(labeller: Labeller, split: Split, by: LabelledBy) -> Labelled:
    """Label judge and tune, then as much of fit as helps; raises DataError for no answers."""
    most = by.labels or sum(len(rows) for rows in (split.fit, split.tune, split.judge))
    fit_most, tune_most, judge_most = (max(int(share * most), 20) for share in _SHARES)
    if by.labels is None:
        fit_most, tune_most, judge_most = len(split.fit), len(split.tune), len(split.judge)
    judge = _judge_rows(labeller, split.judge, judge_most)
    tune = list(split.tune[:tune_most])
    labeller.progress.stage("labelling", len(judge) + len(tune) + fit_most)
    labeller.ask(judge)
    labeller.ask(tune)
    labeller.ask_why(tune)
    try:
        fit, curve = _fit_rows(labeller, list(split.fit), tune, fit_most)
    finally:
        labeller.big.close()
    return restricted(labeller, split, (fit, tune, judge), curve, by.candidate)


def _judge_rows(labeller: Labeller, rows: Sequence[int], most: int) -> list[int]:
    """People's rows alone where there are enough of them."""
    gold = [i for i in rows if i in labeller.gold]
    return gold if len(gold) >= ENOUGH_GOLD else list(rows[:most])


def _fit_rows(
    labeller: Labeller, rows: list[int], tune: Sequence[int], most: int
) -> tuple[list[int], list[tuple[int, float]]]:
    """Rows of fit that were labelled, and the learning curve."""
    gold = [i for i in rows if i in labeller.gold]
    pool = [i for i in rows if i not in labeller.gold]
    if labeller.section.form != "classify":
        chosen = _diverse(labeller, pool, pool, min(most, len(pool)))
        labeller.ask(chosen)
        return sorted(gold + chosen), []
    taken, curve, size = list(gold), list[tuple[int, float]](), FIRST
    while pool and len(taken) < most:
        count = min(size, most - len(taken), len(pool))
        new = _next(labeller, taken, pool, count)
        labeller.ask(new)
        taken += new
        pool = [i for i in pool if i not in set(new)]
        curve.append((len(taken), _accuracy(labeller, taken, tune)))
        if _is_flat(curve):
            break
        size = int(size * GROWTH)
    return sorted(taken), curve


def _is_flat(curve: Sequence[tuple[int, float]]) -> bool:
    if len(curve) < 3:
        return False
    best_before = max(accuracy for _, accuracy in curve[:-2])
    return max(accuracy for _, accuracy in curve[-2:]) - best_before < FLAT


def _student(labeller: Labeller, rows: Sequence[int]) -> Candidate | None:
    """A quick student of the labels so far; None while they show one class only."""
    examples = labeller.examples(rows)
    if len(set(examples.references)) < 2:
        return None
    recipe = find_recipe("naive-bayes")
    return recipe.fit(examples, examples.none(), name="quick", seed=labeller.seed, options={})


def _accuracy(labeller: Labeller, rows: Sequence[int], tune: Sequence[int]) -> float:
    held, student = labeller.examples(tune), _student(labeller, rows)
    if student is None or not len(held):
        return 0.0
    values = student.answer(held.inputs).values
    return float(np.mean([v == r for v, r in zip(values, held.references, strict=True)]))


def _next(labeller: Labeller, taken: Sequence[int], pool: Sequence[int], count: int) -> list[int]:
    """The least sure of the pool, and of those the most different."""
    student = _student(labeller, taken) if taken else None
    if student is None:
        return _diverse(labeller, pool, pool, count)
    odds = student.answer([labeller.dataset.inputs[i] for i in pool]).probabilities
    if odds is None:
        return _diverse(labeller, pool, pool, count)
    top = np.sort(odds, axis=1)[:, -2:]
    unsure = np.argsort(top[:, 1] - top[:, 0], kind="stable")[: 3 * count]
    return _diverse(labeller, pool, [pool[j] for j in unsure], count)


def _diverse(labeller: Labeller, pool: Sequence[int], rows: Sequence[int], count: int) -> list[int]:
    """Greedy k-centre by TF-IDF: each next row is the one least like those chosen before."""
    if count >= len(rows):
        return list(rows)
    texts = [labeller.dataset.inputs[i] for i in rows]
    vectors = TfIdf.fit(texts, Terms(words=1)).encode(texts)
    rng = np.random.default_rng(labeller.seed)
    chosen = [int(rng.integers(len(rows)))]
    nearest: NDArray[np.float64] = np.asarray((vectors @ vectors[chosen].T).toarray()).ravel()
    while len(chosen) < count:
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
        likeness = np.asarray((vectors @ vectors[[chosen[-1]]].T).toarray()).ravel()
        nearest = np.maximum(nearest, likeness)
    return [rows[j] for j in chosen]
