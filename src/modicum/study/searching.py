"""Fitting what may pay: students learn on parts of the data first, and poor ones go no further.

The reference (or, for "best", the last student listed) is fitted whole and asked on tune.  Every
other student is then led through `decision.halving`.  Whatever is cheap to fit whole is fitted
whole at once; what lives elsewhere, learns nothing, or is a named part of another candidate is not
searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from modicum.candidates.registry import find_recipe
from modicum.candidates.student import StudentRecipe
from modicum.decision.halving import SHARES, Ask, Stakes, search
from modicum.study.fitting import fit_part, fit_whole, taken_up
from modicum.study.trial import Trial
from modicum.study.tuning import tune
from modicum.study.used import Used
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    from modicum.study.study import Study

CHEAP_J = 25.0
"""A whole fit that is expected to use less (some three CPU seconds) is worth no learning curve."""
FEWEST_ROWS = 1600
"""Fit rows below which a sixteenth of them teaches nothing that a curve could be drawn through."""
PART = 0.15
"""A candidate this much worse than the reference may still pay as the first stage of a cascade."""
MONTHS = 12
"""How long a decision is expected to serve, when the task gives a monthly volume."""


def fit_all(study: Study) -> None:
    """Fit every trial that is not searched whole, then lead the others through the search."""
    found = searched(study)
    later = found[1] if found else []
    study.progress.stage("fitting", len(study.trials) - len(later))
    for trial in study.trials:
        if trial not in later and not taken_up(study, trial):
            fit_whole(study, trial)
        study.progress.step(trial not in later)
    if found is not None:
        study.progress.stage("tuning", len(study.split.tune))
        tune(study, found[0], None)
        study.progress.stage("searching", len(later))
        Search(study, *found).run()


def searched(study: Study) -> tuple[Trial, list[Trial]] | None:
    """(the one to measure the others against, the students to search), or None where none is."""
    spec = study.task.spec
    if len(study.split.fit) < FEWEST_ROWS or is_set_metric(spec.task.metric):
        return None
    students = [t for t in study.trials if isinstance(find_recipe(t.section.recipe), StudentRecipe)]
    named = [t for t in study.trials if t.name == spec.adequate.named]
    anchor = named[0] if named else students[-1] if students else None
    others = [t for t in students if t is not anchor]
    return (anchor, others) if anchor is not None and others else None


@dataclass
class Search:
    """Leads the students of one study through their learning curves."""

    study: Study
    anchor: Trial
    trials: Sequence[Trial]
    spent: dict[str, float | None] = field(default_factory=dict)
    cheap: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Fit every trial whole, or mark it as excluded with the reason."""
        if self.anchor.status != "racing" or not self.anchor.tune.rows:
            for trial in self.trials:
                fit_whole(self.study, trial)
            return
        for trial in self.trials:
            if taken_up(self.study, trial):
                continue
            found = search({trial.name: [[trial.name]]}, self._stakes(trial), self._losses_of)
            reason = found.stopped.get(trial.name)
            if reason and trial.status == "racing":
                self._give_up(trial, reason)

    def _stakes(self, trial: Trial) -> Stakes:
        spec = self.study.task.spec
        reference = self.anchor.tune.array()
        if spec.adequate.ceiling is not None:
            reference = np.zeros_like(reference)
        monthly = spec.volume.requests_per_month
        margin = spec.adequate.ceiling or spec.adequate.margin
        return Stakes(
            reference,
            margin if self.study.composed_sections else max(margin, PART),
            len(self.study.split.judge),
            1 - spec.adequate.confidence,
            self._saved(),
            None if monthly is None else MONTHS * monthly,
            lambda ask: self._cost(trial, ask),
            lambda: self.study.budget.left_j(self.study.trials, self.study.other),
        )

    def _saved(self) -> dict[str, float]:
        """At most what the reference uses a request; not known where energy is not what counts.

        What serving it uses, not what asking it here used: recorded answers cost nothing to read.
        """
        serving, wanted = self.anchor.serving, self.study.task.spec.adequate.objective
        used = serving.energy_j.high if serving else None
        if used is None or wanted not in ("energy", "carbon"):
            return {}
        return {trial.name: used for trial in self.trials}

    def _cost(self, trial: Trial, ask: Ask) -> float | None:
        """From the last, smaller fit, in proportion; None before the first."""
        spent = self.spent.get(trial.name)
        return None if spent is None else spent * ask.share

    def _losses_of(self, ask: Ask) -> NDArray[np.float64]:
        trial = next(t for t in self.trials if t.name == ask.recipe)
        reference = self.anchor.tune.array()
        if trial.status != "racing":  # it failed on a smaller part
            return np.ones_like(reference)
        if ask.share == SHARES[-1]:
            fit_whole(self.study, trial)
            return reference
        if trial.name in self.cheap:
            return reference
        found = fit_part(self.study, trial, ask.share)
        if found is None:  # too few rows for it to learn from
            self.cheap.add(trial.name)
            return reference
        asked, used = found
        self.spent[trial.name] = whole = _scaled(used, ask.share)
        if whole is not None and whole < CHEAP_J:
            self.cheap.add(trial.name)
            return reference
        return asked.array()

    def _give_up(self, trial: Trial, reason: str) -> None:
        trial.status, trial.error = "excluded", reason
        trial.spared_j = self.spent.get(trial.name)
        self.study.progress.note(f"{trial.name}: {reason}")


def _scaled(used: Used, share: float) -> float | None:
    value = used.energy_j.value
    return None if value is None else value / share
