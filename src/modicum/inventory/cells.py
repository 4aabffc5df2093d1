"""Reading the cells of an export: numbers, days, units, and what a meter's name tells."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

Cells = Mapping[str, str]


class RowError(ValueError):
    """A row that cannot be read; the message says what was wrong with it."""


def first(cells: Cells, *names: str) -> str:
    """The first of these columns that holds something, else "".

    >>> first({"a": " ", "b": "x"}, "a", "b")
    'x'
    """
    for name in names:
        if text := (cells.get(name) or "").strip():
            return text
    return ""


def number(cells: Cells, *names: str) -> float | None:
    """A finite number, None where the cell is empty; raises RowError for anything else."""
    text = first(cells, *names)
    if not text:
        return None
    try:
        found = float(text.replace(",", ""))
    except ValueError:
        raise RowError(f"{names[0]} is {text[:30]!r}, a number was wanted") from None
    if not math.isfinite(found):
        raise RowError(f"{names[0]} is {text[:30]!r}, a finite number was wanted")
    return found


def count(cells: Cells, *names: str) -> float | None:
    """A number that is not negative; raises RowError."""
    found = number(cells, *names)
    if found is not None and found < 0:
        raise RowError(f"{names[0]} is {found:g}, which cannot be negative")
    return found


def day(cells: Cells, *names: str) -> date:
    """A day from an ISO date or time, US month/day/year, or seconds since 1970; RowError."""
    text = first(cells, *names)
    try:
        if re.fullmatch(r"\d{9,11}(\.0)?", text):
            return datetime.fromtimestamp(float(text), UTC).date()
        if slashed := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            return date(int(slashed[3]), int(slashed[1]), int(slashed[2]))
        return date.fromisoformat(text[:10])
    except (ValueError, OverflowError, OSError):
        raise RowError(f"{names[0]} is {text[:30]!r}, a date was wanted") from None


def token_scale(unit: str) -> float | None:
    """How many tokens one of this unit is; None where it does not count tokens.

    >>> token_scale("1K Tokens"), token_scale("1M"), token_scale("Tokens"), token_scale("Hours")
    (1000.0, 1000000.0, 1.0, None)
    """
    text = unit.casefold().replace(" ", "")
    found = re.fullmatch(r"(\d*\.?\d*)(k|m|thousand|million)?(tokens?|count|units?)?", text)
    if not found or not text:
        return None
    base = float(found[1]) if found[1] else 1.0
    return base * {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}.get(found[2] or "", 1.0)


_DIRECTIONS = (
    ("cached", r"cache[-_ ]?read|cached|cchd|cache hit"),
    ("out", r"\b(out|outp|output|completion|opt|thinking)\b|output|completion"),
    ("in", r"\b(in|inp|input|prompt)\b|input|prompt|cache[-_ ]?write"),
)


def direction(text: str) -> str | None:
    """`in`, `cached` or `out` by the words of a meter's name; None where it tells neither.

    >>> direction("gpt-4o 0806 Inp glbl Tokens"), direction("gpt 4o cchd inp"), direction("seat")
    ('in', 'cached', None)
    """
    spaced = re.sub(r"[-_/]", " ", text.casefold())
    for name, pattern in _DIRECTIONS:
        if re.search(pattern, spaced):
            return name
    return None


_NOISE = re.compile(
    r"\b(inp|input|in|outp|output|out|opt|prompt|completion|cached|cchd|cache|read|write|text|"
    r"tokens?|token|count|glbl|global|regnl|regional|data|zone|dz|batch|std|predictions?|thinking|"
    r"ga|mantle|1k|1m|k|m)\b",
    re.IGNORECASE,
)


def model_name(text: str) -> str:
    """What is left of a meter's name once the words about tokens are gone.

    >>> model_name("gpt-4o-0806-Inp-glbl Tokens"), model_name("Gemini 2.5 Flash Text Input")
    ('gpt-4o-0806', 'gemini-2.5-flash')
    """
    spaced = re.sub(r"[-_ ]+", " ", text)
    kept = re.sub(r"\s+", " ", _NOISE.sub(" ", spaced)).strip()
    return kept.casefold().replace(" ", "-")
