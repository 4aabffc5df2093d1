"""Building and judging candidates made of others, from answers that were given already.

Nothing is asked twice and no second server starts: a composed candidate is built from its parts'
answers on tune, and judged from their answers on judge.  It is charged what serving it would use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from modicum.candidates.composed import Aim, Composed, ComposedRecipe, Path_, Stage
from modicum.candidates.gathering import joined_usage
from modicum.candidates.parts import part_names
from modicum.candidates.protocol import Usage
from modicum.candidates.registry import find_recipe
from modicum.errors import CandidateError, ModicumError, TaskError
from modicum.study.asking import Asked
from modicum.study.composed_serving import serve_composed
from modicum.study.footprint import per_request
from modicum.study.likely import likely_cascades
from modicum.study.progress import Silent
from modicum.study.trial import Trial
from modicum.study.used import NOTHING, Used
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


def compose_all(study: Study, reference: Trial) -> list[Trial]:
    """Every composed candidate of the task, or those that could pay where it names none."""
    sections = study.composed_sections or likely_cascades(study, reference)
    built = []
    for section in sections:
        trial = Trial(section, key="")
        try:
            with study.meter.window(f"fit {trial.name}") as window:
                paths, rows = _compose(study, trial, reference)
            trial.fitting = Used.of(window.reading)
        except ModicumError as error:
            trial.status, trial.error = "failed", str(error)
            study.progress.note(f"{trial.name} failed: {error}")
        else:
            at = {row: i for i, row in enumerate(rows)}
            tune = [paths[at[row]] for row in study.split.tune]
            trial.tune = along(tune, [t.tune for t in _parts(study, trial)])
            trial.serving = serve_composed(study, trial, _parts(study, trial), tune)
        built.append(trial)
    return built


def judge_composed(study: Study, composed: Sequence[Trial]) -> None:
    """Judge answers of every composed candidate, as far as all of its parts were judged."""
    for trial in composed:
        if trial.candidate is None:
            continue
        parts = _parts(study, trial)
        asked = [part.judge for part in parts]
        count = min(len(one.rows) for one in asked)
        inputs = [study.dataset.inputs[row] for row in asked[0].rows[:count]]
        answered = [(one.values[:count], one.confidence[:count]) for one in asked]
        candidate = cast("Composed", trial.candidate)
        names = [part.name for part in parts]
        order = [names.index(stage.name) for stage in candidate.stages]
        found = candidate.paths(inputs, [answered[i] for i in order])
        trial.judge = along([tuple(order[i] for i in path) for path in found], asked)


def along(paths: Sequence[Path_], asked: Sequence[Asked]) -> Asked:
    """What was answered along these paths; no energy, for nothing was asked."""
    whole = Asked(used=NOTHING)
    for at, path in enumerate(paths):
        last = asked[path[-1]]
        whole.rows.append(last.rows[at])
        whole.values.append(last.values[at])
        whole.confidence.append(last.confidence[at])
        whole.losses.append(last.losses[at])
        told = [asked[i].usage[at] for i in path if asked[i].usage[at] != Usage()]
        whole.usage.append(joined_usage(told))
        if last.values[at] is None and last.errors:
            whole.errors.append(last.errors[0])
    return whole


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


def _parts(study: Study, trial: Trial) -> list[Trial]:
    by_name = {t.name: t for t in study.trials}
    return [by_name[name] for name in parts_of(trial.section)]


def _compose(study: Study, trial: Trial, reference: Trial) -> tuple[list[Path_], list[int]]:
    """Build it; returns the path of each example that it was built on, and their rows."""
    parts = _parts(study, trial)
    for part in parts:
        if part.status != "racing" or len(part.tune.rows) < len(study.split.tune):
            raise CandidateError(
                f"its part {part.name!r} was not asked to the end on tune "
                f"({part.error or 'it was hopeless'}): leave it out"
            )
    recorded = [*parts, reference]
    free = all(hasattr(part.candidate, "answer_rows") for part in recorded)
    rows = [*(study.split.fit if free else []), *study.split.tune]
    stages = [stage_of(study, part, free=free) for part in parts]
    _check_costs(stages)
    aim = aim_of(study, stage_of(study, reference, free=free))
    recipe = cast("ComposedRecipe", find_recipe(trial.section.recipe))
    options = {k: v for k, v in trial.section.options.items() if k != recipe.parts_key}
    trial.candidate, paths = recipe.compose(
        stages,
        [study.dataset.inputs[row] for row in rows],
        aim,
        name=trial.name,
        seed=study.task.spec.split.seed,
        options=options,
    )
    return paths, rows


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


def _check_costs(stages: Sequence[Stage]) -> None:
    unknown = [stage.name for stage in stages if stage.cost is None]
    if unknown:
        raise CandidateError(
            f"nobody can say what it uses, because that is not known of {unknown[0]!r}: give "
            "prices, or columns for cost, energy_j or tokens"
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
