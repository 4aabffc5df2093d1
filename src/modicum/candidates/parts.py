"""Fitting the parts of a composed candidate from their recipes' names, outside a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.composed import Aim, Stage, close_all
from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.registry import find_recipe
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from modicum.candidates.composed import ComposedRecipe


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


def fit_parts(
    recipe: ComposedRecipe,
    fit: Examples,
    tune: Examples,
    name: str,
    seed: int,
    options: Mapping[str, object],
) -> tuple[list[Stage], Aim, dict[str, object]]:
    """Fit every named recipe and ask it on tune; the aim is the last one; the options that remain.

    The loss is 0 for the reference answer and 1 for any other.
    """
    names = part_names(name, recipe.parts_key, options)
    rest = {key: value for key, value in options.items() if key != recipe.parts_key}
    built: list[Candidate] = []
    try:
        for part in names:
            made = find_recipe(part).fit(fit, tune, name=part, seed=seed, options={})
            built.append(made)
        stages = [_asked(candidate, tune) for candidate in built]
    except BaseException:
        close_all(built)
        raise
    return stages, Aim(stages[-1].losses, 1.0, judge=max(len(tune), 1)), rest


def _asked(candidate: Candidate, tune: Examples) -> Stage:
    answers = candidate.answer(tune.inputs)
    losses = [float(v != r) for v, r in zip(answers.values, tune.references, strict=True)]
    confidence = answers.confidence or (None,) * len(tune)
    return Stage(candidate, answers.values, confidence, np.array(losses, np.float64))
