"""The options that name a wall meter, shared by the commands that meter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.errors import MeterError

if TYPE_CHECKING:
    from modicum.metering import Source

WallOption = Annotated[
    Path | None, typer.Option("--wall", help="CSV that a wall meter writes: time,watts.")
]
PrometheusOption = Annotated[
    str | None, typer.Option("--prometheus", help="Address of a Prometheus server.")
]
QueryOption = Annotated[
    str | None, typer.Option("--query", help="PromQL in watts for this machine.")
]


def wall_source(wall: Path | None, prometheus: str | None, query: str | None) -> Source | None:
    """The source that the options name, if any; raises MeterError where they contradict."""
    if wall is not None and prometheus is not None:
        raise MeterError("--wall and --prometheus were both given: give one meter")
    if wall is not None:
        from modicum.metering.replay import WallLog

        return WallLog(wall)
    if prometheus is not None:
        from modicum.metering.prometheus import Prometheus

        if not query:
            raise MeterError("--prometheus needs --query: the PromQL that gives watts")
        return Prometheus(prometheus, query)
    return None
