"""Fitting the parts of a composed candidate from their recipes' names, outside a study."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

import numpy as np

from modicum.candidates.composed import Aim, Composed, Path_, Stage, close_all
from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.registry import find_recipe
from modicum.errors import CandidateError

Made = TypeVar("Made", bound=Composed)


class ComposingRecipe(ABC, Generic[Made]):
    """A recipe that makes a candidate of others; `parts_key` is the option that names them."""

    name: ClassVar[str]
    parts_key: ClassVar[str]

    @abstractmethod
    def compose(
        self,
        stages: Sequence[Stage],
        inputs: Sequence[str],
        aim: Aim,
        *,
        name: str,
        seed: int,
        options: dict[str, object],
    ) -> tuple[Made, list[Path_]]:
        """The candidate, and the path of each example by one that had not seen its outcome."""

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Made:
        """Build every part by its recipe's name, in the order given, small to large.

        Costs are not measured here: the first part counts nothing, each further one a call.  A
        study names other candidates instead and calls `compose` with what it measured.
        """
        names = part_names(name, self.parts_key, options)
        rest = {key: value for key, value in options.items() if key != self.parts_key}
        stages, aim = _fitted(names, fit, tune, seed)
        try:
            return self.compose(stages, tune.inputs, aim, name=name, seed=seed, options=rest)[0]
        except BaseException:
            close_all([stage.candidate for stage in stages])
            raise


def part_names(name: str, key: str, options: Mapping[str, object]) -> list[str]:
    """The names that a composed candidate's table gives; raises CandidateError."""
    given = options.get(key)
    if not isinstance(given, list) or len(given) < 2 or not all(isinstance(n, str) for n in given):
        raise CandidateError(
            f"candidate {name!r} has {key} = {given!r:.60}: give a list of at least two names"
        )
    if len(set(given)) < len(given):
        raise CandidateError(f"candidate {name!r} has a name twice in {key}: give each once")
    return [str(n) for n in given]


def _fitted(
    names: Sequence[str], fit: Examples, tune: Examples, seed: int
) -> tuple[list[Stage], Aim]:
    """Fit every named recipe and ask it on tune; the aim is the last one.

    The loss is 0 for the reference answer and 1 for any other.
    """
    built: list[Candidate] = []
    try:
        for part in names:
            made = find_recipe(part).fit(fit, tune, name=part, seed=seed, options={})
            built.append(made)
        stages = [_asked(candidate, tune) for candidate in built]
    except BaseException:
        close_all(built)
        raise
    return stages, Aim(stages[-1].losses, 1.0, judge=max(len(tune), 1))


def _asked(candidate: Candidate, tune: Examples) -> Stage:
    answers = candidate.answer(tune.inputs)
    losses = [float(v != r) for v, r in zip(answers.values, tune.references, strict=True)]
    confidence = answers.confidence or (None,) * len(tune)
    return Stage(candidate, answers.values, confidence, np.array(losses, np.float64))
