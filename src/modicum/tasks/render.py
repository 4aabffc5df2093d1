"""A guessed task as a commented task file, ready to run."""

from __future__ import annotations

import json
from collections.abc import Mapping

from modicum.tasks.field_values import Types
from modicum.tasks.guess import Guess
from modicum.tasks.spec import METRICS

Value = str | int | list[str] | Types


def render_task(guess: Guess) -> str:
    """The text of the file."""
    return f"""# A task for `modicum size`.  Lines that start with # are optional.
version = 1

[task]
{_task(guess)}
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


def _task(guess: Guess) -> str:
    rows = f"over {guess.rows} rows"
    what = f"{guess.classes} classes {rows}" if guess.classes else rows
    lines: list[tuple[str, Value, str]] = [
        ("name", guess.name, ""),
        ("kind", guess.kind, what),
        ("data", guess.data, "csv, json, jsonl or parquet; a list joins several"),
    ]
    if guess.encoding is not None:
        lines.append(("encoding", guess.encoding, "of the data; UTF-8 where it is left out"))
    lines.append(("input", guess.input, ""))
    if guess.context:
        lines.append(("context", list(guess.context), "shown to candidates with the input"))
    if guess.reference is not None:
        lines.append(("reference", guess.reference, ""))
    if guess.fields:
        lines.append(("fields", list(guess.fields), ""))
    if guess.types:
        lines.append(("types", guess.types, "the other fields are texts"))
    if guess.separator is not None:
        lines.append(("multi_label", True, "an answer is a set of labels"))
        if guess.separator:
            lines.append(("separator", guess.separator, ""))
    if guess.min_examples != 3:
        lines.append(("min_examples", guess.min_examples, ""))
    lines.append(("metric", guess.metric, f"or {', '.join(_others(guess))}"))
    written = "".join(_line(*line) for line in lines)
    slices = json.dumps(list(guess.slices[:2])) if guess.slices else '["source"]'
    return (
        written
        + f"# slices = {slices}             # columns whose every value is held to the margin\n"
    )


def _line(key: str, value: Value, comment: str) -> str:
    said = f"{key} = {_toml(value)}"
    return f"{said:33} # {comment}\n" if comment else f"{said}\n"


def _toml(value: Value) -> str:
    """JSON is TOML but for the mark between a key and its value."""
    if not isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return "{ " + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + " }"


def _others(guess: Guess) -> list[str]:
    form = "multi-label" if guess.separator is not None else guess.kind
    return [name for name in METRICS[form] if name != guess.metric]
