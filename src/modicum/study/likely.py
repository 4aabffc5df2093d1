"""Which cascades a study tries by itself: where a larger reference stands above, if it can pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.candidates.cascade import CascadeRecipe
from modicum.candidates.cascade_fit import choose_thresholds, path_cost, path_losses
from modicum.candidates.composed import Aim, Stage
from modicum.candidates.front import expected_saving
from modicum.study.stages import aim_of, stage_of
from modicum.study.trial import Trial
from modicum.tasks import CandidateSection, is_set_metric

if TYPE_CHECKING:
    from modicum.study.study import Study

LARGER = 3.0
"""How many times a first stage's cost the reference must cost: two calls have to pay."""

TRIED, KEPT = 3, 1
"""First stages that are tried on stored answers, and cascades that join the race."""

WORTH = 0.02
"""Further share of the reference's cost that must be expected to be saved, for each that joins."""


def likely_cascades(study: Study, reference: Trial) -> list[CandidateSection]:
    """From answers on tune that were given already; none where it cannot pay."""
    last = stage_of(study, reference, free=False)
    if not study.task.spec.adequate.compose or last.cost is None:
        return []
    if is_set_metric(study.task.spec.task.metric):
        return []
    aim = aim_of(study, last)
    whole = [t for t in study.trials if _whole(study, t) and t is not reference]
    stages = [stage_of(study, trial, free=False) for trial in whole]
    alone = max((_worth(stage, aim) for stage in stages), default=0.0)
    firsts = [stage for stage in stages if _can_be_first(stage, last.cost)]
    firsts.sort(key=lambda stage: float(stage.losses.mean()))
    names = {trial.name for trial in study.trials}
    found = []
    for stage in firsts[:TRIED]:
        worth = _worth_before(stage, last, aim, study.task.spec.split.seed)
        name = f"cascade-{stage.name}"
        if worth > alone + WORTH and name not in names:
            found.append((worth, _section(name, stage, last)))
    found.sort(key=lambda pair: -pair[0])
    return [section for _, section in found[:KEPT]]


def _whole(study: Study, trial: Trial) -> bool:
    asked = len(trial.tune.rows) == len(study.split.tune)
    return trial.status == "racing" and trial.screened is None and asked


def _can_be_first(stage: Stage, cost: float) -> bool:
    sure = any(c is not None for c in stage.confidence)
    return sure and stage.cost is not None and stage.cost * LARGER <= cost


def _worth(stage: Stage, aim: Aim) -> float:
    return 0.0 if stage.cost is None else expected_saving(stage.losses, stage.cost, aim)


def _worth_before(first: Stage, last: Stage, aim: Aim, seed: int) -> float:
    _, paths = choose_thresholds([first, last], aim, seed)
    stages = [first, last]
    return expected_saving(path_losses(stages, paths), path_cost(stages, paths), aim)


def _section(name: str, first: Stage, last: Stage) -> CandidateSection:
    given = {"recipe": CascadeRecipe.name, "name": name, "stages": [first.name, last.name]}
    return CandidateSection.model_validate(given)
