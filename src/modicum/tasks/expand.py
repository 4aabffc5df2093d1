"""A `[[candidates]]` table that lists prompts, models or settings: a candidate of each."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

LISTED = {"prompts": "prompt", "models": "model", "instructions": "instruction"}
MOST = 200


def expanded(tables: list[Any]) -> list[Any]:
    """Every table, those with lists as one for each combination; raises ValueError.

    >>> [t["name"] for t in expanded([{"recipe": "llm", "models": ["a/b", "c"]}])]
    ['llm-b', 'llm-c']
    """
    found: list[Any] = []
    for table in tables:
        varied = _varied(table) if isinstance(table, dict) else {}
        if not varied:
            found.append(table)
            continue
        rest = {k: v for k, v in table.items() if k not in (*LISTED, "vary")}
        base = rest.get("name", rest.get("recipe", "candidate"))
        for choice in product(*(list(enumerate(values, 1)) for values in varied.values())):
            own = dict(zip(varied, (value for _, value in choice), strict=True))
            marks = [_mark(key, n, value) for key, (n, value) in zip(varied, choice, strict=True)]
            found.append({**rest, **own, "name": "-".join([str(base), *marks])})
    if len(found) > MOST:
        raise ValueError(f"the lists under [[candidates]] make {len(found)}: {MOST} is the most")
    return found


def _varied(table: dict[str, Any]) -> dict[str, list[Any]]:
    varied = {LISTED[key]: table[key] for key in table if key in LISTED}
    own = table.get("vary", {})
    if not isinstance(own, dict):
        raise ValueError(
            "vary under [[candidates]] is a table of lists, such as {examples = [0, 6]}"
        )
    for key, values in (*varied.items(), *own.items()):
        if not isinstance(values, list) or not values:
            raise ValueError(f"{key} under [[candidates]] is to vary: give a list of values")
        if key in table:
            raise ValueError(f"{key} is given once and as a list: leave one out")
    return {**varied, **own}


def _mark(key: str, number: int, value: Any) -> str:
    """What tells this choice in a name: the model's, a short value, else its number."""
    if key == "model":
        return _safe(str(value).rsplit("/", 1)[-1]) or f"model{number}"
    short = str(value)
    if len(short) <= 12 and short == _safe(short):
        return f"{key.replace('_', '-')}-{short}"
    return f"{key}{number}"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")
