"""Places: where in decision.json each figure and interval stands, so that a page can be checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument

    Found = tuple[str, BaseModel]


def places(decision: DecisionDocument) -> Iterator[Found]:
    """Path and part of each figure and each interval, as `candidates[2].footprint.energy_j`."""
    yield from _within("", decision)


def _within(at: str, part: object) -> Iterator[Found]:
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from _within(f"{at}[{number}]", item)
        return
    if not isinstance(part, BaseModel):
        return
    if {"value", "low", "high"} <= type(part).model_fields.keys():
        yield at, part
        return
    for name in type(part).model_fields:
        yield from _within(f"{at}.{name}" if at else name, getattr(part, name))
