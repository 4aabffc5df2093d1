"""Guessing a task from a data file: its kind, which column is the input, which the reference."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from modicum.errors import DataError, EncodingError
from modicum.tasks.columns import Column, look
from modicum.tasks.field_guess import guessed_types, needed
from modicum.tasks.field_values import FieldType
from modicum.tasks.table import Table, read_table

_INPUTS = (
    "text",
    "input",
    "user",
    "question",
    "message",
    "prompt",
    "query",
    "body",
    "content",
    "address",
)
_ANSWERS = ("label", "labels", "category", "class", "intent", "target", "answer", "reference")
_MORE = (
    "tags",
    "answers",
    "fields",
    "entities",
    "output",
    "response",
    "completion",
    "assistant",
    "y",
)
_REFERENCES = _ANSWERS + _MORE
_CONTEXTS = (
    "context",
    "passage",
    "document",
    "options",
    "choices",
    "evidence",
    "story",
    "earlier",
    "system",
)
_OTHER_ENCODING = "cp1252"  # what spreadsheets in western Europe and America write
_SHORT = 4  # words up to which an answer is compared as a whole


@dataclass(frozen=True)
class Guess:
    """A guessed task and what was guessed, in sentences."""

    name: str
    data: str
    rows: int
    kind: str
    input: str
    reference: str | None
    metric: str
    context: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    separator: str | None = None
    classes: int = 0
    min_examples: int = 3
    slices: tuple[str, ...] = ()
    encoding: str | None = None
    said: list[str] = field(default_factory=list)
    types: dict[str, FieldType | list[str]] = field(default_factory=dict)


def guess_task(path: Path) -> Guess:
    """Look at a data file; raises DataError where no input or reference column can be seen."""
    table, encoding = _read(path)
    columns = look(table)
    named = tuple(c for c in columns if c.name.lower() in _CONTEXTS and _is_words(c))
    context = tuple(c for c in named if c.distinct > 1)
    texts = [c for c in columns if c.is_text and c not in context]
    text = _pick(texts, _INPUTS, lambda c: c.mean_length)
    if text is None:
        raise DataError(
            f"{path} has no column of distinct texts among {', '.join(table.columns)}: "
            "name the input column of a task file by hand"
        )
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "task"
    begin = Guess(name, path.name, len(table), "", text.name, None, "")
    others = [c for c in columns if c is not text and c not in named]
    notes = [*_encoding_note(encoding), *_constant_notes(named)]
    for guess in (_extract, _multi_label, _classify, _generate):
        found = guess(begin, text, others, context)
        if found is not None:
            return replace(found, encoding=encoding, said=[*found.said, *notes])
    raise DataError(
        f"{path} has no column of right answers beside {text.name!r}: add the reference answers "
        "as a column, or name it in a task file by hand"
    )


def _read(path: Path) -> tuple[Table, str | None]:
    """The table and the encoding to name: Windows' own where it is not UTF-8 and reads as that."""
    try:
        return read_table(path), None
    except EncodingError as error:
        try:
            return read_table(path, _OTHER_ENCODING), _OTHER_ENCODING
        except EncodingError:
            raise error from None


def _encoding_note(encoding: str | None) -> list[str]:
    if encoding is None:
        return []
    return [f"encoding: not UTF-8, read as {encoding}: check that accented letters look right"]


def _constant_notes(named: Sequence[Column]) -> list[str]:
    """Columns of instructions that are the same in every row tell candidates nothing."""
    return [
        f"left out: column {c.name!r}, the same in every row: a language model takes it as "
        "instructions"
        for c in named
        if c.distinct == 1
    ]


def _is_words(column: Column) -> bool:
    return all(isinstance(cell, str) for cell in column.filled) and column.mean_length > 10


def _extract(
    begin: Guess, text: Column, others: Sequence[Column], _: Sequence[Column]
) -> Guess | None:
    whole = next((c for c in others if len(c.keys) >= 1), None)
    if whole is not None:
        types = guessed_types(whole.cells)
        found = _extraction(begin, text, whole.name, tuple(types))
        return replace(found, types=dict(needed(types)))
    quoted = [c.name for c in others if c.quotes(text.cells)]
    if len(quoted) < 2 or len(quoted) < len(others) / 2:
        return None
    return _extraction(begin, text, None, tuple(quoted))


def _extraction(
    begin: Guess, text: Column, reference: str | None, fields: tuple[str, ...]
) -> Guess:
    where = f"objects in column {reference!r}" if reference else "columns quoted from the text"
    said = [
        f"input: column {text.name!r}, texts of {text.mean_length:.0f} characters",
        f"fields: {', '.join(fields)} ({where})",
        f'kind: "extract", scored by the share of fields that are right, over {begin.rows} rows',
    ]
    return _with(begin, "extract", reference, "fields", said, fields=fields)


def _multi_label(
    begin: Guess, text: Column, others: Sequence[Column], _: Sequence[Column]
) -> Guess | None:
    sets = [c for c in others if c.separator() is not None]
    chosen = _pick(sets, _REFERENCES, lambda c: -c.mean_length)
    if chosen is None:
        return None
    mark = chosen.separator()
    joined = f"joined by {mark!r}" if mark else "as lists"
    said = [
        f"input: column {text.name!r}, distinct texts of {text.mean_length:.0f} characters",
        f"reference: column {chosen.name!r}, sets of labels {joined}",
        f'kind: "classify" with multi_label = true over {begin.rows} rows',
    ]
    return _with(begin, "classify", chosen.name, "jaccard", said, separator=mark)


def _classify(
    begin: Guess, text: Column, others: Sequence[Column], context: Sequence[Column]
) -> Guess | None:
    classes = [c for c in others if c.is_class]
    label = _pick(classes, _REFERENCES, lambda c: -c.mean_length)
    if label is None or (context and label.is_number):
        return None
    slices = tuple(c.name for c in classes if c is not label and c.distinct <= 12)
    said = [
        f"input: column {text.name!r}, distinct texts of {text.mean_length:.0f} characters",
        f"reference: column {label.name!r}, {label.distinct} values",
        f'kind: "classify", {label.distinct} classes over {begin.rows} rows',
    ]
    if slices:
        said.append(f"possible slices, left commented out: {', '.join(slices)}")
    return _with(
        begin,
        "classify",
        label.name,
        "accuracy",
        said,
        context=context,
        classes=label.distinct,
        slices=slices,
        min_examples=min(3, min(label.counts.values())),
    )


def _generate(
    begin: Guess, text: Column, others: Sequence[Column], context: Sequence[Column]
) -> Guess | None:
    written = [c for c in others if len(c.filled) == begin.rows and c.distinct > 1 and not c.keys]
    named = [c for c in written if c.name.lower() in _REFERENCES]
    answer = _pick(named or written, _REFERENCES, lambda c: -c.mean_length)
    if answer is None:
        return None
    words = sum(len(t.split()) * n for t, n in answer.counts.items()) / len(answer.filled)
    metric = "numeric" if answer.is_number else "exact_match" if words <= _SHORT else "token_f1"
    said = [
        f"input: column {text.name!r}, distinct texts of {text.mean_length:.0f} characters",
        *(f"context: column {c.name!r}, shown with the question" for c in context),
        f"reference: column {answer.name!r}, written answers of {words:.1f} words",
        f'kind: "generate", scored by {metric}, over {begin.rows} rows',
    ]
    return _with(begin, "generate", answer.name, metric, said, context=context)


def _with(
    begin: Guess,
    kind: str,
    reference: str | None,
    metric: str,
    said: list[str],
    *,
    context: Sequence[Column] = (),
    fields: tuple[str, ...] = (),
    separator: str | None = None,
    classes: int = 0,
    slices: tuple[str, ...] = (),
    min_examples: int = 3,
) -> Guess:
    return Guess(
        begin.name,
        begin.data,
        begin.rows,
        kind,
        begin.input,
        reference,
        metric,
        tuple(c.name for c in context),
        fields,
        separator,
        classes,
        min_examples,
        slices,
        said=said,
    )


def _pick(
    columns: Sequence[Column], names: Sequence[str], size: Callable[[Column], float]
) -> Column | None:
    """The column with a telling name, else the one of largest `size`."""
    for wanted in names:
        for column in columns:
            if column.name.lower() == wanted:
                return column
    return max(columns, key=size, default=None)
