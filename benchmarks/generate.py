"""Bar 5: extraction and generation: a decision each on real data, with all that it has to say.

    python benchmarks/generate.py --addresses FOLDER/usaddress-0.5.16.tar.gz [--no-llm]
        [--only addresses,asdiv,commonsense,openbook,social,boolq,quac] [--rows N] [--threads 2]

addresses: street, city, state and postcode of usaddress's 1,513 labelled addresses.  asdiv: word
problems whose answer is a number (ASDiv, Miao et al. 2020).  commonsense, openbook, social: one of
the options listed (CommonsenseQA, Talmor et al. 2019; OpenBookQA, Mihaylov et al. 2018; Social IQa,
Sap et al. 2019).  boolq: yes or no from a passage (Clark et al. 2019), as a task to classify.
quac: a stretch of the passage (QuAC, Choi et al. 2018, first turns), by token F1.  The language
model is SmolLM2-135M on this machine, a candidate like the others.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from address_rivals import rival_lines
from bars import Line, say
from figures_shown import joules, what_is_missing
from generate_sets import task_of
from modicum.candidates.server_models import smollm2_path
from modicum.decision.document import CandidateDocument, DecisionDocument
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.tasks import Task, parse_spec

LADDERS = {
    "addresses": ("majority", "gazetteer", "patterns", "tagger"),
    "asdiv": ("majority", "cache-exact", "cache-words", "arithmetic"),
    "commonsense": ("majority", "cache-words", "choice"),
    "openbook": ("majority", "cache-words", "choice"),
    "social": ("majority", "cache-words", "choice"),
    "boolq": ("majority", "naive-bayes", "tfidf-logistic", "minilm-logistic"),
    "quac": ("majority", "cache-words", "span"),
}
BEATS = 0.02
"""How much better than the commonest answer, at least, a decision's answer has to be on judge."""


def sized(name: str, options: argparse.Namespace) -> DecisionDocument:
    """Size one data set in a folder of its own, with a ledger of its own."""
    rows, keys = task_of(name, options.addresses)
    ladder: list[Mapping[str, object]] = [{"recipe": recipe} for recipe in LADDERS[name]]
    if not options.no_llm:
        model = {"gguf": str(smollm2_path()), "threads": options.threads, "name": "smollm2-135m"}
        ladder.append({"recipe": "llm", **model})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        told = "".join(json.dumps(row) + "\n" for row in rows[: options.rows])
        (folder / "rows.jsonl").write_text(told, encoding="utf-8")
        spec = parse_spec(
            {"task": {"name": name, "data": "rows.jsonl", **keys}, "candidates": ladder}
        )
        ledger = open_ledger(str(folder / "ledger.sqlite"))
        try:
            return run_study(Task(spec, folder), folder / "out", ledger, Meter())
        finally:
            ledger.close()


def show(document: DecisionDocument) -> None:
    """One line a candidate, then the promise."""
    task = document.task
    print(f"{task.name}: {task.kind}, {task.metric}, {document.splits}", flush=True)
    for c in document.candidates:
        if c.loss is None or c.footprint is None or c.latency_ms is None:
            print(f"  {c.name:22} {c.status}: {c.error}")
            continue
        energy, cost = c.footprint.energy_j, c.footprint.cost
        money = "unknown" if cost.value is None else f"{1e6 * cost.value:.3g} {cost.unit}/million"
        joules = "unknown" if energy.value is None else f"{energy.value:.2e} J"
        p50 = "unknown" if c.latency_ms.p50 is None else f"{c.latency_ms.p50:.3g} ms"
        parts = " ".join(f"{p.name} {1 - p.loss:.3f}" for p in c.parts)
        print(
            f"  {c.name:22} right {1 - c.loss.value:.3f} ({1 - c.loss.high:.3f}-"
            f"{1 - c.loss.low:.3f}) n {c.judged_examples:4}  {joules:11} p50 {p50:9} "
            f"{money}  adequate {c.adequate}  {parts}"
        )
    print(f"  -> {document.verdict}")
    print(f"     margin {document.margin:g}, confidence {document.confidence:g}", flush=True)


def bar_lines(document: DecisionDocument) -> list[Line]:
    """Whether the decision says all that it should, and is more than the commonest answer."""
    found = document.candidate(document.recommended)
    lacks = what_is_missing(document, found)
    wanted = "quality, energy and money with intervals, and the promise"
    figure = f"{found.name}: {_told(document, found)}"
    said = figure if not lacks else f"{figure}; it lacks {', '.join(lacks)}"
    name = document.task.name
    lines = [Line(5, not lacks, f"{name}: a decision", said, wanted)]
    majority = document.candidate("majority")
    if found.loss is None or majority.loss is None:
        return lines
    gain = majority.loss.value - found.loss.value
    figure = f"{100 * gain:+.1f} points, {100 * majority.loss.value:.1f}% wrong before"
    what = f"{name}: beyond the commonest answer"
    return [*lines, Line(5, gain >= BEATS, what, figure, f"{100 * BEATS:+.0f} points")]


def _told(document: DecisionDocument, one: CandidateDocument) -> str:
    if one.loss is None or one.footprint is None:
        return f"{one.status}: {one.error}"
    cost = one.footprint.cost
    money = "money unknown" if cost.value is None else f"{1e6 * cost.value:.3g} {cost.unit}/million"
    return (
        f"right {1 - one.loss.value:.3f} ({1 - one.loss.high:.3f}-{1 - one.loss.low:.3f}), "
        f"{joules(one.footprint.energy_j)}, {money}, margin {document.margin:g} at "
        f"{document.confidence:.0%}"
    )


def main() -> None:
    """Print every table and bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="addresses,asdiv,commonsense")
    parser.add_argument("--addresses", type=Path, help="the archive of usaddress 0.5.16")
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-llm", action="store_true")
    options = parser.parse_args()
    for name in options.only.split(","):
        if name == "addresses" and options.addresses is None:
            print("addresses: left out; give the archive of usaddress 0.5.16 as --addresses")
            continue
        document = sized(name, options)
        show(document)
        for line in bar_lines(document):
            say(line)
        if name == "addresses":
            for line in rival_lines(options.addresses):
                say(line)


if __name__ == "__main__":
    main()
