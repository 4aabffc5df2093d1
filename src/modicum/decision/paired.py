"""Paired losses, checked: what every decision starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modicum.errors import DecisionError


@dataclass(frozen=True)
class PairedLosses:
    """Losses in [0, 1] of candidates and reference on the same n examples.

    losses: shape (n, candidates), columns in the order of `names`.  slices: mask by slice name.
    """

    names: tuple[str, ...]
    losses: NDArray[np.float64]
    reference_name: str
    reference: NDArray[np.float64]
    clusters: NDArray[Any] | None = None
    slices: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.reference)

    @property
    def differences(self) -> NDArray[np.float64]:
        """Candidate minus reference, shape (n, candidates)."""
        return self.losses - self.reference[:, None]

    def absolute(self) -> PairedLosses:
        """Beside a reference that is never wrong: differences are the losses themselves."""
        return replace(self, reference=np.zeros_like(self.reference))

    @property
    def binary(self) -> bool:
        """Whether every loss is 0 or 1."""
        return all(bool(np.all((x == 0) | (x == 1))) for x in (self.losses, self.reference))


def pair(
    losses: Mapping[str, ArrayLike],
    reference: str,
    *,
    clusters: ArrayLike | None = None,
    slices: Mapping[str, ArrayLike] | None = None,
    split: str = "judge",
) -> PairedLosses:
    """Check and gather; raises DecisionError for anything that cannot be decided on."""
    if reference not in losses:
        known = ", ".join(sorted(losses)) or "none"
        raise DecisionError(
            f"reference {reference!r} is not among the {split} losses ({known}): name one of them"
        )
    columns = {name: _column(name, values, split) for name, values in losses.items()}
    n = len(columns[reference])
    for name, column in columns.items():
        if len(column) != n:
            raise DecisionError(
                f"{name!r} has {len(column)} {split} losses and {reference!r} has {n}: "
                "pair them, one loss for each on every example"
            )
    names = tuple(name for name in columns if name != reference)
    matrix = np.column_stack([columns[k] for k in names]) if names else np.empty((n, 0))
    return PairedLosses(
        names,
        matrix,
        reference,
        columns[reference],
        None if clusters is None else one_each("clusters", clusters, n),
        slice_masks(slices or {}, n),
    )


def _column(name: str, values: ArrayLike, split: str) -> NDArray[np.float64]:
    try:
        column = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DecisionError(
            f"the {split} losses of {name!r} are not numbers ({error}): give losses in [0, 1]"
        ) from error
    if column.ndim != 1 or not len(column):
        raise DecisionError(
            f"the {split} losses of {name!r} have shape {column.shape}: "
            "give one loss per example, at least one"
        )
    if not np.all(np.isfinite(column)):
        at = int(np.flatnonzero(~np.isfinite(column))[0])
        raise DecisionError(
            f"{split} loss {at} of {name!r} is {column[at]}: "
            "score every example, or count an unusable answer as loss 1"
        )
    if column.min() < 0 or column.max() > 1:
        at = int(np.flatnonzero((column < 0) | (column > 1))[0])
        raise DecisionError(
            f"{split} loss {at} of {name!r} is {column[at]:g}: rescale losses to [0, 1]"
        )
    return column


def one_each(what: str, labels: ArrayLike, n: int) -> NDArray[Any]:
    """Labels as an array of shape (n,); DecisionError for another shape."""
    found = np.asarray(labels)
    if found.shape != (n,):
        raise DecisionError(
            f"{what} have shape {found.shape} for {n} examples: give one label each"
        )
    return found


def slice_masks(slices: Mapping[str, ArrayLike], n: int) -> dict[str, NDArray[np.bool_]]:
    """One mask for every value of every column, named "column=value"."""
    masks: dict[str, NDArray[np.bool_]] = {}
    for column, labels in slices.items():
        found = one_each(f"the labels of slice {column!r}", labels, n).astype(str)
        for value in np.unique(found):
            masks[f"{column}={value}"] = found == value
    return masks
