"""Progress on stderr: bars at a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from modicum.cli.logs import LOGGER, logs_are_json

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class Shown:
    """A study's progress, as bars at a terminal, as log lines otherwise."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._bar: TaskID | None = None
        self._logger = logging.getLogger(LOGGER)

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not logs_are_json():
            self._bars = _bars()
            self._bars.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def stage(self, title: str, total: int) -> None:
        """Begin a bar; the one before it is full."""
        self._logger.info("stage", extra={"fields": {"stage": title, "steps": total}})
        if self._bars is None:
            return
        if self._bar is not None:
            self._bars.update(self._bar, completed=self._bars.tasks[self._bar].total)
        self._bar = self._bars.add_task(title, total=total)

    def step(self, count: int = 1) -> None:
        """Advance the bar."""
        if self._bars is not None and self._bar is not None:
            self._bars.advance(self._bar, count)

    def note(self, text: str) -> None:
        """Say something above the bars."""
        if self._bars is not None:
            self._bars.console.print(text, style="yellow", markup=False)
        else:
            self._logger.warning(text)


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=36),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
