"""Files that other evaluation tools write, as rows.

- lm-evaluation-harness: `samples_*.jsonl` (written with --log_samples), one model a folder;
- Inspect: `.eval` archives and `.json` logs;
- promptfoo: the JSON of `promptfoo eval -o`.

Scores are taken as "higher is better" in [0, 1]; the loss is one minus the score.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from modicum.decision.results.long_format import json_lines, read_long
from modicum.decision.results.row import Row, number
from modicum.errors import DataError

LETTERS: Mapping[str, float] = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""Inspect's letter grades: correct, partial, incorrect, no answer."""


def read_results(path: Path, tool: str = "auto") -> Iterator[Row]:
    """Rows of one file; `tool` is a key of READERS, or "auto" to tell by name and content."""
    if not path.is_file():
        raise DataError(f"{path} is no file: give a file of results")
    name = _recognise(path) if tool == "auto" else tool
    if name not in READERS:
        raise DataError(f"results of {name!r} cannot be read: use {', '.join(READERS)} or auto")
    return READERS[name](path)


def read_lm_eval(path: Path) -> Iterator[Row]:
    """One row a document; the candidate is the folder's name, the score the first metric.

    Where several filters scored a document, the first one counts.
    """
    seen: set[str] = set()
    for line, record in json_lines(path):
        where = f"{path.name} line {line}"
        if not isinstance(record, dict) or "doc_id" not in record:
            raise DataError(f"{where} has no doc_id: give samples written with --log_samples")
        example = f"{path.name.split('_20')[0]}/{record['doc_id']}"
        metrics = record.get("metrics") or [m for m in ("acc", "exact_match") if m in record]
        if not metrics or metrics[0] not in record:
            raise DataError(f"{where} has no metric: give samples written with --log_samples")
        if example not in seen:
            seen.add(example)
            score = _score(record[metrics[0]], where)
            yield Row(example, path.parent.name, 1 - score)


def read_inspect(path: Path) -> Iterator[Row]:
    """One row a sample and epoch, epochs of a sample in one cluster; the first scorer counts."""
    header, samples = _inspect_parts(path)
    model = str(header.get("eval", {}).get("model", path.stem))
    repeated = len({str(s.get("id")) for s in samples}) < len(samples)
    for sample in samples:
        where = f"{path.name} sample {sample.get('id')}"
        scores = sample.get("scores") or {}
        if not scores:
            raise DataError(f"{where} has no score: score the log first (inspect score)")
        value = next(iter(scores.values()))["value"]
        score = LETTERS[value] if value in LETTERS else _score(value, where)
        identity = str(sample.get("id"))
        example = f"{identity}/{sample.get('epoch', 1)}"
        yield Row(example, model, 1 - score, cluster=identity if repeated else None)


def read_promptfoo(path: Path) -> Iterator[Row]:
    """One row a test and provider (and prompt, where a provider got several); `success` counts."""
    document = _json(path)
    found = document.get("results", {})
    results = found.get("results", []) if isinstance(found, dict) else found
    prompts: dict[str, set[object]] = {}
    for result in results:
        prompts.setdefault(_provider(result), set()).add(result.get("promptIdx", 0))
    for at, result in enumerate(results):
        if "success" not in result:
            raise DataError(f"{path.name} result {at} has no success: give promptfoo's own output")
        name = _provider(result)
        if len(prompts[name]) > 1:
            name = f"{name} prompt {result.get('promptIdx', 0)}"
        test = result.get("testIdx")
        variables = json.dumps(result.get("vars", {}), sort_keys=True).encode()
        example = hashlib.sha256(variables).hexdigest()[:16] if test is None else str(test)
        yield Row(example, name, 0.0 if result["success"] else 1.0)


def _provider(result: Mapping[str, Any]) -> str:
    provider = result.get("provider", {})
    if isinstance(provider, dict):
        return str(provider.get("label") or provider.get("id"))
    return str(provider)


READERS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    "long": read_long,
    "lm-eval": read_lm_eval,
    "inspect": read_inspect,
    "promptfoo": read_promptfoo,
}


def _recognise(path: Path) -> str:
    if path.suffix == ".eval":
        return "inspect"
    if path.suffix == ".json":
        return "inspect" if "eval" in _json(path) else "promptfoo"
    if path.suffix == ".jsonl":
        first = next((record for _, record in json_lines(path)), None)
        return "lm-eval" if isinstance(first, dict) and "doc_id" in first else "long"
    return "long"


def _inspect_parts(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if path.suffix != ".eval":
        document = _json(path)
        return document, document.get("samples") or []
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(n for n in archive.namelist() if n.startswith("samples/"))
            samples = [json.loads(archive.read(name)) for name in names]
            return json.loads(archive.read("header.json")), samples
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise DataError(f"{path.name} is no finished Inspect log ({error}): give one") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise DataError(f"{path.name} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise DataError(f"{path.name} holds no JSON object: give a log of Inspect or promptfoo")
    return document


def _score(value: object, where: str) -> float:
    score = number(float(value) if isinstance(value, bool) else value, "score", where)
    if not 0 <= score <= 1:
        raise DataError(f"{where}: score is {score:g}: only scores in [0, 1] can be compared")
    return score
