"""Fits the serving model's constants, and judges them on sources and chips left out of the fit.

    python benchmarks/served.py

Each row of served.csv is a published, measured request.  A fold leaves out every row of one source
on one chip (or of one source), fits on the others from the same starting values, and is asked for
the rows it has not seen.  BLOOM's row is judged and never fitted: most of it is a server's waiting.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from importlib import resources

import numpy as np
from scipy.optimize import least_squares

from modicum.figures import total
from modicum.plan.chips import find_chip
from modicum.plan.roofline import FITTED, Constants
from modicum.plan.serve import request_parts
from modicum.plan.serving import Serving, find_engine

START = Constants(0.65, 0.90, 0.45, 0.003, 0.022, 0.010, 2e-5, 0.30, 0.35, 0.55)
"""Where a fit begins and what it is held to by a weak pull: shares and times as one would guess."""

_PULL = 0.3
NEVER_FITTED = frozenset({"luccioni"})


@dataclass(frozen=True)
class Measured:
    """A row: what was asked, what it used, where it comes from."""

    serving: Serving
    boundary: str
    joules: float
    group: str
    name: str

    def predicted(self, constants: Constants = FITTED) -> tuple[float, float, float]:
        """Value, low and high of the model, in joules."""
        where = "server" if self.boundary == "server" else "gpu"
        told = total(request_parts(self.serving, where, constants).values(), "J")
        return told.value or 0.0, told.low or 0.0, told.high or 0.0


def measured() -> list[Measured]:
    text = (resources.files("modicum.plan") / "data" / "served.csv").read_text(encoding="utf-8")
    return [_row(r) for r in csv.DictReader(text.splitlines())]


def _row(r: dict[str, str]) -> Measured:
    serving = Serving(
        float(r["active_params"]),
        find_chip(r["chip"]),
        float(r["total_params"]),
        float(r["tokens_in"]),
        float(r["tokens_out"]),
        float(r["batch"]),
        float(r["bytes_per_param"]),
        find_engine(r["engine"]),
        int(r["chips"]),
        float(r["requests_per_hour"] or 0) or None,
    )
    return Measured(serving, r["boundary"], float(r["joules"]), r["group"], r["id"])


def fit(rows: Sequence[Measured]) -> Constants:
    """The constants with the least soft squared log error on these rows."""
    rows = [r for r in rows if r.group not in NEVER_FITTED]
    begin = np.log(np.array(astuple(START)))

    def misses(logs: np.ndarray) -> np.ndarray:
        constants = Constants(*np.exp(logs).tolist())
        off = [math.log(_joules(r, constants) / r.joules) for r in rows]
        return np.array([*off, *(_PULL * (logs - begin))])

    found = least_squares(misses, begin, loss="soft_l1", f_scale=0.3)
    return Constants(*np.exp(found.x).tolist())


def _joules(row: Measured, constants: Constants) -> float:
    """The value alone, without figures, for speed."""
    from modicum.plan.roofline import decode_j, prefill_j

    return decode_j(row.serving, constants) + prefill_j(row.serving, constants)


Key = Callable[[Measured], object]


def by_source(row: Measured) -> str:
    return row.group


def by_source_and_chip(row: Measured) -> tuple[str, str]:
    return row.group, row.serving.chip.name


@dataclass(frozen=True)
class Fold:
    """What was left out, and how the fit on the rest did there."""

    left_out: object
    near: list[bool]
    inside: list[bool]
    worst: float


def folds(rows: Sequence[Measured], key: Key) -> Iterator[Fold]:
    for part in sorted({key(r) for r in rows}, key=str):
        constants = fit([r for r in rows if key(r) != part])
        yield judged(part, [r for r in rows if key(r) == part], constants)


def judged(part: object, rows: Iterable[Measured], constants: Constants) -> Fold:
    near, inside, worst = [], [], 1.0
    for row in rows:
        value, low, high = row.predicted(constants)
        ratio = value / row.joules
        near.append(0.5 <= ratio <= 2)
        inside.append(low <= row.joules <= high)
        worst = max(worst, ratio, 1 / ratio)
    return Fold(part, near, inside, worst)


def shares(found: Sequence[Fold]) -> tuple[float, float, int]:
    """Share within a factor of two, share inside the stated interval, rows."""
    near = [n for f in found for n in f.near]
    inside = [n for f in found for n in f.inside]
    return sum(near) / len(near), sum(inside) / len(inside), len(near)


def main() -> None:
    rows = measured()
    print(f"fit on all: {fit(rows)}")
    for name, key in (("source and chip", by_source_and_chip), ("whole source", by_source)):
        found = list(folds(rows, key))
        for fold in found:
            print(
                f"{name} left out: {fold.left_out!s:40} {len(fold.near):4} rows, "
                f"{sum(fold.near) / len(fold.near):4.0%} within 2x, "
                f"{sum(fold.inside) / len(fold.inside):4.0%} covered, worst {fold.worst:.2f}x"
            )
        near, inside, count = shares(found)
        print(f"{name} left out: {near:.1%} of {count} within 2x, {inside:.1%} covered")


if __name__ == "__main__":
    main()
