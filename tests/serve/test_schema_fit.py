"""Answers that are objects, in the JSON schema of a caller."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modicum.serve.schema_fit import fitted
from modicum.serve.shapes import content_for

ORDER = '{"who": {"name": "Ann"}, "count": 3, "urgent": true, "items": ["lamp"], "due": null}'
SCHEMA: dict[str, Any] = {
    "title": "Order",
    "type": "object",
    "$defs": {
        "Who": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        }
    },
    "properties": {
        "who": {"$ref": "#/$defs/Who"},
        "count": {"type": "integer"},
        "urgent": {"type": "boolean"},
        "items": {"type": "array", "items": {"type": "string"}},
        "due": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["who", "count", "urgent", "items", "due"],
    "additionalProperties": False,
}


def asked(schema: object) -> str | None:
    return content_for(ORDER, {"type": "json_schema", "json_schema": {"schema": schema}})


def changed(name: str, inner: object) -> dict[str, Any]:
    return {**SCHEMA, "properties": {**SCHEMA["properties"], name: inner}}


def test_an_extraction_answers_in_the_schema_that_was_asked_for() -> None:
    assert json.loads(asked(SCHEMA) or "") == json.loads(ORDER)
    assert content_for(ORDER, {"type": "json_object"}) == ORDER
    assert content_for("spam", {"type": "json_object"}) is None


def test_a_null_is_left_out_where_the_schema_allows_no_null_but_no_value_either() -> None:
    schema = changed("due", {"type": "string"})
    assert asked(schema) is None
    schema["required"] = ["who", "count"]
    assert "due" not in json.loads(asked(schema) or "")


@pytest.mark.parametrize(
    "schema",
    [
        changed("count", {"type": "string"}),
        changed("urgent", {"type": "number"}),
        changed("items", {"type": "array", "items": {"type": "integer"}}),
        changed("who", {"type": "object", "properties": {}}),
        changed("count", {"type": "integer", "minimum": 5}),
        changed("who", {"$ref": "#/$defs/Nobody"}),
        {**SCHEMA, "required": ["who", "price"]},
        changed("count", {"enum": [1, 2]}),
        changed("count", {"enum": 7}),
        {**SCHEMA, "properties": 3},
        changed("due", {"anyOf": None}),
        None,
        [],
        "object",
    ],
)
def test_what_a_schema_does_not_allow_is_not_answered_here(schema: object) -> None:
    assert asked(schema) is None


def test_a_schema_that_holds_itself_ends() -> None:
    schema = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}
    assert fitted({"x": 1}, schema) == (False, {"x": 1})
