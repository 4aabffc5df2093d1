"""A candidate that says "out of scope" where it is not sure enough.

The threshold is chosen on tune, by the task's own loss, among the confidences seen there; 0 leaves
every answer as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_manifest, write_parts
from modicum.candidates.protocol import Answers, Candidate, Examples
from modicum.errors import ArtefactError, CandidateError, StorageError

_NAME = "out-of-scope"
_BASE = "base"


class OutOfScope:
    """Hands the base's answers on where their confidence reaches the threshold."""

    def __init__(self, base: Candidate, label: str, threshold: float) -> None:
        self.name, self.base, self.label, self.threshold = base.name, base, label, threshold

    @classmethod
    def fit(cls, base: Candidate, tune: Examples, label: str) -> OutOfScope | None:
        """The base with the best threshold on tune; None where it gives no confidence."""
        answers = base.answer(tune.inputs) if len(tune) else Answers(())
        sure = answers.confidence
        if not sure or any(s is None for s in sure):
            return None
        known = np.array([s or 0.0 for s in sure])
        as_given = np.array(tune.losses(answers.values))
        as_out = np.array(tune.losses((label,) * len(tune)))
        order = np.argsort(known, kind="stable")
        # Calling the k least sure ones out of scope costs this much, for every k.
        change = np.concatenate([[0.0], np.cumsum(as_out[order] - as_given[order])])
        rising = known[order]
        ends = [
            k for k in range(len(order) + 1) if k in (0, len(order)) or rising[k - 1] < rising[k]
        ]
        best = min(ends, key=lambda k: (round(float(change[k]), 9), k))
        if best in (0, len(order)):
            threshold = 0.0 if best == 0 else 1.1
        else:
            threshold = float((rising[best - 1] + rising[best]) / 2)
        return cls(base, label, threshold)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Those of the base."""
        return self.base.process_ids

    @property
    def remote(self) -> bool:
        """As the base."""
        return self.base.remote

    def answer(self, batch: Sequence[str]) -> Answers:
        """The base's answers; the label where it is not sure, with the doubt as confidence."""
        found = self.base.answer(batch)
        sure = found.confidence or (None,) * len(found)
        out = [s is not None and s < self.threshold for s in sure]
        values = tuple(self.label if o else v for o, v in zip(out, found.values, strict=True))
        doubt = tuple(1 - s if o and s is not None else s for o, s in zip(out, sure, strict=True))
        errors = found.errors and tuple(
            None if o else e for o, e in zip(out, found.errors, strict=True)
        )
        return replace(
            found, values=values, confidence=doubt, errors=errors, probabilities=None, classes=None
        )

    def save(self, folder: Path) -> None:
        """Write the base in a folder of its own, and the threshold."""
        try:
            (folder / _BASE).mkdir()
        except OSError as error:
            raise StorageError(f"{folder} cannot be written ({error}): choose another") from error
        self.base.save(folder / _BASE)
        write_parts(folder, _NAME, Parts({"label": self.label, "threshold": self.threshold}))
        write_manifest(folder, _NAME)

    def close(self) -> None:
        """Close the base."""
        self.base.close()


class OutOfScopeRecipe:
    """Loads what was wrapped; `out_of_scope` in the task wraps, not a candidate's table."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> OutOfScope:
        """Raises CandidateError always: name the recipe itself, and out_of_scope in [task]."""
        raise CandidateError(
            "'out-of-scope' is no recipe of its own: give out_of_scope = LABEL under [task], and "
            "every candidate says it where it is not sure"
        )

    def load(self, folder: Path, *, name: str) -> OutOfScope:
        """Raises ArtefactError for a foreign or tampered folder."""
        from modicum.candidates.registry import load_candidate

        document = read_parts(folder, _NAME).document
        label, threshold = document.get("label"), document.get("threshold")
        if not isinstance(label, str) or not isinstance(threshold, int | float):
            raise ArtefactError(f"{folder} holds no threshold: fit the candidate again")
        return OutOfScope(load_candidate(folder / _BASE, name=name), label, float(threshold))
