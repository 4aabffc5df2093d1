"""Which prompts were written by the same template: shingles that always occur together.

The words of a template stand in exactly the prompts that were made from it, so its shingles have
one and the same set of prompts, while those of what people write have sets of their own.  Shingles
are gathered by that set (exactly, through a sum of random numbers), and the sets, which for
templates lie within or beside each other, make a tree: a shared preamble above, its jobs below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Hashes = NDArray[np.uint64]

_MOST_GROUPS = 400
_SAME = 0.95  # Jaccard similarity from which two sets are one group seen through noise
_WITHIN = 0.97  # share of a group that lies in another one to be within it
_CROSSING = 0.1  # share of a group from which overlapping another one, not nested, is crossing it


@dataclass(eq=False)
class Group:
    """Prompts that share `shingles` distinctive shingles; `edges` of them open or end a message."""

    members: Ints
    shingles: int
    edges: int
    children: list[Group] = field(default_factory=list)
    crossed: float = 0.0  # share of the members that lie in groups across this one


def find_groups(sketches: Sequence[Hashes], fewest: int) -> list[Group]:
    """The topmost groups of at least `fewest` prompts, the heaviest first, with those below."""
    found = _by_same_members(sketches, fewest)
    return _tree(found, len(sketches)) if found else []


def _by_same_members(sketches: Sequence[Hashes], fewest: int) -> list[Group]:
    """Groups of shingles with exactly the same prompts, the heaviest first."""
    flat = np.concatenate(sketches)
    owner = np.repeat(np.arange(len(sketches), dtype=np.int32), [len(s) for s in sketches])
    order = np.argsort(flat, kind="stable")
    flat, owner = flat[order], owner[order]
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    counts = np.diff(np.concatenate([starts, [len(flat)]]))
    marks = np.random.default_rng(0).integers(1, 2**63, len(sketches), dtype=np.uint64)
    sums = np.add.reduceat(marks[owner], starts)
    often = np.flatnonzero(counts >= fewest)
    if not len(often):
        return []
    same, first, inverse = np.unique(sums[often], return_index=True, return_inverse=True)
    size = np.bincount(inverse, minlength=len(same))
    edges = np.bincount(inverse, weights=(flat[starts[often]] & np.uint64(1)).astype(float))
    weight = counts[often][first] * size
    heavy = [i for i in np.argsort(-weight, kind="stable") if size[i] >= 2][:_MOST_GROUPS]
    groups = []
    for i in heavy:
        at = often[first[i]]
        members = owner[starts[at] : starts[at] + counts[at]].astype(np.int64)
        groups.append(Group(members, int(size[i]), int(edges[i])))
    return groups


def _tree(groups: list[Group], prompts: int) -> list[Group]:
    groups = _merged(groups, prompts)
    shared = _overlaps(groups, prompts)
    sizes = np.array([len(g.members) for g in groups])
    top = []
    for i, group in enumerate(groups):
        inside = (shared[i] >= _WITHIN * sizes[i]) & (sizes > sizes[i])
        _cross(group, i, groups, shared, sizes)
        above = np.flatnonzero(inside)
        if len(above):
            groups[above[np.argmin(sizes[above])]].children.append(group)
        else:
            top.append(group)
    return top


def _merged(groups: list[Group], prompts: int) -> list[Group]:
    """Groups of nearly the same members as one: the heavier's members, all shingles."""
    shared = _overlaps(groups, prompts)
    sizes = np.array([len(g.members) for g in groups])
    kept: list[int] = []
    for i, group in enumerate(groups):
        alike = [j for j in kept if shared[i, j] >= _SAME * (sizes[i] + sizes[j] - shared[i, j])]
        if alike:
            groups[alike[0]].shingles += group.shingles
            groups[alike[0]].edges += group.edges
        else:
            kept.append(i)
    return [groups[i] for i in kept]


def _cross(
    group: Group, i: int, groups: list[Group], shared: NDArray[np.float64], sizes: Ints
) -> None:
    """How much of a group lies in others that neither hold it nor lie within it."""
    overlap = shared[i]
    across = (
        (overlap > _CROSSING * sizes[i])
        & (overlap < _WITHIN * sizes[i])
        & (overlap < _WITHIN * sizes)
    )
    others = [groups[j] for j in np.flatnonzero(across) if groups[j].shingles >= 4]
    if others:
        held = np.unique(np.concatenate([g.members for g in others]))
        group.crossed = len(np.intersect1d(held, group.members)) / len(group.members)


def _overlaps(groups: list[Group], prompts: int) -> NDArray[np.float64]:
    """How many members each two groups share, shape (groups, groups)."""
    from scipy.sparse import csr_array

    columns = np.concatenate([g.members for g in groups])
    rows = np.repeat(np.arange(len(groups)), [len(g.members) for g in groups])
    ones = np.ones(len(columns), np.float32)
    shape = (len(groups), prompts)
    table: Any = csr_array((ones, (rows, columns)), shape=shape)  # type: ignore[no-untyped-call]
    return np.asarray((table @ table.T).toarray(), np.float64)
