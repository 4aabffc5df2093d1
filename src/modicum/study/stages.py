"""Finished trials as parts of other candidates, and what a task's tables say of such parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from modicum.candidates.composed import Aim, ComposedRecipe, Stage
from modicum.candidates.parts import part_names
from modicum.candidates.registry import find_recipe
from modicum.errors import CandidateError, TaskError
from modicum.study.asking import Asked
from modicum.study.footprint import per_request
from modicum.study.progress import Silent
from modicum.study.trial import Trial
from modicum.tasks import CandidateSection

if TYPE_CHECKING:
    from modicum.study.study import Study


def is_composed(section: CandidateSection) -> bool:
    """Whether its recipe makes a candidate of others; raises CandidateError for an unknown one."""
    return isinstance(find_recipe(section.recipe), ComposedRecipe)


def parts_of(section: CandidateSection) -> list[str]:
    """The names of the candidates it is made of; none for one that is not composed."""
    recipe = find_recipe(section.recipe)
    if not isinstance(recipe, ComposedRecipe):
        return []
    return part_names(section.name, recipe.parts_key, section.options)


def check_parts(composed: Sequence[CandidateSection], plain: Sequence[str], best: str) -> None:
    """Refuse a part that is not a plain candidate of the task, before any work."""
    for section in composed:
        if section.name == best:
            raise TaskError(
                f"the reference {best!r} is made of other candidates: name one of them instead"
            )
        for part in parts_of(section):
            if part not in plain:
                raise TaskError(
                    f"{section.name!r} is made of {part!r}, which is not a plain candidate of the "
                    f"task: there are {', '.join(plain)}"
                )


def stage_of(study: Study, trial: Trial, *, free: bool) -> Stage:
    """A finished trial as a part; recorded answers on fit are free, and nobody was fitted there."""
    import numpy as np

    if trial.candidate is None:
        raise CandidateError(f"{trial.name} was not built")
    asked = trial.tune
    if free:
        first = study.asker.ask(trial.candidate, study.split.fit, Silent())
        asked = Asked(
            values=[*first.values, *asked.values],
            confidence=[*first.confidence, *asked.confidence],
            losses=[*first.losses, *asked.losses],
        )
    return Stage(
        trial.candidate,
        tuple(asked.values),
        tuple(asked.confidence),
        np.array(asked.losses, np.float64),
        cost_of(study, trial),
    )


def aim_of(study: Study, reference: Stage) -> Aim:
    """What the task asks of a candidate, beside the reference."""
    adequate = study.task.spec.adequate
    return Aim(
        reference.losses,
        math.inf if reference.cost is None else reference.cost,
        adequate.margin,
        1 - adequate.confidence,
        len(study.split.judge),
    )


def cost_of(study: Study, trial: Trial) -> float | None:
    """What one request costs, in what the task minimises."""
    if trial.serving is None:
        return None
    wanted = study.task.spec.adequate.objective
    if wanted == "latency":
        return trial.serving.p50_ms
    remote = bool(trial.candidate and trial.candidate.remote)
    found = per_request(trial.serving, study.task.spec.volume, remote=remote)
    return {"energy": found.energy_j, "carbon": found.carbon_g, "cost": found.cost}[wanted].value


def check_costs(stages: Sequence[Stage]) -> None:
    """Raise CandidateError for a part of which nobody knows what it uses."""
    unknown = [stage.name for stage in stages if stage.cost is None]
    if unknown:
        raise CandidateError(
            f"nobody can say what it uses, because that is not known of {unknown[0]!r}: give "
            "prices, or columns for cost, energy_j or tokens"
        )
