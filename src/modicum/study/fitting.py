"""Fitting a candidate: whole, on a part of the data, or again once tune has decided."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.llm import LLMCandidate
from modicum.candidates.llm_processes import on_this_machine
from modicum.candidates.out_of_scope import OutOfScope
from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.registry import find_recipe
from modicum.errors import CandidateError
from modicum.study.asking import Asked
from modicum.study.failing import going_on_without
from modicum.study.progress import Silent
from modicum.study.rationales import lessons, taught
from modicum.study.serving import lives_elsewhere, serving_of
from modicum.study.trial import Trial
from modicum.study.used import Used, sum_of
from modicum.tasks import CandidateSection, Dataset
from modicum.tasks.spec import TaskSection

if TYPE_CHECKING:
    from modicum.study.study import Study

REFITTED = "fitted again on fit and tune together, after tune had decided all it decides"


def taken_up(study: Study, trial: Trial) -> bool:
    """Whether a stopped run had fitted it already."""
    if not (study.resume and study.shelf.restore(trial)):
        return False
    kept = options_of(study, trial.section).get("cache")
    if isinstance(trial.candidate, LLMCandidate) and isinstance(kept, str):
        trial.candidate.keep_responses(Path(kept))  # which no saved candidate names
    # A candidate with a server of its own opens it now, so that it can be metered.
    getattr(trial.candidate, "open", lambda: None)()
    return True


def fit_whole(study: Study, trial: Trial) -> None:
    """Fit it on all of the fit split; a candidate that fails is marked so."""
    with going_on_without(study, trial):
        rows = study.split.fit
        trial.candidate, trial.fitting = taught(
            study, trial, rows, lambda more: fitted(study, trial, rows, more=more)
        )
        trial.notes += getattr(trial.candidate, "notes", ())  # what fitting has to tell
        trial.fit_cost = sum(u.cost or 0.0 for u in getattr(trial.candidate, "spent", ()))
        study.shelf.store_candidate(trial)


def refit(study: Study, trial: Trial) -> None:
    """Fit a student again on fit and tune, and measure anew what serving it uses."""
    with going_on_without(study, trial):
        found = trial.rationales or {}
        more = lessons(study, study.split.fit) if found.get("used") else None
        again, used = fitted(study, trial, study.split.fit, refit=True, more=more)
        trial.close()
        trial.candidate, trial.fitting = again, sum_of([trial.fitting, used])
        kept = [note for note in trial.notes if note.startswith("rationales")]
        trial.notes = [*getattr(again, "notes", ()), *kept, REFITTED]
        trial.serving = serving_of(study, trial)
        study.shelf.store_candidate(trial)
        study.shelf.store_tune(trial)


def fit_part(study: Study, trial: Trial, share: float) -> tuple[Asked, Used] | None:
    """Tune answers after a fit on part of the fit split, and what the fit used.

    None where the part is too small for the recipe, or the candidate failed.
    """
    rows = part_of(study.split.fit, share, study.task.spec.split.seed)
    found: tuple[Asked, Used] | None = None
    with going_on_without(study, trial), suppress(CandidateError):
        candidate, used = fitted(study, trial, rows)
        asked = study.asker.ask(candidate, study.split.tune, Silent())
        candidate.close()
        trial.partial = sum_of([trial.partial, used, asked.used])
        trial.curve.append((len(rows), float(asked.array().mean())))
        found = asked, used
    return found


def fitted(
    study: Study,
    trial: Trial,
    rows: Sequence[int],
    *,
    refit: bool = False,
    more: Examples | None = None,
) -> tuple[Candidate, Used]:
    """The trial's candidate, fitted on these rows and further examples, and what that used."""
    recipe, seed = find_recipe(trial.section.recipe), study.task.spec.split.seed
    fit, tune = examples(study, rows), examples(study, study.split.tune)
    fit = fit if more is None else fit.joined(more)
    options = options_of(study, trial.section) | ({"refit": True} if refit else {})
    if study.shown is not None and study.task.spec.adequate.named == trial.name:
        fit, tune = study.shown, study.shown.none()
        options = options_of(study, trial.section) | (study.labeller or {})
    with study.meter.window(f"fit {trial.name}") as window:
        candidate = recipe.fit(fit, tune, name=trial.name, seed=seed, options=options)
        candidate = _in_scope(study, candidate, tune)
    return candidate, Used.of(window.reading)


def _in_scope(study: Study, candidate: Candidate, tune: Examples) -> Candidate:
    """The candidate with its threshold for "out of scope", where the task has such an answer.

    One that is asked elsewhere is told of the answer as a class and is not asked twice.
    """
    label = study.task.spec.task.out_of_scope
    if label is None or lives_elsewhere(candidate):
        return candidate
    return OutOfScope.fit(candidate, tune, label) or candidate


def options_of(study: Study, section: CandidateSection) -> dict[str, object]:
    """The candidate's own keys; paths in them are relative to the task file."""
    options = section.options
    paths = ("gguf", "path", "model_path", "file", "cache")
    for key in (*paths, "model") if section.recipe == "model2vec" else paths:
        if isinstance(given := options.get(key), str):
            options[key] = str(study.task.folder / given)
    url = options.get("base_url")
    if section.recipe == "llm" and isinstance(url, str) and not on_this_machine(url):
        options.setdefault("cache", str(study.out / "responses"))  # nothing is paid for twice
    return options


def examples(study: Study, rows: Sequence[int]) -> Examples:
    """Rows of the study's data as examples."""
    return examples_of(study.dataset, rows, study.task.spec.task)


def examples_of(take: Dataset, rows: Sequence[int], section: TaskSection) -> Examples:
    """Rows of the data as examples."""
    every = Examples(
        take.inputs, take.references, take.classes, take.columns, section, take.alternatives
    )
    return every.taken(rows)


def part_of(rows: Sequence[int], share: float, seed: int) -> list[int]:
    """A random part of the rows, in order; the part of a smaller share lies in that of a larger."""
    order = np.random.default_rng(seed).permutation(len(rows))
    count = max(2, round(share * len(rows)))
    return sorted(rows[i] for i in order[:count])
