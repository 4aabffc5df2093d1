"""Students fitted again on fit and tune together, once all that tune decides is decided.

The order of testing, what was given up, and every setting come from the students as first fitted,
whose answers on tune are honest.  What is judged and served is the student fitted again: judge has
seen neither, so the promise is about what is recommended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.candidates.registry import find_recipe
from modicum.candidates.student import StudentRecipe
from modicum.study.fitting import REFITTED, refit
from modicum.study.trial import Trial

if TYPE_CHECKING:
    from modicum.study.study import Study


def refit_all(study: Study) -> None:
    """Fit again every student still racing, where the task asks for it."""
    if not study.task.spec.split.refit:
        return
    students = [trial for trial in study.trials if _learns(study, trial)]
    study.progress.stage("fitting again", len(students))
    for trial in students:
        refit(study, trial)
        study.progress.step()


def _learns(study: Study, trial: Trial) -> bool:
    """Whether it can be fitted again and was not; a threshold for "out of scope" needs tune."""
    return (
        trial.status == "racing"
        and trial.candidate is not None
        and not trial.judge.rows
        and REFITTED not in trial.notes
        and isinstance(find_recipe(trial.section.recipe), StudentRecipe)
        and study.task.spec.task.out_of_scope is None
    )
