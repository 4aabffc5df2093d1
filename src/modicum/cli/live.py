"""What the gateway's live page is drawn from: the ledger's day, and the gateway's watches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.ledger import Ledger
    from modicum.report.live_view import LiveView, State, WatchShown
    from modicum.serve.keeper import Keeper
    from modicum.watch.state import TaskState


def drawing(ledger: Ledger, clock_ms: Callable[[], int], keeper: Keeper) -> Callable[[], str]:
    """Draws the page as it is now, from the states that the keeper holds anyway."""

    def draw() -> str:
        from modicum.report import render_live

        states = {name: kept.state for name, kept in sorted(keeper.kept.items())}
        return render_live(live_view(ledger, clock_ms(), states))

    return draw


def live_view(ledger: Ledger, now_ms: int, states: Mapping[str, TaskState]) -> LiveView:
    """The page's contents."""
    from modicum.ledger.period import read_today
    from modicum.report.live_view import LiveView

    today = read_today(ledger.engine, now_ms)
    shown = tuple(_shown(name, state) for name, state in states.items())
    at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return LiveView(today, shown, at)


def _shown(task: str, state: TaskState) -> WatchShown:
    from modicum.report.live_view import StreamShown, WatchShown
    from modicum.watch.summary import evidence, staleness, traffic

    alarmed = {alarm.stream for alarm in state.alarms}
    streams = tuple(
        StreamShown(
            name,
            state.watch.audits(name),
            state.watch.rate(name),
            stream.bound,
            state.watch.detectors[name].nearness,
            name in alarmed,
        )
        for name, stream in state.watch.streams.items()
    )
    said = evidence(state)
    return WatchShown(
        task,
        state.baseline.candidate,
        state.baseline.reference,
        _state(state),
        traffic(state),
        said[0].upper() + said[1:] + ".",
        staleness(state),
        streams,
    )


def _state(state: TaskState) -> State:
    now = state.share or 0.0
    if state.alarms:
        return "alarm"
    if state.changes:
        return "stale"
    if now <= 0:
        return "shadow"
    return "serving" if now >= 1 else "canary"
