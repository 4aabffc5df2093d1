"""The commonest answer, whatever the input: what every other candidate must beat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.errors import ArtefactError, CandidateError

_NAME = "majority"


class Majority:
    """Answers the commonest class; its confidence is the share that class had."""

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, classes: Sequence[str], shares: Sequence[float]) -> None:
        if len(classes) != len(shares) or not classes:
            raise CandidateError(f"{len(classes)} classes, {len(shares)} shares: give one each")
        self.name, self.classes, self.shares = name, tuple(classes), tuple(shares)
        self._best = self.shares.index(max(self.shares))

    def answer(self, batch: Sequence[str]) -> Answers:
        """The same answer for every input."""
        count = len(batch)
        if len(self.classes) == 1:  # a written answer, which has no classes beside it
            return Answers(self.classes * count, (self.shares[0],) * count)
        return Answers(
            values=(self.classes[self._best],) * count,
            confidence=(self.shares[self._best],) * count,
            probabilities=np.tile(np.array(self.shares, np.float32), (count, 1)),
            classes=self.classes,
        )

    def save(self, folder: Path) -> None:
        """Write classes and shares."""
        write_parts(folder, _NAME, Parts({"classes": self.classes, "shares": self.shares}))

    def close(self) -> None:
        """Nothing was opened."""


class MajorityRecipe:
    """Counts the fit split's answers."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Majority:
        """Raises CandidateError without examples."""
        read_options(_NAME, options, {})
        if not fit.references:
            raise CandidateError("recipe 'majority' got no fit examples: give at least one")
        counts = Counter(fit.references)
        if fit.form != "classify":
            (answer, times) = counts.most_common(1)[0]
            return Majority(name, (answer,), (times / len(fit.references),))
        shares = [counts[c] / len(fit.references) for c in fit.classes]
        return Majority(name, fit.classes, shares)

    def load(self, folder: Path, *, name: str) -> Majority:
        """Raises ArtefactError for a foreign or tampered folder."""
        document = read_parts(folder, _NAME).document
        classes, shares = document.get("classes"), document.get("shares")
        if not isinstance(classes, list) or not isinstance(shares, list):
            raise ArtefactError(f"{folder} holds no classes and shares: fit the candidate again")
        return Majority(name, classes, shares)
