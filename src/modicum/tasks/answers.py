"""Answers that are more than one word: fields of an object, a set of labels, parts of an input.

Everywhere in the program an input and an answer are one text each.  Where they have parts, the text
is JSON in one canonical form, so that equal answers are equal texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modicum.tasks.field_values import Types, json_value, put, taken

Fields = dict[str, str | None]


def write_fields(
    names: Sequence[str], found: Mapping[str, object], types: Types | None = None
) -> str:
    """The answer of an extraction: every field in order, None where there is none.

    types: of the fields that are more than texts; they are written as JSON has them, those with
    dots in their names as objects within the object.

    >>> write_fields(["city", "state"], {"state": " IL", "city": ""})
    '{"city": null, "state": "IL"}'
    """
    written: dict[str, Any] = {}
    for name in names:
        value = cell_text(found.get(name))
        if types and name in types:
            put(written, name, json_value(value, types[name]))
        else:
            written[name] = value
    return json.dumps(written, ensure_ascii=False)


def read_fields(text: str, names: Sequence[str]) -> Fields | None:
    """The fields that an answer holds; None where it is not a JSON object.

    >>> read_fields('{"city": "Reno", "zip": 89501}', ["city", "state"])
    {'city': 'Reno', 'state': None}
    >>> read_fields('{"who": {"paid": true}}', ["who.paid"])
    {'who.paid': 'true'}
    """
    found = _parsed(text)
    if not isinstance(found, dict):
        return None
    return {name: _field_text(taken(found, name)) for name in names}


def _field_text(cell: object) -> str | None:
    return str(cell).lower() if isinstance(cell, bool) else cell_text(cell)


def write_labels(labels: Iterable[str]) -> str:
    """A set of labels: each once, in alphabetical order.

    >>> write_labels(["b", "a", "b"])
    '["a", "b"]'
    """
    return json.dumps(sorted(set(labels)), ensure_ascii=False)


def read_labels(text: str) -> frozenset[str] | None:
    """The labels that an answer names; None where it is not a JSON list of texts."""
    found = _parsed(text)
    if not isinstance(found, list) or not all(isinstance(label, str) for label in found):
        return None
    return frozenset(found)


def write_parts(names: Sequence[str], cells: Sequence[object]) -> str:
    """An input of several columns, the question first, then its context.

    >>> write_parts(["question", "passage"], ["Who?", "Ada."])
    '{"question": "Who?", "passage": "Ada."}'
    """
    parts = {name: cell_text(cell) or "" for name, cell in zip(names, cells, strict=True)}
    return json.dumps(parts, ensure_ascii=False)


def read_parts(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """The parts of an input, in the order of `names`; a text without parts is its own first part.

    >>> read_parts("Who?", ["question", "passage"])
    ('Who?', '')
    """
    found = _parsed(text) if len(names) > 1 and text.lstrip()[:1] == "{" else None
    if not isinstance(found, dict) or not set(names) & set(found):
        return (text, *("" for _ in names[1:]))
    return tuple(cell_text(found.get(name)) or "" for name in names)


def cell_text(cell: object) -> str | None:
    """A cell as a text without outer blanks; None for nothing, an empty text and NaN."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False)
    return str(cell).strip() or None


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
