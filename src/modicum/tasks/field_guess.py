"""The types of fields, guessed from objects that hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from modicum.tasks.field_values import FieldType, Types

_ISO = re.compile(r"\d{4}-\d\d-\d\d")


def guessed_types(cells: Iterable[object]) -> dict[str, FieldType]:
    """Every field of these objects (or JSON texts of some) in order, and its type.

    A type is that of all its values; where they differ it is text.  Fields of objects within an
    object have dotted names.

    >>> guessed_types(['{"who": {"name": "Ann"}, "paid": true, "on": "2026-01-31"}'])
    {'who.name': 'text', 'paid': 'boolean', 'on': 'date'}
    """
    found: dict[str, set[FieldType]] = {}
    for cell in cells:
        for name, value in _flat(_object(cell)):
            kinds = found.setdefault(name, set())
            if value is not None and value != "":
                kinds.add(_kind(value))
    inner = {name for name in found if any(other.startswith(f"{name}.") for other in found)}
    one = {name: kinds.pop() if len(kinds) == 1 else "text" for name, kinds in found.items()}
    return {name: kind for name, kind in one.items() if name not in inner}


def needed(types: Mapping[str, FieldType]) -> Types:
    """Those that a task file has to name: all but texts of the object itself."""
    return {name: kind for name, kind in types.items() if kind != "text" or "." in name}


def _object(cell: object) -> Mapping[str, Any]:
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return {}
    return cell if isinstance(cell, dict) else {}


def _flat(found: Mapping[str, Any], outer: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in found.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{outer}{name}.")
        else:
            yield f"{outer}{name}", value


def _kind(value: object) -> FieldType:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list):
        return "list"
    return "date" if isinstance(value, str) and _ISO.fullmatch(value) else "text"
