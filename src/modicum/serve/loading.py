"""The tasks of the settings, loaded, and refused where nobody accepted what was not proven."""

from __future__ import annotations

from pathlib import Path

from modicum.decision.consent import demand
from modicum.errors import ServeError
from modicum.serve.served import ServedTask
from modicum.serve.settings import Settings


def load_tasks(settings: Settings) -> dict[str, ServedTask]:
    """Every task of the settings, by name; raises ModicumError where one cannot be loaded."""
    if "auto" in settings.tasks:
        raise ServeError("a task cannot be called 'auto', which recognises tasks: rename it")
    found = {
        name: ServedTask.load(name, each, settings.money, shadow=settings.watch.shadow)
        for name, each in settings.tasks.items()
    }
    for task in found.values():
        check_consent(task, settings)
    return found


def check_consent(task: ServedTask, settings: Settings) -> None:
    """Refuse to answer with what is not proven for a slice, unless a person accepted it by name.

    In the shadow the reference answers, so nobody's quality is at stake.  Raises DecisionError.
    """
    if settings.watch.shadow:
        return
    folder = Path(task.settings.decision)
    demand(
        task.decision,
        folder,
        f"let who answers for it say so, with --accept-slices NAME or `modicum approve {folder} "
        "--slice COLUMN=VALUE --name NAME`, or serve with --shadow",
    )
