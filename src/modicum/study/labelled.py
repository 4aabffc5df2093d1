"""What labelling gives: the rows with an answer, divided as they were, and what to say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from modicum.errors import DataError
from modicum.study.labeller import Labeller
from modicum.study.used import Used
from modicum.tasks import Dataset, Split


@dataclass
class Labelled:
    """Rows with an answer each, and what labelling them used.

    curve: examples of fit and accuracy on tune, by round.
    """

    dataset: Dataset
    split: Split
    used: list[Used]
    curve: list[tuple[int, float]]


def restricted(
    labeller: Labeller,
    split: Split,
    parts: tuple[list[int], list[int], list[int]],
    curve: list[tuple[int, float]],
    name: str,
) -> Labelled:
    """The data and the split with labelled rows only."""
    kept = [[i for i in rows if labeller.found.get(i)] for rows in parts]
    for what, rows in zip(("fit", "tune", "judge"), kept, strict=True):
        if not rows:
            raise DataError(
                f"{name!r} gave no answer to any row of the {what} split: see what it says with "
                "`modicum size` and a labelled task, or choose another"
            )
    order = sorted({i for rows in kept for i in rows})
    place = {row: at for at, row in enumerate(order)}
    data = labeller.dataset
    answers = [labeller.found[i] or "" for i in order]
    classes = tuple(sorted({*data.classes, *answers})) if data.classes else data.classes
    if labeller.section.form == "multi-label":
        classes = data.classes
    restricted = replace(
        data,
        inputs=tuple(data.inputs[i] for i in order),
        references=tuple(answers),
        classes=tuple(c for c in classes if c),
        columns={n: tuple(cells[i] for i in order) for n, cells in data.columns.items()},
        is_judge=None,
        rationales=_rationales(labeller, order),
        alternatives=data.alternatives and tuple(data.alternatives[i] for i in order),
        notes=(*data.notes, *_said(labeller, kept, curve, name)),
    )
    fit, tune, judge = (tuple(place[i] for i in rows) for rows in kept)
    clusters = tuple(split.clusters[i] for i in order)
    new = Split(fit, tune, judge, clusters, split.notes)
    return Labelled(restricted, new, labeller.used, curve)


def _rationales(labeller: Labeller, order: Sequence[int]) -> tuple[str, ...] | None:
    """Those of people's rows as the data has them, those of the others as the model gave them."""
    told = labeller.dataset.rationales
    if told is None and not labeller.reasons:
        return None
    kept = {i: told[i] for i in order if told and told[i]} | labeller.reasons
    return tuple(kept.get(i, "") for i in order)


def _said(
    labeller: Labeller, kept: list[list[int]], curve: list[tuple[int, float]], name: str
) -> list[str]:
    fit, tune, judge = (len(rows) for rows in kept)
    by_people = sum(i in labeller.gold for i in kept[2])
    told = (
        f"all {by_people} judge rows were labelled by people"
        if by_people == judge
        else f"right means the same as {name}: nobody else labelled {judge - by_people} of the "
        f"{judge} judge rows"
    )
    asked = sum(i not in labeller.gold for rows in kept for i in rows)
    notes = [
        *labeller.notes,
        f"{name} gave {asked} of the {fit + tune + judge} right answers; {told}",
    ]
    if curve:
        steps = ", ".join(f"{count}: {accuracy:.3f}" for count, accuracy in curve)
        notes.append(f"a quick student's accuracy on tune by examples of fit: {steps}")
    return notes
