"""One candidate's loss on one example, whatever tool wrote it."""

from __future__ import annotations

from dataclasses import dataclass

from modicum.errors import DataError


@dataclass(frozen=True, slots=True)
class Row:
    """loss in [0, 1]; split "judge" or "tune"; slice, cluster and energy_j (joules) where known."""

    example: str
    candidate: str
    loss: float
    split: str = "judge"
    slice: str | None = None
    cluster: str | None = None
    energy_j: float | None = None


YES = frozenset({"1", "true", "yes", "correct", "pass", "c"})
NO = frozenset({"0", "false", "no", "incorrect", "fail", "i"})


def loss_of_correct(value: object, where: str) -> float:
    """0.0 for a right answer, 1.0 for a wrong one, in the usual spellings.

    >>> loss_of_correct("True", "line 2"), loss_of_correct(0, "line 3")
    (0.0, 1.0)
    """
    text = str(value).strip().lower()
    text = text.removesuffix(".0")
    if text in YES:
        return 0.0
    if text in NO:
        return 1.0
    raise DataError(f"{where}: correct is {value!r}: give true or false, or 1 or 0")


def number(value: object, what: str, where: str) -> float:
    """A finite number, or DataError saying which cell was not one."""
    try:
        found = float(str(value))
    except ValueError:
        raise DataError(f"{where}: {what} is {value!r}: give a number") from None
    if found != found or found in (float("inf"), float("-inf")):
        raise DataError(f"{where}: {what} is {value!r}: give a finite number")
    return found
