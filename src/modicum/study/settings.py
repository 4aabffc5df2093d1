"""The settings of a recipe, searched within the joules that [search] states.

A recipe states its `space`: for each option the values that may pay.  Optuna proposes (Akiba et
al. 2019, "Optuna: a next-generation hyperparameter optimization framework", KDD), by a tree of
Parzen estimators (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", NeurIPS);
what a proposal costs is metered here.  Every proposal learns from the same part of fit and is
compared on tune, so judge is free of all this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modicum.candidates.registry import find_recipe
from modicum.errors import MissingExtraError
from modicum.study.better import clearly_better, losses_on
from modicum.study.failing import surviving
from modicum.study.fitting import examples, fitted, part_of
from modicum.study.searching import FEWEST_ROWS
from modicum.study.trial import Trial
from modicum.study.used import Used, sum_of
from modicum.tasks import CandidateSection

if TYPE_CHECKING:
    from modicum.study.better import Losses
    from modicum.study.study import Study

SHARE = 0.25
"""Part of the fit split that proposals learn from, where the whole is worth a learning curve."""

Setting = dict[str, object]


def space_of(section: CandidateSection) -> dict[str, Sequence[object]]:
    """What may be searched: the recipe's space without what the task file fixes."""
    found: Mapping[str, Sequence[object]] = getattr(find_recipe(section.recipe), "space", {})
    return {name: values for name, values in found.items() if name not in section.options}


def search_settings(study: Study) -> None:
    """Give every candidate that has a space its best setting, within the joules of the task."""
    budget = study.task.spec.search.energy_j
    todo = [trial for trial in study.trials if space_of(trial.section)]
    if budget is None or not todo:
        return
    _optuna()  # better missed before any work
    study.progress.stage("settings", len(todo))
    spent: float | None = 0.0
    for at, trial in enumerate(todo):
        known = study.shelf.settings(trial)
        if known is None and spent is not None:
            search = SettingsSearch(study, trial, (budget - spent) / (len(todo) - at))
            known = search.run()
            study.shelf.store_settings(trial, known)
            spent = None if search.spent_j is None else spent + search.spent_j
        _take(trial, known or {"notes": [], "options": {}})
        study.progress.step()


def _take(trial: Trial, found: Mapping[str, Any]) -> None:
    given = {**trial.section.model_dump(), **found["options"]}
    trial.section = CandidateSection.model_validate(given)
    trial.notes += found["notes"]


@dataclass
class SettingsSearch:
    """One candidate's search; `spent_j` is None once a proposal's energy is not known."""

    study: Study
    trial: Trial
    budget_j: float
    spent_j: float | None = 0.0

    def run(self) -> dict[str, Any]:
        """The options to add to the candidate's own, and what to say of the search."""
        self.space = space_of(self.trial.section)
        self.rows = list(self.study.split.fit)
        if len(self.rows) >= FEWEST_ROWS:
            self.rows = part_of(self.rows, SHARE, self.study.task.spec.split.seed)
        self.tried: list[tuple[Setting, Losses | None]] = []
        self.dearest = 0.0
        default = self._losses({})
        if default is not None:
            self._propose(float(default.mean()))
        return self._chosen()

    def _propose(self, default: float) -> None:
        """Ask and tell until joules, proposals or the space are used up."""
        optuna = _optuna()
        sampler = optuna.samplers.TPESampler(seed=self.study.task.spec.split.seed)
        found = optuna.create_study(sampler=sampler)
        size, most = math.prod(map(len, self.space.values())), self.study.task.spec.search.trials
        known = self._known(default)
        for at in known:
            found.enqueue_trial(dict(zip(self.space, at, strict=True)))
        for _ in range(4 * most):  # some proposals come twice, and those cost nothing
            if len(known) >= min(size, most) or not self._affords():
                return
            asked = found.ask()
            at = tuple(asked.suggest_int(n, 0, len(v) - 1) for n, v in self.space.items())
            if at not in known:
                pairs = zip(self.space.items(), at, strict=True)
                losses = self._losses({name: values[i] for (name, values), i in pairs})
                known[at] = math.inf if losses is None else float(losses.mean())
            if math.isinf(known[at]):
                found.tell(asked, state=optuna.trial.TrialState.FAIL)
            else:
                found.tell(asked, known[at])

    def _known(self, default: float) -> dict[tuple[int, ...], float]:
        """The default's loss by its place in the space, where it has one."""
        own: Mapping[str, object] = getattr(find_recipe(self.trial.section.recipe), "defaults", {})
        if any(own.get(name) not in values for name, values in self.space.items()):
            return {}
        return {tuple(list(values).index(own[n]) for n, values in self.space.items()): default}

    def _affords(self) -> bool:
        """Whether another proposal as dear as the dearest stays within the joules."""
        left = self.study.budget.left_j(self.study.trials, self.study.other)
        most = math.inf if left is None else left
        if self.spent_j is None:
            return False
        return self.dearest <= min(self.budget_j - self.spent_j, most)

    def _losses(self, setting: Setting) -> Losses | None:
        """Losses on tune after learning with this setting; None where that cannot be done."""
        given = {**self.trial.section.model_dump(), **setting}
        section = CandidateSection.model_validate(given)
        losses = None
        study, untaken = self.study, lambda _: None
        with study.meter.window(f"search {self.trial.name}") as window, surviving(study, untaken):
            candidate, _ = fitted(study, replace(self.trial, section=section), self.rows)
            losses = losses_on(candidate, examples(study, study.split.tune))
            candidate.close()
        self._charge(Used.of(window.reading))
        self.tried.append((setting, losses))
        return losses

    def _charge(self, used: Used) -> None:
        self.trial.partial = sum_of([self.trial.partial, used])
        joules = used.energy_j.value
        if joules is None or self.spent_j is None:
            self.spent_j = None
            return
        self.spent_j += joules
        self.dearest = max(self.dearest, joules)

    def _chosen(self) -> dict[str, Any]:
        default = self.tried[0][1]
        if default is None:
            return {"options": {}, "notes": []}
        rated = [(s, losses) for s, losses in self.tried if losses is not None]
        best, losses = min(rated, key=lambda pair: float(pair[1].mean()))
        better = clearly_better(losses, default)
        spent = "an unknown energy" if self.spent_j is None else f"{self.spent_j:.3g} J"
        before, after = float(default.mean()), float(losses.mean())
        named = ", ".join(f"{name} {value}" for name, value in best.items())
        said = (
            f"{named}: loss on tune {before:.3g} to {after:.3g}"
            if better
            else "the default stays, for no other was better on tune by a standard error"
        )
        note = f"settings searched on fit and tune: {len(self.tried)} tried with {spent}; {said}"
        return {"options": best if better else {}, "notes": [note]}


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("a search of settings", "search") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
