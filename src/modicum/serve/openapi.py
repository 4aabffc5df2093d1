"""The API's description (OpenAPI 3.1), as `/openapi.json` gives it."""

from __future__ import annotations

from typing import Any, get_args

from modicum._version import __version__
from modicum.ledger.limits import Policy, Quantity, Scope

_TEXT = {"type": "string"}
_MESSAGE = {
    "type": "object",
    "properties": {"role": _TEXT, "content": {}},
    "required": ["role", "content"],
}
_CHAT = {
    "type": "object",
    "properties": {
        "model": {"type": "string", "description": "a task, UPSTREAM/MODEL, or auto"},
        "messages": {"type": "array", "items": _MESSAGE},
        "stream": {"type": "boolean"},
    },
    "required": ["model", "messages"],
}
_RESPONSE = {
    "type": "object",
    "properties": {"model": _TEXT, "input": _TEXT, "stream": {"type": "boolean"}},
    "required": ["model", "input"],
}
_EMBEDDINGS = {
    "type": "object",
    "properties": {"model": _TEXT, "input": {"type": ["string", "array"]}},
    "required": ["model", "input"],
}
_COMPLETION = {
    "type": "object",
    "properties": {"model": _TEXT, "prompt": {}, "stream": {"type": "boolean"}},
    "required": ["model", "prompt"],
}
_FEEDBACK = {
    "type": "object",
    "properties": {
        "task": _TEXT,
        "input": _TEXT,
        "label": _TEXT,
        "sampled": {"type": "boolean", "description": "drawn at random: only such a one is tested"},
        "user": _TEXT,
        "metadata": {"type": "object", "description": "the slices it belongs to"},
    },
    "required": ["task", "input", "label"],
}
_TASK = {
    "type": "object",
    "properties": {
        "input": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
        "user": _TEXT,
    },
    "required": ["input"],
}
_MOST = {"type": "number", "minimum": 0}
_QUANTITY = {"enum": list(get_args(Quantity))}
_POLICY = {"enum": list(get_args(Policy)), "default": "refuse"}
_KEY = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "team": _TEXT,
        "project": _TEXT,
        "admin": {"type": "boolean"},
        "limits": {"type": "object", "propertyNames": _QUANTITY, "additionalProperties": _MOST},
        "policy": _POLICY,
    },
    "required": ["name"],
    "additionalProperties": False,
}
_LIMIT = {
    "scope": {"enum": list(get_args(Scope))},
    "name": {"type": "string", "description": "a key's id, or the label of a team or project"},
    "quantity": _QUANTITY,
}
_OLD_LIMIT = {
    "type": "object",
    "properties": _LIMIT,
    "required": list(_LIMIT),
    "additionalProperties": False,
}
_NEW_LIMIT = _OLD_LIMIT | {
    "properties": {**_LIMIT, "most": _MOST, "policy": _POLICY},
    "required": [*_LIMIT, "most"],
}
_ERRORS = {
    "4XX": {"description": "refused: what was wrong, and the cure"},
    "5XX": {"description": "an upstream that failed"},
}


def description() -> dict[str, Any]:
    """The whole document."""
    posts = {
        "/v1/chat/completions": ("One chat completion (OpenAI)", _CHAT),
        "/v1/messages": ("One message (Anthropic)", _CHAT),
        "/v1/responses": ("One response (OpenAI)", _RESPONSE),
        "/v1/embeddings": ("Embeddings (OpenAI)", _EMBEDDINGS),
        "/v1/completions": ("One completion of the older API (OpenAI)", _COMPLETION),
        "/v1/feedback": ("A label for an input of a watched task", _FEEDBACK),
    }
    gets = {
        "/health": "Whether the process answers",
        "/ready": "Whether it may be sent requests",
        "/metrics": "Counters for Prometheus",
        "/v1/models": "Tasks and models",
    }
    paths: dict[str, Any] = {path: {"post": _sent(*about)} for path, about in posts.items()}
    paths |= {path: {"get": _operation(about)} for path, about in gets.items()}
    name = {"name": "task", "in": "path", "required": True, "schema": {"type": "string"}}
    paths["/tasks/{task}"] = {"post": _sent("A task's answer", _TASK) | {"parameters": [name]}}
    paths |= _admin()
    bearer = {"type": "http", "scheme": "bearer"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Modicum gateway", "version": __version__},
        "paths": paths,
        "components": {"securitySchemes": {"key": bearer}},
        "security": [{"key": []}],
    }


def _admin() -> dict[str, Any]:
    key_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    revoke = _operation("Revoke a key") | {"parameters": [key_id]}
    return {
        "/admin/reload": {"post": _operation("Load every decision anew (an admin key, as below)")},
        "/admin/keys": {"get": _operation("Every key"), "post": _sent("Make a key", _KEY)},
        "/admin/keys/{id}": {"delete": revoke},
        "/admin/limits": {
            "get": _operation("Every limit, and what was taken of it this month"),
            "put": _sent("Set a monthly limit", _NEW_LIMIT),
            "delete": _sent("Lift a limit", _OLD_LIMIT),
        },
    }


def _operation(about: str) -> dict[str, Any]:
    return {"summary": about, "responses": {"200": {"description": about}, **_ERRORS}}


def _sent(about: str, body: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": body}}
    return _operation(about) | {"requestBody": {"required": True, "content": content}}
