"""Fields of an extraction that are chosen among known values, each by a student of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.registry import find_recipe, load_candidate
from modicum.candidates.tagger_marks import placed
from modicum.errors import ArtefactError
from modicum.tasks.answers import read_fields
from modicum.tasks.field_values import Types

_STUDENT = "tfidf-logistic"
_QUOTED = 0.5  # the share of a field's values in its texts from which it is read off them
_SUPPORT = 3  # rows a value has on average, below which there is nothing to choose among
_LEAST = 2  # rows that a value needs to be learned as a class


class ClosedFields:
    """students: by field, the candidate whose classes are its values, or its only value.

    The class "" means that there is no value.
    """

    def __init__(self, students: Mapping[str, Candidate | str]) -> None:
        self.students = {field: students[field] for field in sorted(students)}

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are chosen here."""
        return tuple(self.students)

    def of(self, text: str) -> tuple[dict[str, object], float]:
        """The value of each field, and the probability of the least sure one."""
        values: dict[str, object] = {}
        sure = 1.0
        for field, student in self.students.items():
            if isinstance(student, str):
                values[field] = student
                continue
            found = student.answer((text,))
            values[field] = found.values[0]
            sure = min(sure, (found.confidence or (None,))[0] or 0.0)
        return values, sure

    @classmethod
    def fit(
        cls, fit: Examples, tune: Examples, fields: Sequence[str], types: Types, *, seed: int
    ) -> ClosedFields:
        """Students of the fields that are true or false, of listed values, or seldom quoted."""
        taught, chosen = _values(fit, fields), _values(tune, fields)
        return cls(
            {
                field: _student(fit, tune, taught[field], chosen[field], seed)
                for field in fields
                if _is_closed(field, fit, taught[field], types)
            }
        )

    def save(self, folder: Path) -> dict[str, str | None]:
        """Write each student into a folder of its own; the only values, None for a student."""
        for at, student in enumerate(self.students.values()):
            if not isinstance(student, str):
                place = folder / f"field-{at}"
                place.mkdir()
                student.save(place)
        return {f: s if isinstance(s, str) else None for f, s in self.students.items()}

    @classmethod
    def load(cls, folder: Path, told: Mapping[str, str | None]) -> ClosedFields:
        """As saved; raises ArtefactError."""
        if not all(isinstance(only, str | None) for only in told.values()):
            raise ArtefactError(f"{folder} lacks the values of its fields: fit again")
        return cls(
            {
                field: load_candidate(folder / f"field-{at}", name=field) if only is None else only
                for at, (field, only) in enumerate(sorted(told.items()))
            }
        )


def _values(examples: Examples, fields: Sequence[str]) -> dict[str, list[str]]:
    read = [read_fields(reference, fields) or {} for reference in examples.references]
    return {field: [found.get(field) or "" for found in read] for field in fields}


def _is_closed(field: str, fit: Examples, values: Sequence[str], types: Types) -> bool:
    kind = types.get(field, "text")
    if kind == "boolean" or isinstance(kind, list):
        return True
    told = [(text, value) for text, value in zip(fit.inputs, values, strict=True) if value]
    if kind == "list" or not told or len({v for _, v in told}) * _SUPPORT > len(told):
        return False
    quoted = sum(bool(placed(text, {field: value}, types)[1]) for text, value in told)
    return quoted < _QUOTED * len(told)


def _student(
    fit: Examples, tune: Examples, taught: Sequence[str], chosen: Sequence[str], seed: int
) -> Candidate | str:
    counts = Counter(taught)
    known = tuple(sorted(value for value, count in counts.items() if count >= _LEAST))
    if len(known) < 2:
        return counts.most_common(1)[0][0]
    return find_recipe(_STUDENT).fit(
        _rows(fit, taught, known), _rows(tune, chosen, known), name=_STUDENT, seed=seed, options={}
    )


def _rows(examples: Examples, values: Sequence[str], known: tuple[str, ...]) -> Examples:
    kept = [(t, v) for t, v in zip(examples.inputs, values, strict=True) if v in known]
    return Examples(tuple(t for t, _ in kept), tuple(v for _, v in kept), known)
