"""The right answers of a task's rows, read by its kind and checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from modicum.errors import DataError
from modicum.tasks.answers import Fields, cell_text, read_fields, write_fields, write_labels
from modicum.tasks.spec import TaskSection
from modicum.tasks.table import Table

_SHOWN = 5


@dataclass(frozen=True)
class References:
    """One text per row, the classes among them, and further right answers where there are some."""

    texts: tuple[str, ...]
    classes: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, ...], ...] | None = None


def read_references(table: Table, section: TaskSection, *, unlabelled: bool) -> References:
    """Raises DataError naming the first rows that do not fit.

    unlabelled: rows without a reference are allowed and have "".
    """
    if section.reference is None and section.kind != "extract":
        return References(("",) * len(table), tuple(sorted(section.classes)))
    readers: dict[str, Callable[[Table, TaskSection, bool], References]] = {
        "classify": _classes,
        "multi-label": _label_sets,
        "extract": _fields,
        "generate": _written,
    }
    return readers[section.form](table, section, unlabelled)


def _classes(table: Table, section: TaskSection, unlabelled: bool) -> References:
    cells = _cells(table, section, unlabelled)
    _refuse(
        table,
        section,
        [i for i, cell in enumerate(cells) if not _is_name(cell)],
        "are not a class name",
        "a text or a whole number was wanted",
    )
    texts = tuple(cell_text(cell) or "" for cell in cells)
    return References(texts, _known(set(texts) - {""}, section))


def _is_name(cell: Any) -> bool:
    """A float without a rest is a whole number: tables with gaps hold whole numbers so."""
    return isinstance(cell, str | int) or (isinstance(cell, float) and cell.is_integer())


def _label_sets(table: Table, section: TaskSection, unlabelled: bool) -> References:
    sets = [_labels(cell, section.separator) for cell in _cells(table, section, True)]
    rows = [i for i, found in enumerate(sets) if found is None]
    what = "are no lists of labels"
    _refuse(
        table, section, rows, what, f"a list, or texts joined by {section.separator!r}, was wanted"
    )
    every = {label for found in sets for label in found or ()}
    return References(tuple(write_labels(found or ()) for found in sets), _known(every, section))


def _labels(cell: Any, separator: str) -> list[str] | None:
    """An empty cell is the empty set."""
    if isinstance(cell, str):
        if cell.lstrip()[:1] == "[":
            from modicum.tasks.answers import read_labels

            found = read_labels(cell)
            return None if found is None else sorted(found)
        return [label.strip() for label in cell.split(separator) if label.strip()]
    if not isinstance(cell, list):
        return None
    texts = [cell_text(label) for label in cell]
    return [t for t in texts if t] if all(isinstance(c, str | int) for c in cell) else None


def _known(found: set[str], section: TaskSection) -> tuple[str, ...]:
    if not section.classes:
        return tuple(sorted(found))
    strange = sorted(found - set(section.classes))
    if strange:
        raise DataError(
            f"{strange[0]!r} is a reference, but not among classes in [task]: add it there, "
            "or leave classes out"
        )
    return tuple(sorted(section.classes))


def _fields(table: Table, section: TaskSection, unlabelled: bool) -> References:
    names = section.fields
    if section.reference is None:
        columns = [table.column(name) for name in names]
        rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        return References(tuple(write_fields(names, row, section.types) for row in rows))
    cells = _cells(table, section, unlabelled)
    found = [_object(cell, names) for cell in cells]
    wrong = [i for i, fields in enumerate(found) if fields is None]
    _refuse(table, section, wrong, "are no JSON object", f"one with {', '.join(names)} was wanted")
    if not unlabelled and all(value is None for f in found for value in (f or {}).values()):
        raise DataError(
            f"no reference in column {section.reference!r} has any of the fields "
            f"{', '.join(names)}: correct fields in [task]"
        )
    return References(
        tuple(
            "" if cell == "" else write_fields(names, f or {}, section.types)
            for cell, f in zip(cells, found, strict=True)
        )
    )


def _object(cell: Any, names: Sequence[str]) -> Fields | None:
    if cell == "":
        return {}
    return read_fields(cell_text(cell) or "", names)


def _written(table: Table, section: TaskSection, unlabelled: bool) -> References:
    rows = [
        cell if isinstance(cell, list) else [cell] for cell in _cells(table, section, unlabelled)
    ]
    texts = [[cell_text(cell) or "" for cell in row] for row in rows]
    empty = [i for i, row in enumerate(texts) if not row or (not unlabelled and not all(row))]
    _refuse(table, section, empty, "are an empty list", "at least one answer was wanted")
    if section.metric == "regex":
        _check_patterns(table, section, texts)
    more = tuple(tuple(row[1:]) for row in texts)
    return References(tuple(row[0] for row in texts), (), more if any(more) else None)


def _check_patterns(table: Table, section: TaskSection, texts: Sequence[Sequence[str]]) -> None:
    wrong = [i for i, row in enumerate(texts) if not all(_is_pattern(text) for text in row)]
    _refuse(
        table, section, wrong, "are no regular expression", "metric = 'regex' needs one in each"
    )


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _cells(table: Table, section: TaskSection, unlabelled: bool) -> list[Any]:
    """The reference column; empty cells are "" where they are allowed, else refused."""
    cells = table.column(section.reference or "")
    null = [i for i, cell in enumerate(cells) if is_null(cell)]
    if null and not unlabelled:
        raise DataError(
            f"{len(null)} rows have no reference in column {section.reference!r}, the first at "
            f"{shown_rows(table, null)}: label them or remove them"
        )
    return ["" if is_null(cell) else cell for cell in cells]


def _refuse(
    table: Table, section: TaskSection, rows: Sequence[int], what: str, wanted: str
) -> None:
    if rows:
        raise DataError(
            f"{len(rows)} references in column {section.reference!r} {what}, the first at "
            f"{shown_rows(table, rows)}: {wanted}"
        )


def check_classes(references: Sequence[str], section: TaskSection) -> None:
    """Raise DataError for a single class, or for classes with too few examples."""
    counts = Counter(references)
    del counts[""]
    if not counts and len(section.classes) > 1:
        return
    if not counts:
        raise DataError("no row has a reference: name the possible answers as classes in [task]")
    if len(counts) < 2:
        only = next(iter(counts))
        raise DataError(
            f"every reference is {only!r}: a task to classify needs at least two classes"
        )
    if section.out_of_scope is not None and section.out_of_scope not in counts:
        raise DataError(
            f"out_of_scope is {section.out_of_scope!r}, which no reference is: label some inputs "
            "so, or leave it out"
        )
    least = 1 if len(counts) < len(references) and "" in set(references) else section.min_examples
    rare = sorted(name for name, count in counts.items() if count < least)
    if rare:
        fewest = min(counts.values())
        more = f" and {len(rare) - 1} more classes" if len(rare) > 1 else ""
        raise DataError(
            f"class {rare[0]!r}{more} has only {counts[rare[0]]} of the {least} examples "
            f"that each class needs: add some, or accept it with min_examples = {fewest} "
            "under [task]"
        )


def is_null(cell: Any) -> bool:
    """Whether a cell holds nothing: None, blanks or NaN."""
    return cell is None or (isinstance(cell, str) and not cell.strip()) or cell != cell


def shown_rows(table: Table, rows: Sequence[int]) -> str:
    """File and line of the first few of these rows, each file named once."""
    found: dict[str, list[str]] = {}
    for name, line in (table.origins[i] for i in rows[:_SHOWN]):
        found.setdefault(name, []).append(str(line))
    shown = ", ".join(f"{name} line {', '.join(lines)}" for name, lines in found.items())
    return shown + (", ..." if len(rows) > _SHOWN else "")
