"""Bar 4: a student alone, a language model alone, and the cascade of both, on real texts.

    python benchmarks/cascade_llm.py [--only trec-6,movie,amazon] [--gguf FILE] [--asked 500]
        [--few N] [--threads 1]

The language model is SmolLM2-135M, or any model file (`--gguf`).  It is asked the tune and judge
rows alone (`--asked` of them); the student learns from all other rows, or from `--few` of each
class.  The margin to the language model was fixed beforehand: .02 is what a task has by itself, .05
is used here because a few hundred judge rows cannot prove less.  The cascade's threshold comes from
tune; judge is asked once.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from bars import Line, say
from figures_shown import has_interval, joules
from ladder import Rows, few, read_sentiment, read_trec, share
from llm import LABELS
from modicum.candidates.server_models import smollm2_path
from modicum.decision.document import CandidateDocument, DecisionDocument
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.tasks import Task, parse_spec

READERS = {
    "trec-6": lambda: read_trec(1),
    "movie": lambda: read_sentiment("movie"),
    "amazon": lambda: read_sentiment("amazon"),
}
MARGIN = 0.05
TUNE = 0.4
"""Share of the rows asked that choose the threshold; the others judge."""


def drawn(name: str, asked: int, least: int | None) -> tuple[Rows, Rows]:
    """Rows the student learns from and rows all candidates are asked, apart by a hash of the text.

    least: of each class that the student learns from; None is all.
    """
    rows = sorted(READERS[name](), key=lambda row: share(row[0], "bar 4"))
    learned = rows[asked:]
    return (learned if least is None else few(learned, least, 0)), rows[:asked]


def task_of(name: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The task over the rows written into `folder`."""
    learned, asked = drawn(name, options.asked, options.few)
    tuned = round(TUNE * len(asked))
    for file, rows in (("rows.csv", [*learned, *asked[:tuned]]), ("judge.csv", asked[tuned:])):
        with (folder / file).open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([("text", "label"), *rows])
    share_tuned = tuned / (len(learned) + tuned)
    model = {"gguf": str(options.gguf or smollm2_path()), "threads": options.threads}
    if name == "trec-6":
        model["labels"] = LABELS
    return {
        "task": {
            "name": name,
            "data": "rows.csv",
            "input": "text",
            "reference": "label",
            "min_examples": 1,
        },
        "adequate": {"reference": "llm", "margin": MARGIN},
        "split": {
            "judge": "judge.csv",
            "fractions": [round((1 - share_tuned) * 0.9, 6), round(share_tuned * 0.9, 6), 0.1],
        },
        "candidates": [
            {"recipe": options.student, "name": "small"},
            {"recipe": "llm", "name": "llm", **model},
            {"recipe": "cascade", "stages": ["small", "llm"]},
        ],
    }


def decided(name: str, options: argparse.Namespace) -> DecisionDocument:
    """The decision, in a folder and a ledger of its own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        spec = parse_spec(task_of(name, folder, options))
        ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
        try:
            return run_study(Task(spec, folder), folder / "out", ledger, Meter())
        finally:
            ledger.close()


def handed_on(cascade: CandidateDocument) -> float | None:
    """The share of judge examples that reach the language model, as the study noted it."""
    found = re.search(r"([\d.]+)% reach llm", " ".join(cascade.notes))
    return float(found[1]) / 100 if found else None


def bar_lines(name: str, document: DecisionDocument) -> list[Line]:
    """Accuracy and energy of each of the three, and what the cascade is beside its parts."""
    lines = [_line(name, document.candidate(one)) for one in ("small", "llm", "cascade")]
    return [*lines, *_beside(name, document)]


def _line(name: str, one: CandidateDocument) -> Line:
    wanted = "accuracy, J a request with interval and basis"
    if one.loss is None or one.footprint is None:
        return Line(4, False, f"{name}: {one.name}", f"{one.status}: {one.error}", wanted)
    energy, right = one.footprint.energy_j, 1 - one.loss.value
    reach = handed_on(one) if one.name == "cascade" else None
    tail = "" if reach is None else f", {reach:.1%} handed on"
    figure = f"{right:.3f} of {one.judged_examples} right, {joules(energy)}{tail}"
    known = has_interval(energy) and (one.name != "cascade" or reach is not None)
    what = {"small": "small alone", "llm": "LLM alone"}.get(one.name, "cascade")
    return Line(4, known, f"{name}: {what}", figure, wanted)


def _beside(name: str, document: DecisionDocument) -> list[Line]:
    """The cascade costs less than the LLM and is no worse than it by more than the margin."""
    small, llm, cascade = (document.candidate(one) for one in ("small", "llm", "cascade"))
    if cascade.loss is None or cascade.footprint is None or llm.loss is None:
        return []
    assert small.loss is not None
    assert llm.footprint is not None
    ours, theirs = cascade.footprint.energy_j.value, llm.footprint.energy_j.value
    saved = 1 - ours / theirs if ours is not None and theirs else None
    ahead = llm.loss.value - cascade.loss.value
    over = small.loss.value - cascade.loss.value
    figure = (
        f"{100 * ahead:+.1f} points to the LLM, {100 * over:+.1f} to small alone, "
        f"{'unknown' if saved is None else f'{saved:.0%}'} of the LLM's energy saved; "
        f"decided: {document.recommended}"
    )
    proven = cascade.adequate is True and saved is not None and saved > 0
    wanted = f"proven within {100 * MARGIN:.0f} points of the LLM, for less energy"
    return [Line(4, proven, f"{name}: cascade beside its parts", figure, wanted)]


def main(given: Sequence[str] | None = None) -> None:
    """A decision and its lines for every set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="trec-6,movie,amazon", help="sets, separated by commas")
    parser.add_argument("--gguf", type=Path, help="another language model than SmolLM2-135M")
    parser.add_argument("--asked", type=int, default=500, help="rows that the model is asked")
    parser.add_argument("--few", type=int, help="rows of each class the student learns from")
    parser.add_argument("--student", default="tfidf-logistic", help="recipe of the student")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(given)
    for name in options.only.split(","):
        document = decided(name, options)
        model = options.gguf.name if options.gguf else "SmolLM2-135M"
        print(f"\n{name}: {options.student} before {model}, {document.splits}")
        for line in bar_lines(name, document):
            say(line)
        print(f"  {document.verdict}", flush=True)


if __name__ == "__main__":
    main()
