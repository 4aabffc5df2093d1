"""An answer that is a JSON object, held against the JSON schema its caller asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_READ = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf")
)
_TOLD = frozenset(("title", "description", "default", "examples", "$defs", "$schema", "$ref"))
_DEEPEST = 20


def fitted(value: object, schema: object) -> tuple[bool, object]:
    """Whether a value keeps a schema, and the value without those nulls that may be left out.

    A keyword that is not read here (a pattern, a bound) cannot be vouched for, so nothing fits it.

    >>> schema = {"type": "object", "properties": {"n": {"type": "number"}, "s": {}}}
    >>> fitted({"n": None, "s": "x"}, schema)
    (True, {'s': 'x'})
    >>> fitted({"n": "three"}, schema)
    (False, {'n': 'three'})
    """
    try:
        return _fitted(value, schema, schema, 0)
    except (TypeError, ValueError, AttributeError, KeyError):
        return False, value  # what a caller calls a schema may be anything


def _fitted(value: object, schema: object, root: object, depth: int) -> tuple[bool, object]:
    schema = _resolved(schema, root)
    if not isinstance(schema, Mapping) or set(schema) - _READ - _TOLD or depth > _DEEPEST:
        return False, value
    if "enum" in schema and value not in schema["enum"]:
        return False, value
    if "const" in schema and value != schema["const"]:
        return False, value
    if not _of_type(value, schema.get("type")):
        return False, value
    if "anyOf" in schema:
        found = (_fitted(value, one, root, depth + 1) for one in schema["anyOf"])
        return next((pair for pair in found if pair[0]), (False, value))
    if isinstance(value, dict):
        return _object(value, schema, root, depth)
    if isinstance(value, list) and "items" in schema:
        items = [_fitted(item, schema["items"], root, depth + 1) for item in value]
        return all(ok for ok, _ in items), [item for _, item in items]
    return True, value


def _object(
    value: dict[str, Any], schema: Mapping[str, Any], root: object, depth: int
) -> tuple[bool, object]:
    properties, needed = schema.get("properties", {}), schema.get("required", ())
    kept: dict[str, object] = {}
    for name, inner in value.items():
        if name not in properties:
            return False, value
        ok, put = _fitted(inner, properties[name], root, depth + 1)
        if ok:
            kept[name] = put
        elif inner is not None or name in needed:
            return False, value
    return all(name in kept for name in needed), kept


def _resolved(schema: object, root: object) -> object:
    if not isinstance(schema, Mapping) or not isinstance(schema.get("$ref"), str):
        return schema
    defs = root.get("$defs") if isinstance(root, Mapping) else None
    name = schema["$ref"].removeprefix("#/$defs/")
    return defs.get(name) if isinstance(defs, Mapping) else None


def _of_type(value: object, kinds: object) -> bool:
    if kinds is None:
        return True
    named = kinds if isinstance(kinds, list) else [kinds]
    if isinstance(value, bool):
        return "boolean" in named
    if isinstance(value, float) and value.is_integer() and "integer" in named:
        return True
    return any(isinstance(value, _KINDS.get(str(kind), ())) for kind in named)
