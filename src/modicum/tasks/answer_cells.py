"""A cell of the data as an answer: a reference and a recorded answer are read alike, here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modicum.errors import DataError
from modicum.tasks.answers import (
    Fields,
    cell_text,
    read_fields,
    read_labels,
    write_fields,
    write_labels,
)
from modicum.tasks.spec import TaskSection


def read_answer(cell: object, section: TaskSection | None) -> str | None:
    """The answer that a cell holds, in the form that references have; None where it holds none.

    Without a section it is a class.  An empty cell is the empty set where answers are sets of
    labels; of a list of written answers the first counts.  Raises DataError saying what was wanted
    where the cell is no such answer.
    """
    if section is not None and section.multi_label:
        labels = labels_of("" if is_null(cell) else cell, section.separator)
        if labels is None:
            raise DataError(f"{wanted_labels(section)}, got {cell!r:.40}")
        return write_labels(labels)
    if is_null(cell):
        return None
    if section is not None and section.kind == "extract":
        fields = fields_of(cell, section.fields)
        if fields is None:
            raise DataError(f"{wanted_fields(section)}, got {cell!r:.40}")
        return fields_text(fields, section)
    if section is not None and section.kind == "generate":
        return next(iter(written_of(cell)), None) or None
    return cell_text(cell)


def wanted_labels(section: TaskSection) -> str:
    """What a set of labels looks like in the data."""
    return f"a list, or texts joined by {section.separator!r}, was wanted"


def wanted_fields(section: TaskSection) -> str:
    """What the fields of an extraction look like in one column."""
    return f"a JSON object with {', '.join(section.fields)} was wanted"


def labels_of(cell: Any, separator: str) -> list[str] | None:
    """A list, or texts joined by the separator; an empty text is the empty set, None is neither."""
    if isinstance(cell, str):
        if cell.lstrip()[:1] == "[":
            found = read_labels(cell)
            return None if found is None else sorted(found)
        return [label.strip() for label in cell.split(separator) if label.strip()]
    if not isinstance(cell, list):
        return None
    texts = [cell_text(label) for label in cell]
    return [t for t in texts if t] if all(isinstance(c, str | int) for c in cell) else None


def fields_of(cell: Any, names: Sequence[str]) -> Fields | None:
    """The fields of a JSON object, as text or parsed; none of "", None where it is no object."""
    if cell == "":
        return {}
    return read_fields(cell_text(cell) or "", names)


def fields_text(found: Mapping[str, object], section: TaskSection) -> str:
    """The fields that were found as the answer of this extraction."""
    return write_fields(section.fields, found, section.types)


def written_of(cell: Any) -> list[str]:
    """The right answers that a cell holds: the texts of a list, or its one text."""
    return [cell_text(one) or "" for one in (cell if isinstance(cell, list) else [cell])]


def is_null(cell: Any) -> bool:
    """Whether a cell holds nothing: None, blanks or NaN."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell != cell
