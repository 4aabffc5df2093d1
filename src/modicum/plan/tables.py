"""The planner's tables: csv files beside this module, read once, looked up by name."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from modicum.errors import PlanError

Row = Mapping[str, str]
T = TypeVar("T")


@cache
def rows(name: str) -> tuple[Row, ...]:
    """The rows of one table, in file order.

    >>> rows("chips")[0]["chip"]
    'p100'
    """
    place = Path(__file__).parent / "data" / f"{name}.csv"
    with place.open(encoding="utf-8", newline="") as lines:
        return tuple(MappingProxyType(row) for row in csv.DictReader(lines))


def keyed(name: str, key: str, make: Callable[[Row], T]) -> Mapping[str, T]:
    """What `make` makes of each row, under its key and every spelling in the column `also`."""
    found: dict[str, T] = {}
    for row in rows(name):
        made = make(row)
        for spelling in (row[key], *filter(None, (row.get("also") or "").split(";"))):
            found[spelling] = made
    return MappingProxyType(found)


def look_up(kind: str, name: str, known: Mapping[str, T]) -> T:
    """The entry of this name; PlanError names the nearest.

    >>> look_up("colour", "Dark Red", {"dark-red": 1})
    1
    """
    spelled = name.strip().lower().replace(" ", "-").replace("_", "-")
    if spelled in known:
        return known[spelled]
    raise PlanError(
        f"{kind} {name!r} is not in the catalogue: the nearest is {nearest(spelled, known)}"
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is spelt most like this one.

    >>> nearest("h10", ("a100", "h100"))
    'h100'
    """
    return difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.0)[0]
