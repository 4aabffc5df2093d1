"""A candidate that fails is marked so, and the race goes on without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modicum.errors import BudgetError, CandidateError, MissingExtraError, StorageError
from modicum.study.trial import Trial

if TYPE_CHECKING:
    from modicum.study.study import Study


@contextmanager
def surviving(study: Study, failed: Callable[[Exception], None]) -> Iterator[None]:
    """Hand what a plug-in raises to `failed`, but for what ends the whole study."""
    try:
        yield
    except (StorageError, MissingExtraError, BudgetError):
        raise
    except Exception as error:  # a plug-in may raise anything
        if study.interrupted():
            raise KeyboardInterrupt from error
        failed(error)


@contextmanager
def going_on_without(study: Study, trial: Trial) -> Iterator[None]:
    """Mark a candidate that fails; the race goes on, unless it is the reference."""
    with surviving(study, lambda error: _failed(study, trial, error)):
        yield


def _failed(study: Study, trial: Trial, error: Exception) -> None:
    trial.fail(error)
    study.progress.note(f"{trial.name} failed: {trial.error}")
    if study.task.spec.adequate.named == trial.name:
        raise CandidateError(
            f"the reference {trial.name!r} failed, so nothing can be compared: {trial.error}"
        ) from error
