"""What providers say about training on their models' output: a dated table with sources.

It is a reminder, not legal advice: terms change, and whether a small model for one task "competes"
is for the reader of the terms to judge.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Terms:
    """One provider's terms, in our words; `read` is when, `basis` on whose word."""

    host: str
    provider: str
    training: str
    says: str
    source: str
    basis: str
    read: str


@cache
def every_term() -> tuple[Terms, ...]:
    """The rows of the table."""
    text = files("modicum.candidates").joinpath("data/terms.csv").read_text(encoding="utf-8")
    return tuple(Terms(**row) for row in csv.DictReader(text.splitlines()))


def terms_of(host: str) -> Terms | None:
    """The terms of the provider behind a host; None for one that is not in the table.

    >>> terms_of("api.openai.com").provider, terms_of("models.example")
    ('OpenAI', None)
    """
    name = host.casefold().rsplit(":", 1)[0]
    for row in every_term():
        if name == row.host or name.endswith("." + row.host):
            return row
    return None
