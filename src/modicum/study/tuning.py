"""Measuring everybody on tune, and finding the reference there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.errors import CandidateError
from modicum.study.failing import going_on_without
from modicum.study.hopeless import Hopeless, never
from modicum.study.serving import lives_elsewhere, serving_of
from modicum.study.stages import parts_of
from modicum.study.trial import Trial
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    from modicum.study.study import Study

BEST = "best"
"""In place of a reference's name: the candidate of least loss on tune."""


def tune_all(study: Study) -> Trial:
    """Measure everybody on tune; returns the reference."""
    racing = [trial for trial in study.trials if trial.status == "racing"]
    wanted = study.task.spec.adequate.named
    racing.sort(key=lambda t: (t.name != wanted, lives_elsewhere(t.candidate)))
    study.progress.stage("tuning", len(racing) * len(study.split.tune))
    best: Trial | None = None
    for trial in racing:
        tune(study, trial, best)
        if trial.status != "racing" or trial.screened is not None:
            continue
        if best is None or (wanted == BEST and study.tune_loss(trial) < study.tune_loss(best)):
            best = trial
    if best is None:
        causes = "; ".join(f"{t.name}: {t.error}" for t in study.trials if t.error)
        raise CandidateError(f"no candidate could be measured on tune: {causes}")
    return best


def tune(study: Study, trial: Trial, rival: Trial | None) -> None:
    """Ask one candidate on tune; one that is asked elsewhere stops once it is hopeless."""
    if trial.serving is not None or trial.candidate is None:
        study.progress.step(len(study.split.tune))
        return
    slow = lives_elsewhere(trial.candidate)
    needed = any(trial.name in parts_of(section) for section in study.composed_sections)
    stop = _hopeless(study, rival) if slow and not needed else None
    with going_on_without(study, trial):
        rows = study.split.tune
        study.asker.ask(trial.candidate, rows, study.progress, stop or never, trial.tune)
        trial.serving = serving_of(study, trial)
    if trial.status == "failed":
        return
    if stop is not None and stop(trial.tune) and rival is not None:
        trial.screened = {"e_value": stop.e_value, "count": stop.count, "rival": rival.name}
    study.progress.step(len(study.split.tune) - len(trial.tune.rows))
    study.shelf.store_tune(trial)


def _hopeless(study: Study, rival: Trial | None) -> Hopeless | None:
    """A set metric has no loss of one example, so nobody is called hopeless by it."""
    if rival is None or is_set_metric(study.task.spec.task.metric):
        return None
    if study.task.spec.adequate.ceiling is not None:
        return None
    return Hopeless(rival.tune, study.task.spec.adequate.margin)
