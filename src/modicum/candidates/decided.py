"""The recommended candidate of a decision, ready to answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from modicum.candidates.protocol import Candidate
from modicum.candidates.registry import load_candidate
from modicum.decision.document import DecisionDocument, FigureDocument, read_decision
from modicum.errors import ArtefactError, CandidateError
from modicum.figures import Figure
from modicum.tasks.answers import read_fields, read_labels

FOLDER = "recommended"


Data = list[str] | dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """One answer; `energy_j` is what the study found one request to use.

    value: a class or text; JSON text where an answer has parts.
    data: those parts: the labels of a set, or the fields of an extraction.
    """

    value: str | None
    confidence: float | None
    energy_j: Figure
    error: str | None = None
    data: Data = None


class Decided:
    """A decision and the candidate it recommends.

    >>> import modicum  # doctest: +SKIP
    >>> modicum.load("modicum-runs/question-type").answer(["Where is it?"])  # doctest: +SKIP
    """

    def __init__(self, decision: DecisionDocument, candidate: Candidate) -> None:
        self.decision, self.candidate = decision, candidate
        footprint = decision.candidate(decision.recommended).footprint
        self.energy_j = _per_request(footprint.energy_j if footprint else None)

    @classmethod
    def load(cls, folder: Path) -> Decided:
        """Load what `modicum size` wrote into `folder`.

        Raises:
            ArtefactError: no decision there, or a file that was tampered with or is foreign.
            CandidateError: the recommended candidate cannot answer new inputs.
        """
        decision = read_decision(folder)
        place = folder / FOLDER
        expected = decision.fingerprints.recommended
        if expected is None:
            raise CandidateError(
                f"{decision.recommended!r} is recorded answers, which cannot answer anything new: "
                "name a candidate in the task that can"
            )
        return cls(decision, load_unchanged(place, expected, name=decision.recommended))

    def answer(self, inputs: Sequence[str]) -> list[Answer]:
        """Answer each input, in order."""
        if isinstance(inputs, str):
            raise CandidateError("answer got one text: give a list of texts")
        found = self.candidate.answer(list(inputs))
        confidence = found.confidence or (None,) * len(found)
        errors = found.errors or (None,) * len(found)
        rows = zip(found.values, confidence, errors, strict=True)
        return [Answer(v, sure, self.energy_j, error, self._data(v)) for v, sure, error in rows]

    def _data(self, text: str | None) -> Data:
        task = self.decision.task
        if text is None or (task.kind != "extract" and not task.multi_label):
            return None
        labels = read_labels(text) if task.multi_label else None
        if labels is not None:
            return sorted(labels)
        found = read_fields(text, task.fields)
        return found if found is None or not task.types else dict(json.loads(text))

    def close(self) -> None:
        """Release what the candidate opened."""
        self.candidate.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        self.close()


def load_unchanged(place: Path, digest: str, *, name: str) -> Candidate:
    """The candidate in a folder; raises ArtefactError unless the folder has this digest."""
    if not place.is_dir() or folder_digest(place) != digest:
        raise ArtefactError(
            f"{place} is not the candidate this decision was made about: it was changed or is "
            "incomplete, so run `modicum size` again"
        )
    return load_candidate(place, name=name)


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files of a folder."""
    digest = sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _per_request(energy: FigureDocument | None) -> Figure:
    return energy.figure() if energy else Figure.unknown("J", "the decision does not tell")
