"""Fit, tune and judge: which row is in which split.

By default a row goes where the hash of its text sends it, together with its equals, its
near-duplicates and its group: nothing straddles two splits, and new rows move no old ones but those
they are related to.  By time, the newest rows are the judge.  Classes that the hash left without
examples to fit get some back from tune, then judge; that looks at labels only, never at answers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from modicum.errors import DataError
from modicum.tasks.dataset import Dataset, column_of
from modicum.tasks.spec import SplitSection
from modicum.tasks.text import clusters, content_hash, root, union

_FEWEST_TO_FIT = 2
_ORDER = 1_000_003  # added to the seed, so that the order is not the hash that split the rows


@dataclass(frozen=True)
class Split:
    """Row numbers of each split, tune and judge mixed, and the cluster of each row of the data."""

    fit: tuple[int, ...]
    tune: tuple[int, ...]
    judge: tuple[int, ...]
    clusters: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 of the three lists of rows."""
        return sha256(repr((self.fit, self.tune, self.judge)).encode()).hexdigest()


def split(dataset: Dataset, section: SplitSection) -> Split:
    """Divide the rows; raises DataError when a split would be empty."""
    near = clusters(dataset.inputs)
    block = _merged(near, column_of(dataset, section.group)) if section.group else near
    place = _places(dataset, section, block)
    notes: list[str] = []
    if dataset.is_judge is not None:
        place, note = _without_leaks(place, block, dataset.is_judge)
        notes += note
    moved = 0
    if dataset.is_judge is None and section.time is None:
        moved = _feed_small_classes(dataset, place, block, section.seed)
    if moved:
        notes.append(f"{moved} rows were moved into fit so that every class can be learned")
    parts = [tuple(i for i, p in enumerate(place) if p == k) for k in range(3)]
    for name, rows in zip(("fit", "tune", "judge"), parts, strict=True):
        if not rows:
            raise DataError(
                f"the {name} split is empty ({len(dataset)} rows in {max(block) + 1} groups of "
                "related rows): add data, or change [split]"
            )
    tune, judge = (_mixed(dataset.inputs, rows, section.seed) for rows in parts[1:])
    return Split(parts[0], tune, judge, tuple(near), tuple(notes))


def _mixed(inputs: Sequence[str], rows: Sequence[int], seed: int) -> tuple[int, ...]:
    """Rows in an order that says nothing of where they stood in the file.

    Tests that bet on one example after another, and the first hundred that stand for all, need
    examples that come as if drawn at random; files are often sorted.
    """
    return tuple(sorted(rows, key=lambda i: (content_hash(inputs[i], _ORDER + seed), i)))


def _places(dataset: Dataset, section: SplitSection, block: Sequence[int]) -> list[int]:
    if section.time is not None:
        return _by_time(column_of(dataset, section.time), section, block)
    if dataset.is_judge is None:
        return _by_hash(dataset.inputs, block, section.fractions, section.seed)
    fit, tune, _ = section.fractions
    shares = (fit / (fit + tune), tune / (fit + tune), 0.0)
    rest = _by_hash(dataset.inputs, block, shares, section.seed)
    return [2 if judge else p for judge, p in zip(dataset.is_judge, rest, strict=True)]


def _by_hash(
    inputs: Sequence[str], block: Sequence[int], shares: tuple[float, float, float], seed: int
) -> list[int]:
    """Every block goes where the smallest hash among its rows sends it."""
    smallest: dict[int, float] = {}
    for text, b in zip(inputs, block, strict=True):
        smallest[b] = min(smallest.get(b, 1.0), content_hash(text, seed))
    sizes = Counter(block)
    # The minimum of n uniform hashes is not uniform: 1 - (1 - h)^n is.
    level = {b: 1 - (1 - h) ** sizes[b] for b, h in smallest.items()}
    return [_third(level[b], shares) for b in block]


def _third(level: float, shares: tuple[float, float, float]) -> int:
    if level < shares[0]:
        return 0
    return 1 if level < shares[0] + shares[1] or shares[2] == 0 else 2


def _by_time(cells: Sequence[object], section: SplitSection, block: Sequence[int]) -> list[int]:
    """The newest share is the judge; a block lies where its oldest row lies, so no future leaks."""
    moments = _moments(cells, section.time or "")
    oldest: dict[int, float] = {}
    for moment, b in zip(moments, block, strict=True):
        oldest[b] = min(oldest.get(b, moment), moment)
    order = sorted(oldest[b] for b in block)
    n, (fit, tune, _) = len(block), section.fractions
    place_at: dict[float, int] = {}
    for rank, moment in enumerate(order):  # rows of one moment stay together
        place_at.setdefault(moment, 0 if rank < fit * n else 1 if rank < (fit + tune) * n else 2)
    return [place_at[oldest[b]] for b in block]


def _moments(cells: Sequence[object], name: str) -> list[float]:
    """Numbers sort as numbers, dates as dates; anything else is refused."""
    moments: list[float] = []
    for cell in cells:
        if isinstance(cell, datetime):
            moments.append(_timestamp(cell))
            continue
        text = str(cell).strip()
        try:
            moments.append(float(text))
        except ValueError:
            try:
                read = datetime.fromisoformat(text)
            except ValueError:
                raise DataError(
                    f"column {name!r} holds {text[:40]!r}: an ISO 8601 date or a number was wanted"
                ) from None
            moments.append(_timestamp(read))
    return moments


def _timestamp(moment: datetime) -> float:
    """Seconds since 1970; a moment without a zone is read as UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _merged(near: Sequence[int], groups: Sequence[object]) -> list[int]:
    """Blocks that keep near-duplicates together and groups together."""
    parent = list(range(len(near)))
    first: dict[tuple[str, object], int] = {}
    for i, (cluster, group) in enumerate(zip(near, groups, strict=True)):
        for key in (("near", cluster), ("group", str(group))):
            union(parent, i, first.setdefault(key, i))
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(parent, i), len(numbers)) for i in range(len(near))]


def _without_leaks(
    place: list[int], block: Sequence[int], is_judge: Sequence[bool]
) -> tuple[list[int], list[str]]:
    """Rows of the data that repeat a judge row are left out of fit and tune."""
    judged = {b for b, judge in zip(block, is_judge, strict=True) if judge}
    leaks = [i for i, b in enumerate(block) if b in judged and not is_judge[i]]
    for i in leaks:
        place[i] = -1
    if not leaks:
        return place, []
    return place, [
        f"{len(leaks)} rows repeat or nearly repeat a judge row and were left out of fit and tune"
    ]


def _feed_small_classes(dataset: Dataset, place: list[int], block: Sequence[int], seed: int) -> int:
    """Move whole blocks into fit for classes with fewer than two examples there; counts rows."""
    rows_of: defaultdict[int, list[int]] = defaultdict(list)
    for i, b in enumerate(block):
        rows_of[b].append(i)
    by_class: defaultdict[str, list[int]] = defaultdict(list)
    for i in range(len(dataset)):
        for name in dataset.classes_of(i):
            by_class[name].append(i)
    moved = 0
    for name in dataset.classes:
        have = sum(place[i] == 0 for i in by_class[name])
        spare = [i for i in by_class[name] if place[i] > 0]
        spare.sort(key=lambda i: (place[i], content_hash(dataset.inputs[i], seed), i))
        for i in spare:
            if have >= _FEWEST_TO_FIT:
                break
            if place[i] == 0:
                continue
            for j in rows_of[block[i]]:
                place[j] = 0
                moved += 1
                have += name in dataset.classes_of(j)
    return moved
