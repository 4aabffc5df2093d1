"""Losses of every recipe and setting, fitted on parts of the fit split, kept to be replayed.

The candidates are the real ones and the energies are metered by CPU time: each is fitted on a
sixteenth, a quarter and the whole of the fit split, and answers the same pool of held-out rows.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ladder import Rows, read_banking, read_spam, read_trec, share
from modicum.candidates import Candidate, Examples, find_recipe

RUNGS = (1 / 16, 1 / 4, 1.0)
REFERENCE = "minilm-logistic"
SPARSE = {
    "tfidf-logistic": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0),
    "tfidf-svm": (0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
}
DENSE = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


def settings() -> Iterator[tuple[str, dict[str, object]]]:
    """Every recipe smaller than the reference with every setting of it."""
    yield "majority", {}
    for smoothing in (0.1, 0.3, 1.0):
        yield "naive-bayes", {"smoothing": smoothing}
    for c in DENSE:
        yield "word-vectors", {"c": c}
    for words in (1, 2):
        for c in SPARSE["tfidf-logistic"]:
            yield "tfidf-logistic", {"c": c, "words": words}
    for c in SPARSE["tfidf-svm"]:
        yield "tfidf-svm", {"c": c}


def rows_of(name: str) -> Rows:
    """All rows of a set, in an order that depends on nothing but the texts."""
    rows = {
        "banking77": lambda: [*read_banking("train"), *read_banking("test")],
        "trec-50": lambda: read_trec(2),
        "sms-spam": read_spam,
    }[name]()
    return sorted(dict(rows).items(), key=lambda row: share(row[0], "search"))


@dataclass(frozen=True)
class Cached:
    """losses[option][rung]: shape (pool,); fit_s and answer_s: CPU seconds, the latter a row."""

    reference: NDArray[np.float64]
    reference_s: float
    losses: Mapping[str, tuple[NDArray[np.float64], ...]]
    fit_s: Mapping[str, tuple[float, ...]]
    answer_s: Mapping[str, float]
    recipe: Mapping[str, str]


def cached(name: str, folder: Path, say: object = print) -> Cached:
    """Read what was kept for a set, or make and keep it (minutes)."""
    key = hashlib.sha256(repr([*settings(), RUNGS]).encode()).hexdigest()[:8]
    place = folder / f"search-{name}-{key}.npz"
    if not place.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _make(name, place)
    with np.load(place) as kept:
        about = json.loads(str(kept["about"]))
        losses = {
            k: tuple(kept[f"{k}|{rung}"].astype(float) for rung in range(len(RUNGS)))
            for k in about["fit_s"]
        }
        return Cached(
            kept["reference"].astype(float),
            about["reference_s"],
            losses,
            {k: tuple(v) for k, v in about["fit_s"].items()},
            about["answer_s"],
            about["recipe"],
        )


def _make(name: str, place: Path) -> None:
    rows = rows_of(name)
    half, held = len(rows) // 2, len(rows) // 20
    classes = tuple(sorted({label for _, label in rows}))
    fit, pool = _examples(rows[:half], classes), _examples(rows[half:], classes)
    arrays: dict[str, NDArray[np.bool_]] = {}
    about: dict[str, dict[str, object] | float] = {}
    fit_s, answer_s, recipes = dict[str, object](), dict[str, object](), dict[str, object]()
    for recipe, options in settings():
        option = " ".join([recipe, *(f"{k}={v}" for k, v in options.items())])
        spent, recipes[option] = [], recipe
        for rung, part in enumerate(RUNGS):
            some = _examples(rows[: int(half * part)], classes)
            begun = time.process_time()
            candidate = find_recipe(recipe).fit(
                some, some.none(), name=option, seed=0, options=dict(options)
            )
            spent.append(time.process_time() - begun)
            arrays[f"{option}|{rung}"], answer_s[option] = _asked(candidate, pool)
        fit_s[option] = spent
        print(f"  {option}: {[round(s, 2) for s in spent]} s to fit", flush=True)
    reference = find_recipe(REFERENCE).fit(
        _examples(rows[held:half], classes),
        _examples(rows[:held], classes),
        name=REFERENCE,
        seed=0,
        options={},
    )
    arrays["reference"], seconds = _asked(reference, pool)
    about = {"fit_s": fit_s, "answer_s": answer_s, "recipe": recipes, "reference_s": seconds}
    np.savez_compressed(place, about=np.array(json.dumps(about)), **arrays)  # type: ignore[arg-type]
    del fit


def _examples(rows: Rows, classes: tuple[str, ...]) -> Examples:
    return Examples(tuple(t for t, _ in rows), tuple(label for _, label in rows), classes)


def _asked(candidate: Candidate, pool: Examples) -> tuple[NDArray[np.bool_], float]:
    """Whether each answer was wrong, and CPU seconds a row."""
    begun = time.process_time()
    wrong: list[bool] = []
    for start in range(0, len(pool), 256):
        answers = candidate.answer(pool.inputs[start : start + 256])
        truth = pool.references[start : start + 256]
        wrong += [a != r for a, r in zip(answers.values, truth, strict=True)]
    seconds = (time.process_time() - begun) / len(pool)
    return np.array(wrong), seconds
