from __future__ import annotations

import asyncio
import threading
import time

import pytest

from modicum.errors import MeterError
from modicum.metering import Meter, Reading, Session, metered
from modicum.metering.session import current, meter


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_session_holds_the_windows_opened_inside_it() -> None:
    with meter("job", sources=()) as job:
        with job.window("load"):
            burn(0.05)
        with job.window("answer"):
            pass
    assert [r.name for r in job.readings] == ["load", "answer"]
    assert job.reading.cpu_seconds >= job.readings[0].cpu_seconds >= 0.04


def test_a_decorated_function_joins_the_session_around_it() -> None:
    seen: list[Reading] = []

    @metered("work", on_reading=seen.append)
    def work(seconds: float) -> str:
        burn(seconds)
        return "done"

    with meter(sources=()) as job:
        assert work(0.05) == "done"
    assert work(0.0) == "done"  # and without a session
    assert [r.name for r in job.readings] == ["work"]
    assert len(seen) == 2
    assert work.__name__ == "work"


def test_a_call_that_raises_is_raised_and_leaves_no_session_behind() -> None:
    @metered()
    def broken() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"), meter(sources=()):
        broken()
    assert current() is None


def test_asyncio_tasks_each_have_their_own_session() -> None:
    async def task(name: str) -> tuple[str, ...]:
        with meter(name, sources=()) as mine:
            await inner()
            await asyncio.sleep(0.01)
            assert current() is mine
        return tuple(r.name for r in mine.readings)

    @metered("inner")
    async def inner() -> None:
        await asyncio.sleep(0.01)

    async def both() -> list[tuple[str, ...]]:
        return await asyncio.gather(task("a"), task("b"))

    assert asyncio.run(both()) == [("inner",), ("inner",)]


def test_threads_do_not_see_each_others_session() -> None:
    seen: list[Session | None] = []
    with meter(sources=()):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_sessions_nest_and_the_inner_one_ends_alone() -> None:
    shared = Meter(sources=())
    with meter("outer", shared) as outer:
        with meter("inner", shared) as inner:
            assert current() is inner
        assert current() is outer
    assert outer.reading.wall_seconds >= inner.reading.wall_seconds


def test_so_far_reads_an_open_session_and_reading_does_not() -> None:
    with meter(sources=()) as job:
        burn(0.03)
        assert job.so_far().cpu_seconds >= 0.02
        with pytest.raises(MeterError, match="not closed"):
            _ = job.reading
