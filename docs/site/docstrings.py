"""Griffe extension: docstrings as Markdown, examples as code and described names as a list."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
_DESCRIBED = re.compile(r"^(\w+(?:, \w+)*): (?=\S)", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Puts a fence around every doctest, and each `name: ...` of a known name into a list."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each object once it is loaded."""
        if obj.docstring is None:
            return
        own = set(obj.members) | {p.name for p in getattr(obj, "parameters", ())}

        def listed(found: re.Match[str]) -> str:
            names = found[1].split(", ")
            if not own.issuperset(names):
                return found[0]
            return "\n- " + ", ".join(f"`{name}`" for name in names) + ": "

        text = _DESCRIBED.sub(listed, obj.docstring.value)
        obj.docstring.value = _EXAMPLE.sub(lambda m: f"\n```pycon\n{m[0]}\n```\n", text)
