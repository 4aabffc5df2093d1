"""Building and judging candidates made of others, from answers that were given already.

Nothing is asked twice and no second server starts: a composed candidate is built from its parts'
answers on tune, and judged from their answers on judge.  It is charged what serving it would use.

Where tune is too small to say which thresholds will be proven, it only proposes them: one setting
chosen as usual, a safer and a bolder one, each a candidate that judge tests (Learn then Test, for
which see `stats.learn_then_test`; the procedure over settings is the decision's own, whose order
and shares come from tune).  Whether so is decided by the size of tune, before judge is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from modicum.candidates.composed import Composed, ComposedRecipe, Path_
from modicum.candidates.gathering import joined_usage
from modicum.candidates.protocol import Usage
from modicum.candidates.registry import find_recipe
from modicum.errors import (
    CandidateError,
    MissingExtraError,
    ModicumError,
    StorageError,
)
from modicum.study.asking import Asked
from modicum.study.composed_serving import serve_composed
from modicum.study.likely import likely_cascades
from modicum.study.stages import aim_of, check_costs, parts_of, stage_of
from modicum.study.trial import Trial
from modicum.study.used import NOTHING, Used
from modicum.tasks import CandidateSection

if TYPE_CHECKING:
    from modicum.study.study import Study


ENOUGH = 2000
"""Tune examples from which on they choose a setting alone: `benchmarks/thresholds.py` shows what
several settings save beyond that one, and how it shrinks as tune grows."""

LARGEST = 0.5
"""Level at which a setting counts as proven that only looks good enough."""

SETTINGS = {"safer": 0.1, "bolder": 6.0}
"""By name: levels, in parts of the usual one, at which a setting's chance of a proof is weighed."""


def compose_all(study: Study, reference: Trial) -> list[Trial]:
    """Every composed candidate of the task, or those that could pay where it names none."""
    sections = study.composed_sections or _likely(study, reference)
    study.progress.stage("composing", len(sections))
    built = []
    for section in sections:
        built += _settings(study, section, reference)
        study.progress.step()
    return built


def _settings(study: Study, section: CandidateSection, reference: Trial) -> list[Trial]:
    """The candidate; and others of it where judge is to say which of its settings is proven."""
    first = _tried(study, section, reference, 1.0)
    if first.status == "failed" or len(study.split.tune) >= ENOUGH:
        return [first]
    found = [first]
    taken = {s.name for s in (*study.composed_sections, *(t.section for t in study.trials))}
    for word, times in SETTINGS.items():
        name = f"{section.name}-{word}"
        if name in taken:
            continue
        trial = _tried(study, section.model_copy(update={"name": name}), reference, times)
        if trial.status != "failed" and all(_differ(trial, other) for other in found):
            trial.notes.append(f"a {word} setting of {section.name}: judge tests it beside it")
            found.append(trial)
    if len(found) > 1:
        first.notes.append(
            f"{len(found)} settings of it are tested on judge (Learn then Test): tune has "
            f"{len(study.split.tune)} examples, and from {ENOUGH} on they choose alone"
        )
    return found


def _differ(one: Trial, other: Trial) -> bool:
    """Whether they hand on different tune examples."""
    return one.tune.values != other.tune.values or one.tune.losses != other.tune.losses


def _tried(study: Study, section: CandidateSection, reference: Trial, level: float) -> Trial:
    """Built at a setting; marked as failed where it cannot be."""
    trial = Trial(section, key="")
    try:
        _compose(study, trial, reference, level)
    except (StorageError, MissingExtraError):
        raise
    except ModicumError as error:
        _failed(study, trial, str(error))
    return trial


def _likely(study: Study, reference: Trial) -> list[CandidateSection]:
    with study.meter.window("cascades") as window:
        found = likely_cascades(study, reference)
    study.other.append(Used.of(window.reading))
    return found


def _failed(study: Study, trial: Trial, error: str) -> None:
    """Its parts stay open: they are candidates of their own."""
    trial.status, trial.error = "failed", error
    study.progress.note(f"{trial.name} failed: {error}")


def judge_composed(study: Study, composed: Sequence[Trial]) -> None:
    """Judge answers of every composed candidate; one with a part not judged to the end fails."""
    for trial in composed:
        if trial.candidate is None:
            continue
        parts = _parts(study, trial)
        asked = [part.judge for part in parts]
        short = [p.name for p in parts if len(p.judge.rows) < len(study.split.judge)]
        if short:
            _failed(study, trial, f"its part {short[0]!r} was not judged to the end")
            continue
        inputs = [study.dataset.inputs[row] for row in study.split.judge]
        answered = [(one.values, one.confidence) for one in asked]
        candidate = cast("Composed", trial.candidate)
        names = [part.name for part in parts]
        order = [names.index(stage.name) for stage in candidate.stages]
        found = candidate.paths(inputs, [answered[i] for i in order])
        paths = [tuple(order[i] for i in path) for path in found]
        trial.judge = along(paths, asked)
        trial.notes.append(_reach(parts, paths))


def _reach(parts: Sequence[Trial], paths: Sequence[Path_]) -> str:
    """How many requests reach each part, in a sentence."""
    told = [
        f"{sum(at in path for path in paths) / len(paths):.1%} reach {part.name}"
        for at, part in enumerate(parts)
    ]
    return f"of the judge examples {', '.join(told)}"


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


def _parts(study: Study, trial: Trial) -> list[Trial]:
    by_name = {t.name: t for t in study.trials}
    return [by_name[name] for name in parts_of(trial.section)]


def _compose(study: Study, trial: Trial, reference: Trial, level: float) -> None:
    """Build it, and work out its tune answers and what serving it would use."""
    with study.meter.window(f"fit {trial.name}") as window:
        paths, rows = _built(study, trial, reference, level)
    trial.fitting = Used.of(window.reading)
    at = {row: i for i, row in enumerate(rows)}
    tune = [paths[at[row]] for row in study.split.tune]
    trial.tune = along(tune, [part.tune for part in _parts(study, trial)])
    trial.serving = serve_composed(study, trial, _parts(study, trial), tune)


def _built(
    study: Study, trial: Trial, reference: Trial, level: float
) -> tuple[list[Path_], list[int]]:
    """The path of each example that it was built on, and their rows."""
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
    check_costs(stages)
    aim = aim_of(study, stage_of(study, reference, free=free))
    aim = replace(aim, alpha=min(aim.alpha * level, LARGEST))
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
