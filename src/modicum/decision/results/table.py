"""Rows gathered into what `decide` takes: losses paired by example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modicum.decision.results.row import Row
from modicum.errors import DataError


@dataclass(frozen=True)
class Table:
    """Losses by candidate name, paired by position; energy in joules per request where given."""

    judge: dict[str, NDArray[np.float64]]
    tune: dict[str, NDArray[np.float64]] | None
    energy: dict[str, float | None]
    clusters: tuple[str, ...] | None
    tune_clusters: tuple[str, ...] | None
    slices: dict[str, tuple[str, ...]] | None


def gather(rows: Iterable[Row]) -> Table:
    """Pair rows by example; raises DataError for doubles and for examples that lack a candidate."""
    every = list(rows)
    if not every:
        raise DataError("the results hold no rows: give one for each example and candidate")
    names = tuple(dict.fromkeys(row.candidate for row in every))
    judge = _Split.of([r for r in every if r.split == "judge"], names, "judge")
    tune_rows = [r for r in every if r.split == "tune"]
    tune = _Split.of(tune_rows, names, "tune") if tune_rows else None
    slices = judge.column("slice")
    return Table(
        judge.losses,
        None if tune is None else tune.losses,
        {name: _mean_energy(every, name) for name in names},
        judge.column("cluster"),
        None if tune is None else tune.column("cluster"),
        None if slices is None else {"slice": slices},
    )


@dataclass(frozen=True)
class _Split:
    rows: dict[tuple[str, str], Row]
    examples: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, rows: list[Row], names: tuple[str, ...], split: str) -> _Split:
        found: dict[tuple[str, str], Row] = {}
        for row in rows:
            if (row.example, row.candidate) in found:
                raise DataError(
                    f"{row.candidate!r} has two {split} rows for example {row.example!r}: keep "
                    "one, or name repeats as examples of one cluster"
                )
            found[row.example, row.candidate] = row
        examples = tuple(dict.fromkeys(row.example for row in rows))
        for example in examples:
            for name in names:
                if (example, name) not in found:
                    raise DataError(
                        f"{name!r} has no {split} row for example {example!r}: score every "
                        "candidate on every example, counting a missing answer as wrong"
                    )
        return cls(found, examples, names)

    @property
    def losses(self) -> dict[str, NDArray[np.float64]]:
        return {
            name: np.array([self.rows[example, name].loss for example in self.examples])
            for name in self.names
        }

    def column(self, what: str) -> tuple[str, ...] | None:
        """Labels by example; None where no row has one, DataError where only some have."""
        labels = [self._label(example, what) for example in self.examples]
        if all(label is None for label in labels):
            return None
        missing = [e for e, label in zip(self.examples, labels, strict=True) if label is None]
        if missing:
            raise DataError(f"example {missing[0]!r} has no {what}: give one to all or to none")
        return tuple(str(label) for label in labels)

    def _label(self, example: str, what: str) -> Any:
        labels = {getattr(self.rows[example, name], what) for name in self.names} - {None}
        if len(labels) > 1:
            given = ", ".join(sorted(labels))
            raise DataError(f"example {example!r} has several of {what} ({given}): give it one")
        return next(iter(labels), None)


def _mean_energy(rows: list[Row], name: str) -> float | None:
    known = [r.energy_j for r in rows if r.candidate == name]
    given = [e for e in known if e is not None]
    return sum(given) / len(given) if given and len(given) == len(known) else None
