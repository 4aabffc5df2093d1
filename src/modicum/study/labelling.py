"""From big to small: a large candidate gives the right answers where people gave none.

Judge and tune are labelled first.  Of fit, where answers are classes, those inputs are labelled
that a quick student is least sure of (margin sampling, Scheffer et al. 2001) and that differ from
each other (greedy k-centre, Sener and Savarese 2018), round by round, until more labels no longer
help on tune.  Rows that people labelled keep their answers; where enough judge rows are theirs,
those alone are judged on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.protocol import Candidate
from modicum.candidates.registry import find_recipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.errors import DataError
from modicum.study.labeller import Labeller
from modicum.study.used import Used
from modicum.tasks import Dataset, Split
from modicum.tasks.spec import LabelledBy

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST, GROWTH = 100, 1.5
FLAT = 0.005  # of tune accuracy: two rounds in a row that bring less end the labelling
ENOUGH_GOLD = 100  # judge rows of people's below which agreement with the big model is judged
_SHARES = (0.3, 0.2, 0.5)  # of a limit on labels, for fit, tune and judge


@dataclass
class Labelled:
    """Rows with an answer each, and what labelling them used.

    curve: examples of fit and accuracy on tune, by round.
    """

    dataset: Dataset
    split: Split
    used: list[Used]
    curve: list[tuple[int, float]]


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
    return _restricted(labeller, split, (fit, tune, judge), curve, by.candidate)


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


def _restricted(
    labeller: Labeller,
    split: Split,
    parts: tuple[list[int], list[int], list[int]],
    curve: list[tuple[int, float]],
    name: str,
) -> Labelled:
    """The data and the split with labelled rows only."""
    kept = [[i for i in rows if labeller.found.get(i)] for rows in parts]
    for what, rows in zip(("fit", "tune", "judge"), kept, strict=True):
        if not rows:
            raise DataError(
                f"{name!r} gave no answer to any row of the {what} split: see what it says with "
                "`modicum size` and a labelled task, or choose another"
            )
    order = sorted({i for rows in kept for i in rows})
    place = {row: at for at, row in enumerate(order)}
    data = labeller.dataset
    answers = [labeller.found[i] or "" for i in order]
    classes = tuple(sorted({*data.classes, *answers})) if data.classes else data.classes
    if labeller.section.form == "multi-label":
        classes = data.classes
    restricted = replace(
        data,
        inputs=tuple(data.inputs[i] for i in order),
        references=tuple(answers),
        classes=tuple(c for c in classes if c),
        columns={n: tuple(cells[i] for i in order) for n, cells in data.columns.items()},
        is_judge=None,
        rationales=_rationales(labeller, order),
        alternatives=data.alternatives and tuple(data.alternatives[i] for i in order),
        notes=(*data.notes, *_said(labeller, kept, curve, name)),
    )
    fit, tune, judge = (tuple(place[i] for i in rows) for rows in kept)
    clusters = tuple(split.clusters[i] for i in order)
    new = Split(fit, tune, judge, clusters, split.notes)
    return Labelled(restricted, new, labeller.used, curve)


def _rationales(labeller: Labeller, order: Sequence[int]) -> tuple[str, ...] | None:
    """Those of people's rows as the data has them, those of the others as the model gave them."""
    told = labeller.dataset.rationales
    if told is None and not labeller.reasons:
        return None
    kept = {i: told[i] for i in order if told and told[i]} | labeller.reasons
    return tuple(kept.get(i, "") for i in order)


def _said(
    labeller: Labeller, kept: list[list[int]], curve: list[tuple[int, float]], name: str
) -> list[str]:
    fit, tune, judge = (len(rows) for rows in kept)
    by_people = sum(i in labeller.gold for i in kept[2])
    told = (
        f"all {by_people} judge rows were labelled by people"
        if by_people == judge
        else f"right means the same as {name}: nobody else labelled {judge - by_people} of the "
        f"{judge} judge rows"
    )
    asked = sum(i not in labeller.gold for rows in kept for i in rows)
    notes = [
        *labeller.notes,
        f"{name} gave {asked} of the {fit + tune + judge} right answers; {told}",
    ]
    if curve:
        steps = ", ".join(f"{count}: {accuracy:.3f}" for count, accuracy in curve)
        notes.append(f"a quick student's accuracy on tune by examples of fit: {steps}")
    return notes
