"""Cascades and routers on recorded and real language models.

    python benchmarks/cascade.py [--only apgr,promise,recorded,llm] [--quick] [--data FOLDER]

apgr: how well a router ranks prompts for GPT-4 over Mixtral-8x7B on MMLU and GSM8K (RouteLLM, Ong
et al. 2024: the average performance gap recovered, over 0 to 100% of calls to the strong model), by
5-fold cross-validation with repeated prompts in one fold; a fold is ranked by itself and the mean
over folds is shown.  promise: a ceiling on the loss by Learn then Test, 2,000 draws.  recorded:
`modicum size` with both as recorded candidates (bar 5).  llm: a student before a language model on
TREC questions and sentiment (bar 4, `cascade_llm.py`).
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

sys.path.insert(0, str(Path(__file__).parent))
from bars import Line, say
from cascade_llm import main as llm_main
from modicum.candidates.loss_model import LossModel, text_folds
from modicum.candidates.router import cheapest, family
from modicum.decision.document import DecisionDocument
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.stats.learn_then_test import settings_below
from modicum.study import run_study
from modicum.tasks import Task, parse_spec

Floats = NDArray[np.float64]
MARGIN = 0.02
AVOIDED = 0.2
"""The share of the strong model's calls that bar 5 asks for, in at least one case."""
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
BARS = {"mmlu": 0.66, "gsm8k": 0.62}
COSTS = (0.24, 24.7)
"""Dollars a million tokens of Mixtral-8x7B and GPT-4, as RouteLLM's paper takes them (2024)."""


class Recorded:
    """Prompts with the losses (0 right, 1 wrong) of the weak and the strong model."""

    def __init__(self, name: str, folder: Path, most: int | None) -> None:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if most is not None:
            rows = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))[:most]]
        self.name, self.texts = name, [row["prompt"] for row in rows]
        columns = ("mixtral_8x7b_correct", "gpt4_correct")
        self.losses = np.array([[float(row[c] != "True") for c in columns] for row in rows])

    def taken(self, rows: Sequence[int] | NDArray[np.int64]) -> tuple[list[str], Floats]:
        return [self.texts[i] for i in rows], self.losses[rows]


def apgr(score: Floats, losses: Floats) -> float:
    """Average performance gap recovered when the highest scores go to the strong model."""
    order = np.argsort(-score, kind="stable")
    gained = np.concatenate([[0.0], np.cumsum((losses[:, 0] - losses[:, 1])[order])])
    shares = np.linspace(0, 1, 11)
    curve = np.interp(shares * len(order), np.arange(len(gained)), gained) / gained[-1]
    return float(np.trapezoid(curve, shares))


Rank = Callable[[list[str], Floats, list[str]], Floats]


def by_length(_texts: list[str], _losses: Floats, asked: list[str]) -> Floats:
    return np.array([float(len(text)) for text in asked])


def by_neighbours(texts: list[str], losses: Floats, asked: list[str]) -> Floats:
    vectors = TfidfVectorizer(sublinear_tf=True, min_df=2)
    near = NearestNeighbors(n_neighbors=50, metric="cosine").fit(vectors.fit_transform(texts))
    gains = losses[:, 0] - losses[:, 1]
    return np.asarray(gains[near.kneighbors(vectors.transform(asked))[1]].mean(axis=1))


def by_logistic(texts: list[str], losses: Floats, asked: list[str]) -> Floats:
    vectors = TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2))
    gained = losses[:, 0] > losses[:, 1]
    model = LogisticRegression(max_iter=500).fit(vectors.fit_transform(texts), gained)
    return np.asarray(model.predict_proba(vectors.transform(asked))[:, 1])


def by_modicum(features: Any) -> Rank:
    def rank(texts: list[str], losses: Floats, asked: list[str]) -> Floats:
        model, _ = LossModel.fit(texts, losses, features, seed=0)
        expected = model.predict(asked)
        return np.asarray(expected[:, 0] - expected[:, 1])

    return rank


def print_apgr(data: Recorded, sentences: bool) -> None:
    """The table of one set."""
    weak, strong = 1 - data.losses.mean(axis=0)
    print(
        f"\nAPGR on {data.name}: {len(data.texts)} prompts, {len(set(data.texts))} distinct; "
        f"Mixtral {weak:.3f}, GPT-4 {strong:.3f}"
    )
    ways: dict[str, Rank] = {
        "prompt length": by_length,
        "50 nearest (TF-IDF)": by_neighbours,
        "TF-IDF + logistic on gain": by_logistic,
        "modicum router (words)": by_modicum("words"),
    }
    if sentences:
        ways["modicum router (both)"] = by_modicum("both")
    folds = text_folds(data.texts, seed=1)
    print(f"{'best single, mixed at random':32}  .500")
    for name, rank in ways.items():
        parts = []
        for fold in range(5):
            texts, losses = data.taken(np.flatnonzero(folds != fold))
            asked, truth = data.taken(np.flatnonzero(folds == fold))
            parts.append(apgr(rank(texts, losses, asked), truth))
        print(f"{name:32} {np.mean(parts):5.3f}  (folds {min(parts):.3f} to {max(parts):.3f})")
        if name.startswith("modicum"):
            verdict(f"{data.name}: APGR", float(np.mean(parts)), BARS[data.name])
    gains = data.losses[:, 0] - data.losses[:, 1]
    print(f"{'oracle':32} {apgr(gains, data.losses):5.3f}")


def print_promise(data: Recorded, draws: int, size: int = 1000) -> None:
    """Violations of the promised ceiling, scored on the whole table that judge is drawn from."""
    rng = np.random.default_rng(7)
    half = text_folds(data.texts, seed=2) < 2
    texts, losses = data.taken(np.flatnonzero(half))
    table_texts, table = data.taken(np.flatnonzero(~half))
    model, held_out = LossModel.fit(texts, losses, "words", seed=0)
    prices = family(held_out, (0.0, 1.0), 20)
    expected, rows = model.predict(table_texts), np.arange(len(table))
    lost = [table[rows, cheapest(expected, (0.0, 1.0), price)] for price in prices]
    called = [np.mean(cheapest(expected, (0.0, 1.0), price)) for price in prices]
    truth = np.array([one.mean() for one in lost])
    size = min(size, len(table))
    print(
        f"\nLoss promise on {data.name}: router fitted on {len(texts)}, table of {len(table)}, "
        f"judge {size} drawn with replacement, {draws} draws"
    )
    print(
        f"{'ceiling':>8} {'error':>6} {'violations':>11} {'limit':>6} {'promised':>9} {'calls':>6}"
    )
    drawn = [rng.integers(len(table), size=size) for _ in range(draws)]
    settings = [(c, 0.05) for c in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)]
    settings += [(0.25, a) for a in (0.1, 0.2, 0.3, 0.4, 0.5)]
    for ceiling, alpha in settings:
        counts = [settings_below([one[d] for one in lost], ceiling, alpha) for d in drawn]
        wrong = sum(c > 0 and truth[c - 1] > ceiling for c in counts)
        given = [called[c - 1] for c in counts if c]
        limit = int(binom.ppf(0.999, draws, alpha))
        shown = f"{np.mean(given):6.1%}" if given else "     -"
        print(f"{ceiling:8.2f} {alpha:6.2f} {wrong:11} {limit:6} {len(given):9} {shown}")
        if wrong > limit:
            print(f"  MISS: {wrong} violations, at most {limit} were allowed")


def verdict(what: str, figure: float, bar: float) -> None:
    """One line a bar."""
    print(f"  {'pass' if figure >= bar else 'MISS'}: {what} {figure:.3f}, bar {bar:.2f}")


def size(task: dict[str, Any], folder: Path) -> DecisionDocument:
    """One decision in a folder of its own, with a ledger of its own."""
    folder.mkdir()
    ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
    try:
        return run_study(Task(parse_spec(task), folder.parent), folder, ledger, Meter())
    finally:
        ledger.close()


def print_recorded(data: Recorded, margins: Sequence[float]) -> Avoided:
    """Is a router proven adequate against GPT-4, and how many of its calls does it avoid?"""
    judged = Avoided(data.name, "", 0.0)
    print(f"\n`modicum size` on {data.name}: GPT-4 is the reference, all answers recorded")
    print("margin .02 was fixed beforehand; the others are shown for what they would have given")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("prompt", "answer", "weak", "strong", "weak_usd", "strong_usd"))
            for text, (weak, strong) in zip(data.texts, data.losses, strict=True):
                tokens = len(text) / 4 + 1  # about four characters a token, one of them answered
                dollars = [round(tokens * cost * 1e-6, 12) for cost in COSTS]
                writer.writerow((text, "not in the data", 1 - int(weak), 1 - int(strong), *dollars))
        for margin in margins:
            task = {
                "task": {
                    "name": data.name,
                    "kind": "generate",
                    "data": "rows.csv",
                    "input": "prompt",
                    "reference": "answer",
                },
                "adequate": {"reference": "gpt-4", "margin": margin, "objective": "cost"},
                "candidates": [
                    {
                        "recipe": "recorded",
                        "name": "mixtral",
                        "correct": "weak",
                        "cost": "weak_usd",
                    },
                    {
                        "recipe": "recorded",
                        "name": "gpt-4",
                        "correct": "strong",
                        "cost": "strong_usd",
                    },
                    {"recipe": "router", "targets": ["mixtral", "gpt-4"]},
                ],
            }
            found = size(task, folder / f"margin-{margin}")
            told = recorded(data.name, found)
            print(f"margin {margin:.2f}: {told.said}")
            judged = told if margin == MARGIN else judged
    return judged


class Avoided(NamedTuple):
    """A set, what was decided on it, and the share of GPT-4's calls avoided by what is proven."""

    name: str
    said: str
    share: float


def recorded(name: str, found: DecisionDocument) -> Avoided:
    """The decision about a router before GPT-4: quality, money, energy and calls avoided."""
    router, strong = found.candidate("router"), found.candidate("gpt-4")
    if router.difference is None or router.footprint is None or strong.footprint is None:
        return Avoided(name, f"router {router.status}: {router.error}", 0.0)
    reach = re.search(r"([\d.]+)% reach gpt-4", " ".join(router.notes))
    avoided = 1 - float(reach[1]) / 100 if reach else 0.0
    spent, whole = router.footprint.cost.value, strong.footprint.cost.value
    saved = "unknown" if spent is None or not whole else f"{1 - spent / whole:.0%}"
    difference, energy = router.difference, router.footprint.energy_j
    proven = {True: "proven", False: "not adequate", None: "undecided"}[router.adequate]
    said = (
        f"use {found.recommended}; router {proven} at {found.confidence:.0%}, "
        f"{100 * difference.value:+.1f} points ({100 * difference.low:+.1f} to "
        f"{100 * difference.high:+.1f}), {avoided:.1%} of calls and {saved} of cost avoided, "
        f"{found.splits['judge']} judged, energy "
        f"{'unknown' if energy.value is None else f'{energy.value:.2g} J'}"
    )
    return Avoided(name, said, avoided if router.adequate else 0.0)


def bar_lines(judged: Sequence[Avoided]) -> list[Line]:
    """The best case at the margin that was fixed beforehand; the others are named with it."""
    best = max(judged, key=lambda one: one.share)
    every = ", ".join(f"{one.name} {one.share:.1%}" for one in judged)
    wanted = f"{AVOIDED:.0%} in one case"
    what = f"GPT-4's calls avoided, proven within {MARGIN:.2f}"
    return [Line(5, best.share >= AVOIDED, what, f"{best.share:.1%} ({every})", wanted)]


def main() -> None:
    """Print every part that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="apgr,promise,recorded,llm")
    parser.add_argument("--quick", action="store_true", help="fewer prompts, draws and questions")
    parser.add_argument("--sentences", action="store_true", help="MiniLM in the router too")
    parser.add_argument("--gguf", type=Path, help="of llm: a model file instead of SmolLM2-135M")
    parser.add_argument("--data", type=Path, default=SHARED)
    given = parser.parse_args()
    parts = given.only.split(",")
    sets = []
    if {"apgr", "promise", "recorded"} & set(parts):
        most = 1500 if given.quick else None
        sets = [Recorded(name, given.data / "routellm", most) for name in ("gsm8k", "mmlu")]
    judged = []
    for data in sets:
        if "apgr" in parts:
            print_apgr(data, given.sentences)
        if "promise" in parts:
            print_promise(data, 200 if given.quick else 2000)
        if "recorded" in parts:
            others = () if given.quick else (0.01, 0.03, 0.05)
            judged.append(print_recorded(data, (MARGIN, *others)))
    if judged:
        for line in bar_lines(judged):
            say(line)
    if "llm" in parts:
        asked = ["--asked", "120" if given.quick else "500"]
        model = ["--gguf", str(given.gguf)] if given.gguf else []
        llm_main([*asked, *model, *(["--only", "trec-6"] if given.quick else [])])


if __name__ == "__main__":
    main()
