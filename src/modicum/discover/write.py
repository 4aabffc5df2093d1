"""A job as a task file and its data, ready for `modicum size`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from modicum.discover.discover import Discovered
from modicum.discover.job import Row
from modicum.discover.looks import json_object
from modicum.errors import DataError

_FEWEST_A_CLASS = 3
_LADDER = ("majority", "naive-bayes", "tfidf-logistic", "tfidf-svm", "minilm-logistic")

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Written:
    """The two files of a task, and what was left out of them, in sentences."""

    data: str
    task: str
    rows: int
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Example:
    text: str
    label: str
    row: Row


def write_job(found: Discovered, *, key: str | None = None, mask: Mask = str) -> Written:
    """The task of a job that gives labels, or JSON with a key of few values.

    Args:
        key: which key of a JSON answer to predict; needed where several have few values.
        mask: is given every text before it is written.

    Raises:
        DataError: its answers are no labels, or the key is not one of its few-valued ones.
    """
    key = _key(found, key)
    every = [e for row in found.job.rows if (e := _example(row, key, mask)) is not None]
    labels = _labels(found, key)
    known = [e for e in every if e.label in {mask(label) for label in labels}]
    counts = Counter(e.label for e in known)
    rows = [e for e in known if counts[e.label] >= _FEWEST_A_CLASS and e.text.strip()]
    classes = sorted({e.label for e in rows})
    if len(classes) < 2:
        raise DataError(
            f"job {found.name!r} has {len(rows)} usable answers of {len(classes)} label: give a "
            "longer log, or more rows with --rows"
        )
    said = []
    if len(every) > len(rows):
        said.append(
            f"{len(every) - len(rows)} rows with an unusual answer or no text were left out"
        )
    return Written(_data(rows), _task(found, rows, classes, key, mask), len(rows), tuple(said))


def _key(found: Discovered, key: str | None) -> str | None:
    shape = found.job.shape
    if shape.kind == "labels":
        return None
    if shape.kind != "json":
        raise DataError(
            f"job {found.name!r} answers {shape.told()}: a task of labels can be written, or of a "
            "JSON answer's key with few values"
        )
    few = [name for name, labels in shape.field_labels().items() if len(labels) > 1]
    if key is None and len(few) == 1:
        return few[0]
    if key not in few:
        asked = "needs a --key" if key is None else f"has no key {key!r} of few values"
        raise DataError(f"job {found.name!r} {asked}: there are {', '.join(few) or 'none'}")
    return key


def _labels(found: Discovered, key: str | None) -> dict[str, int]:
    shape = found.job.shape
    return shape.values.labels() if key is None else shape.field_labels()[key]


def _example(row: Row, key: str | None, mask: Mask) -> _Example | None:
    label = row.answer.strip()
    if key is not None:
        answer = json_object(label)
        if answer is None or key not in answer:
            return None
        value = answer[key]
        label = value if isinstance(value, str) else str(value)
    text = "\n\n".join(part.strip() for part in row.inputs if part.strip())
    return _Example(mask(text), mask(label), row)


def _data(rows: list[_Example]) -> str:
    lines = []
    for e in rows:
        plain: dict[str, object] = {
            "text": e.text,
            "label": e.label,
            "logged": e.label,
            "model": e.row.model,
        }
        plain |= {"tokens_in": e.row.tokens_in, "tokens_out": e.row.tokens_out, "time": e.row.time}
        lines.append(json.dumps(plain, ensure_ascii=False))
    return "\n".join(lines) + "\n"


def _task(
    found: Discovered, rows: list[_Example], classes: list[str], key: str | None, mask: Mask
) -> str:
    model = max(found.job.tallies.items(), key=lambda pair: pair[1].requests)[0]
    quoted = json.dumps
    template = "\n".join(f"#   {line}" for line in mask(found.template.pattern()).splitlines())
    what = "the answer" if key is None else f"{key} of the JSON answer"
    tokens = all(e.row.tokens_in is not None and e.row.tokens_out is not None for e in rows)
    usage = 'tokens_in = "tokens_in"\ntokens_out = "tokens_out"\n' if tokens else ""
    ladder = "\n\n".join(f"[[candidates]]\nrecipe = {quoted(name)}" for name in _LADDER)
    return f"""# {found.job.requests:,} logged requests of this template:
{template}
#
# The right answers are what the model answered, so every candidate is judged by how often it
# agrees with the model.  Put answers of your own into "label" where you have better ones.
version = 1

[task]
name = {quoted(found.name)}
kind = "classify"                 # {what}: {len(classes)} classes over {len(rows)} rows
data = {quoted(found.name + ".jsonl")}
input = "text"                    # what varies in the template
reference = "label"
metric = "accuracy"

[adequate]
reference = "logged"              # what the log's model answered
margin = 0.05                     # a candidate may differ from it in less than 5 answers of 100
confidence = 0.95

[volume]
requests_per_month = {max(round(found.requests), 1)}

[[candidates]]
recipe = "recorded"
name = "logged"                   # {model}
answer = "logged"
{usage}
{ladder}
"""
