"""Tokens of a billed quantity."""

from __future__ import annotations

from typing import TypedDict


class Tokens(TypedDict, total=False):
    """The token fields of a usage row."""

    tokens_in: float
    tokens_cached: float
    tokens_out: float


def counted(way: str | None, quantity: float | None, scale: float | None) -> Tokens:
    """The fields that a quantity of tokens fills; none where it does not count tokens.

    >>> counted("out", 2.0, 1000.0)
    {'tokens_in': 0.0, 'tokens_cached': 0.0, 'tokens_out': 2000.0}
    """
    if way is None or quantity is None or scale is None:
        return {}
    tokens = {"in": 0.0, "cached": 0.0, "out": 0.0, way: quantity * scale}
    return {
        "tokens_in": tokens["in"],
        "tokens_cached": tokens["cached"],
        "tokens_out": tokens["out"],
    }
