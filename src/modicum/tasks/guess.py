"""Guessing a task from a data file: which column is the input, which the reference."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modicum.errors import DataError
from modicum.tasks.table import Table, read_table

_INPUT_NAMES = ("text", "input", "question", "message", "prompt", "query", "body", "content")
_REFERENCE_NAMES = ("label", "category", "class", "intent", "target", "answer", "reference", "y")
_MOST_CLASSES = 200


@dataclass(frozen=True)
class Column:
    """What a column looks like."""

    name: str
    texts: int
    distinct: int
    mean_length: float
    smallest_class: int
    rows: int

    @property
    def is_text(self) -> bool:
        """Whether every filled cell is a text and most differ."""
        return self.texts == self.rows and self.distinct > 0.5 * self.rows

    @property
    def is_class(self) -> bool:
        """Whether it has few enough values, each seen often enough, to be classes."""
        return 2 <= self.distinct <= min(_MOST_CLASSES, self.rows // 3)


@dataclass(frozen=True)
class Guess:
    """A guessed task and what was guessed, in sentences."""

    name: str
    data: str
    input: str
    reference: str
    classes: int
    rows: int
    min_examples: int
    slices: tuple[str, ...]
    said: list[str] = field(default_factory=list)


def guess_task(path: Path) -> Guess:
    """Look at a data file; raises DataError where no input or reference column can be seen."""
    table = read_table(path)
    columns = [_look(table, name) for name in table.columns]
    text = _pick([c for c in columns if c.is_text], _INPUT_NAMES, lambda c: c.mean_length)
    if text is None:
        raise DataError(
            f"{path} has no column of distinct texts among {', '.join(table.columns)}: "
            "name the input column of a task file by hand"
        )
    others = [c for c in columns if c.name != text.name and c.is_class]
    label = _pick(others, _REFERENCE_NAMES, lambda c: -c.mean_length)
    if label is None:
        raise DataError(
            f"{path} has no column with few repeated values beside {text.name!r}: add the "
            "reference answers as a column, or name it in a task file by hand"
        )
    slices = tuple(c.name for c in others if c.name != label.name and c.distinct <= 12)
    said = [
        f"input: column {text.name!r}, distinct texts of {text.mean_length:.0f} characters",
        f"reference: column {label.name!r}, {label.distinct} values",
        f'kind: "classify", {label.distinct} classes over {len(table)} rows',
    ]
    if slices:
        said.append(f"possible slices, left commented out: {', '.join(slices)}")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "task"
    return Guess(
        name,
        path.name,
        text.name,
        label.name,
        label.distinct,
        len(table),
        min(3, label.smallest_class),
        slices,
        said,
    )


def _look(table: Table, name: str) -> Column:
    cells = [cell for cell in table.columns[name] if cell is not None and str(cell).strip()]
    counts = Counter(str(cell) for cell in cells)
    length = sum(len(text) * count for text, count in counts.items()) / max(len(cells), 1)
    texts = sum(isinstance(cell, str) for cell in cells)
    smallest = min(counts.values(), default=0)
    return Column(name, texts, len(counts), length, smallest, len(table))


def _pick(columns: Sequence[Column], names: Sequence[str], size: Any) -> Column | None:
    """The column with a telling name, else the one of largest `size`."""
    for wanted in names:
        for column in columns:
            if column.name.lower() == wanted:
                return column
    return max(columns, key=size, default=None)


def render_task(guess: Guess) -> str:
    """A commented task file, ready to run."""
    quoted = {k: json.dumps(getattr(guess, k)) for k in ("name", "data", "input", "reference")}
    slices = json.dumps(list(guess.slices[:2])) if guess.slices else '["source"]'
    rare = "" if guess.min_examples == 3 else f"min_examples = {guess.min_examples}\n"
    return f"""# A task for `modicum size`.  Lines that start with # are optional.
version = 1

[task]
name = {quoted["name"]}
kind = "classify"                 # {guess.classes} classes over {guess.rows} rows
data = {quoted["data"]}           # csv, jsonl or parquet; a list joins several
input = {quoted["input"]}
reference = {quoted["reference"]}
{rare}metric = "accuracy"               # or macro_f1, balanced_accuracy, log_loss, cost
# slices = {slices}             # columns whose every value is held to the margin

[adequate]
reference = "best"                # a candidate's name, or "best": the best on the tune split
margin = 0.02                     # how much worse is still good enough: 2 points
confidence = 0.95                 # P(recommended is not good enough) is at most 1 - this
# slice_margin = 0.05
# max_latency_ms = 50             # 95th percentile of one request served alone
objective = "energy"              # what "smallest" means: energy, carbon, cost or latency

# [split]                         # by a hash of the input, if left out
# time = "created_at"             # judge on the newest period
# group = "customer"              # a group is never in two splits
# judge = "test.csv"              # rows kept for judging

[volume]
requests_per_month = 100_000
# region = "DEU"                  # ISO country: electricity factor and price

# Without any [[candidates]] the default ladder runs.  A large model to compare with:
# [[candidates]]
# recipe = "llm"
# name = "big"
# base_url = "http://127.0.0.1:8080/v1"
# model = "my-model"
"""
