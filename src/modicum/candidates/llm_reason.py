"""A class and, after it, one short sentence that says why: how it is asked for, held to and read.

The class comes first, so that it does not depend on the reason, as an answer without one does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from modicum.candidates.llm_parse import THOUGHT

TOKENS = 60
"""Of a reason: some forty English words, and the marks around them."""
LEAST, MOST = 8, 160
"""Characters of a reason that is held to a form: less says nothing, more would be cut off."""
_CUT = re.compile(r'"class"\s*:\s*"([^"]*)"(?:\s*,\s*"reason"\s*:\s*"([^"]*))?')
ASKED = (
    " After the class, on a new line, say in one short sentence which words of the text decide it,"
    " without the name of any class."
)


def reasoned_grammar(root: str) -> str:
    """A llama.cpp grammar (GBNF) of a class, a new line, and a reason.

    >>> reasoned_grammar('root ::= "a" | "b"').splitlines()[0]
    'root ::= class "\\\\n" reason'
    """
    named = root.replace("root", "class", 1)
    return f'root ::= class "\\n" reason\n{named}\nreason ::= [^\\n]{{{LEAST},{MOST}}}'


def reasoned_schema(labels: Sequence[str]) -> dict[str, Any]:
    """A JSON schema of an object with one of the labels, then the reason."""
    return {
        "type": "object",
        "properties": {
            "class": {"type": "string", "enum": list(labels)},
            "reason": {"type": "string", "minLength": LEAST, "maxLength": MOST},
        },
        "required": ["class", "reason"],
        "additionalProperties": False,
    }


def parted(said: str) -> tuple[str, str | None]:
    """What names the class, and the reason; None where there is none.

    >>> parted('{"class": "LOC", "reason": "it asks where"}')
    ('LOC', 'it asks where')
    >>> parted("Class: LOC\\n\\nReason: it asks where\\n")
    ('Class: LOC', 'it asks where')
    >>> parted("LOC")
    ('LOC', None)
    >>> parted('{"class": "LOC", "reason": "it asks wh')
    ('LOC', 'it asks wh')
    """
    text = THOUGHT.sub("", said).strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        named, why = found.get("class"), found.get("reason")
        reason = why.strip() if isinstance(why, str) else ""
        return (named if isinstance(named, str) else text), reason or None
    if text.startswith("{") and (cut := _CUT.search(text)):
        return cut[1], (cut[2] or "").strip() or None
    head, _, rest = text.partition("\n")
    why = " ".join(rest.split())
    start, _, end = why.partition(":")
    told = end.strip() if start.casefold() in ("reason", "why", "because") else why
    return head.strip(), told or None
