"""A job as a task file and its data, ready for `modicum size`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from modicum.discover.discover import Discovered
from modicum.discover.looks import json_object
from modicum.discover.render import Plan, render_task
from modicum.discover.sample import Row
from modicum.discover.sets import split
from modicum.errors import DataError

_FEWEST_A_CLASS = 3
_FEWEST = 50  # rows from which there is anything to fit, tune and judge on

Mask = Callable[[str], str]
Kind = Literal["classify", "multi-label", "extract", "generate"]


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
    answer: str
    row: Row


def write_job(found: Discovered, *, key: str | None = None, mask: Mask = str) -> Written:
    """The task of a job: `classify` labels, `extract` the keys of a JSON answer, else `generate`.

    Args:
        key: the key of few values of a JSON answer to classify by, instead of extracting all.
        mask: is given every text before it is written.

    Raises:
        DataError: no answers were logged, too few, or the key is not one of its few-valued ones.
    """
    kind, key = _kind(found, key)
    mark = found.job.shape.mark if kind == "multi-label" else None
    every = [e for row in found.job.rows if (e := _example(row, kind, key, mark, mask)) is not None]
    rows = [e for e in every if e.text.strip()]
    if kind == "classify":
        rows = _of_known_labels(found, key, rows, mask)
    _check(found, kind, rows)
    left = len(found.job.rows) - len(rows)
    said = (f"{left} rows with an unusual answer or no text were left out",) if left else ()
    data = "".join(_line(e) for e in rows)
    return Written(data, render_task(_plan(found, kind, key, rows, mask)), len(rows), said)


def _kind(found: Discovered, key: str | None) -> tuple[Kind, str | None]:
    shape = found.job.shape
    if shape.kind == "unknown":
        raise DataError(f"job {found.name!r} has no answers in the log: give the responses as well")
    few = [name for name, labels in shape.field_labels().items() if len(labels) > 1]
    if key is not None:
        if shape.kind != "json" or key not in few:
            raise DataError(
                f"job {found.name!r} has no key {key!r} of few values: there are "
                f"{', '.join(few) or 'none'}"
            )
        return "classify", key
    if shape.kind == "json":
        return (
            ("classify", few[0])
            if few == list(shape.keys) and len(few) == 1
            else (
                "extract",
                None,
            )
        )
    kinds: dict[str, Kind] = {"labels": "classify", "sets": "multi-label"}
    return kinds.get(shape.kind, "generate"), None


def _example(
    row: Row, kind: Kind, key: str | None, mark: str | None, mask: Mask
) -> _Example | None:
    answer = row.answer.strip()
    if mark is not None:
        labels = split(answer, mark)
        if labels is None:
            return None
        answer = json.dumps(labels, ensure_ascii=False)  # as recorded answers are read
    if kind == "extract" or key is not None:
        found = json_object(answer)
        if found is None or (key is not None and key not in found):
            return None
        value = found if key is None else found[key]
        answer = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "\n\n".join(part.strip() for part in row.inputs if part.strip())
    return _Example(mask(text), mask(answer), row)


def _of_known_labels(
    found: Discovered, key: str | None, rows: list[_Example], mask: Mask
) -> list[_Example]:
    shape = found.job.shape
    labels = shape.values.labels() if key is None else shape.field_labels()[key]
    names = {mask(label) for label in labels} | {json.dumps(label) for label in labels}
    names |= {label.lower() for label in labels if label in ("True", "False")}  # JSON's spelling
    known = [e for e in rows if e.answer in names]
    counts = Counter(e.answer for e in known)
    return [e for e in known if counts[e.answer] >= _FEWEST_A_CLASS]


def _check(found: Discovered, kind: Kind, rows: list[_Example]) -> None:
    if len(rows) < _FEWEST:
        raise DataError(
            f"job {found.name!r} has {len(rows)} usable answers: at least {_FEWEST} are needed, so "
            "give a longer log"
        )
    if kind == "classify" and len({e.answer for e in rows}) < 2:
        raise DataError(
            f"job {found.name!r} always answers {rows[0].answer!r:.60}: no model is needed for that"
        )


def _line(e: _Example) -> str:
    plain: dict[str, object] = {"text": e.text, "answer": e.answer, "logged": e.answer}
    plain |= {"model": e.row.model, "time": e.row.time}
    plain |= {"tokens_in": e.row.tokens_in, "tokens_out": e.row.tokens_out}
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _plan(found: Discovered, kind: Kind, key: str | None, rows: list[_Example], mask: Mask) -> Plan:
    shape = found.job.shape
    return Plan(
        name=found.name,
        kind=kind,
        template=mask(found.template.pattern()),
        answers=shape.told() if key is None else f"{key} of the JSON answer",
        form=shape.kind,
        fields=tuple(mask(name) for name in shape.keys) if kind == "extract" else (),
        model=max(found.job.tallies.items(), key=lambda pair: pair[1].requests)[0],
        rows=len(rows),
        logged=found.job.requests,
        requests_per_month=max(round(found.requests), 1),
        tokens=all(e.row.tokens_in is not None and e.row.tokens_out is not None for e in rows),
    )
