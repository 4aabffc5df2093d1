"""Served tasks inside somebody else's program: recognise, answer, audit, all without a gateway.

What plugs Modicum into another gateway (`litellm_provider`, `litellm_routing`) is built on it, and
so is any program of one's own:

    tasks = Tasks.load({"spam": "modicum-runs/demo"})
    outcome = tasks.answer("spam", [{"role": "user", "content": "WINNER! claim your prize"}])
    outcome.value is None   # then the strong model is to be asked
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from modicum.errors import ServeError
from modicum.serve.served import Outcome, ServedTask
from modicum.serve.settings import MoneySettings, Settings, TaskSettings, load_settings
from modicum.serve.template import last_user_text
from modicum.watch.auditor import Auditor

MOST_REMEMBERED = 1024
"""Outcomes kept for the call that follows a routing decision; the oldest go first."""
_MORE_THAN_TEXT = ("tools", "functions", "audio", "logprobs", "modalities")
Messages = Sequence[Mapping[str, Any]]


class Tasks:
    """Decisions by the name of their task.  Safe from many threads."""

    def __init__(self, tasks: Mapping[str, ServedTask]) -> None:
        if not tasks:
            raise ServeError("no task is given: name at least one decision's folder")
        self.tasks = dict(tasks)
        self.auditors: dict[str, Auditor] = {}
        self._outcomes: OrderedDict[tuple[str, str], Outcome] = OrderedDict()
        self._one = threading.Lock()
        self._auditing = ThreadPoolExecutor(2, thread_name_prefix="modicum-audit")

    @classmethod
    def load(cls, given: Mapping[str, str | Path | TaskSettings], reference: str = "") -> Tasks:
        """Load decisions' folders, or whole task settings (templates, a reference of their own).

        reference: the strong model of every task that names none, as the calling program knows it.

        Raises:
            ModicumError: a folder that cannot be loaded.
        """
        made = {}
        for name, each in given.items():
            settings = each if isinstance(each, TaskSettings) else TaskSettings(decision=Path(each))
            if settings.reference is None and reference:
                settings = settings.model_copy(update={"reference": reference})
            made[name] = ServedTask.load(name, settings, MoneySettings())
        return cls(made)

    @classmethod
    def from_config(cls, path: Path | str) -> Tasks:
        """The tasks of a gateway's TOML file; raises ModicumError."""
        settings: Settings = load_settings(Path(path))
        return cls({n: ServedTask.load(n, t, settings.money) for n, t in settings.tasks.items()})

    def text(self, name: str, messages: Messages, options: Mapping[str, Any]) -> str | None:
        """The input in the messages, or None where they ask for more than a plain answer."""
        task = self._task(name)
        if any(options.get(key) for key in _MORE_THAN_TEXT) or options.get("n") not in (None, 1):
            return None
        if task.template is None:
            return last_user_text(messages)
        return task.template.input_of(messages)

    def answer(
        self, name: str, messages: Messages, options: Mapping[str, Any] | None = None
    ) -> Outcome | None:
        """What the task's own stages come to; None where the messages are not for them.

        An outcome whose value is None was tried in vain: what it used is in its constants.  After
        an alarm of the task's auditor nothing is answered any more.
        """
        text = self.text(name, messages, options or {})
        if text is None or self.alarmed(name):
            return None
        with self._one:
            known = self._outcomes.pop((name, text), None)
        return known or self.tasks[name].answer_now(text)

    def keeps(self, name: str, messages: Messages, options: Mapping[str, Any]) -> bool:
        """Whether the small candidate answers this; the answer is kept for the call to come."""
        outcome = self.answer(name, messages, options)
        text = self.text(name, messages, options)
        if outcome is None or text is None:
            return False
        with self._one:
            self._outcomes[name, text] = outcome
            while len(self._outcomes) > MOST_REMEMBERED:
                self._outcomes.popitem(last=False)
        return outcome.value is not None

    def watch(self, name: str, auditor: Auditor) -> None:
        """Audit a share of a task's small answers; its alarm sends everything to the reference."""
        self._task(name)
        self.auditors[name] = auditor

    def alarmed(self, name: str) -> bool:
        """Whether the task's auditor has raised an alarm."""
        auditor = self.auditors.get(name)
        return auditor is not None and bool(auditor.watch.alarms)

    def audit(self, name: str, text: str, outcome: Outcome) -> None:
        """Perhaps look at an answer again, on a thread of its own; returns at once."""
        auditor = self.auditors.get(name)
        if auditor is not None and outcome.value is not None:
            self._auditing.submit(auditor.see, text, outcome.value, confidence=outcome.confidence)

    def close(self) -> None:
        """Finish the audits under way, release the candidates."""
        self._auditing.shutdown(wait=True)
        for task in self.tasks.values():
            task.close()

    def _task(self, name: str) -> ServedTask:
        found = self.tasks.get(name)
        if found is None:
            known = ", ".join(sorted(self.tasks))
            raise ServeError(f"there is no task {name!r} here: use one of {known}")
        return found
