"""What a decision is made of: a race that was run, whether just now or read back from evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from modicum.study.rules import Rules
from modicum.study.trial import Trial
from modicum.study.used import Used
from modicum.tasks import Dataset, Split, Task


class Raced(Protocol):
    """A finished race: `study.Study` after its last answer, or `evidence.Evidence`."""

    @property
    def task(self) -> Task:
        """What was asked."""
        ...

    @property
    def dataset(self) -> Dataset:
        """The rows."""
        ...

    @property
    def split(self) -> Split:
        """Which row was in which split."""
        ...

    @property
    def trials(self) -> list[Trial]:
        """Every candidate with what was found."""
        ...

    @property
    def other(self) -> list[Used]:
        """What was used beside the trials: reading data, deciding."""
        ...

    @property
    def rules(self) -> Rules:
        """By what it is decided."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """When it was decided."""
        ...

    def tune_loss(self, trial: Trial) -> float:
        """A candidate's loss on the tune examples it was asked."""
        ...
