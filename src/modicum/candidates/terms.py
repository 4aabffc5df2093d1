"""What providers say about training on their models' output: a dated table with sources.

It is a reminder, not legal advice: terms change, and whether a small model for one task "competes"
is for the reader of the terms to judge.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

from modicum.candidates.dated_table import dated_rows, shipped
from modicum.errors import DataError

TRAINING = ("restricted", "allowed")
"""What terms say of training on a model's output."""


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
    return read_terms(shipped("terms.csv"))


def read_terms(text: str) -> tuple[Terms, ...]:
    """Raises DataError for a row without its words, a link or a month."""
    columns = [field.name for field in fields(Terms)]
    rows = dated_rows(text, columns, "terms.csv")
    for row in rows:
        empty = [name for name in columns if not row[name].strip()]
        if empty:
            raise DataError(f"{row['host']!r} in terms.csv has no {empty[0]}: fill it in")
        if row["training"] not in TRAINING:
            raise DataError(
                f"{row['host']!r} in terms.csv has {row['training']!r} as training: write "
                f"{' or '.join(TRAINING)}"
            )
    return tuple(Terms(**row) for row in rows)


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
