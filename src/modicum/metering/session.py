"""The meter as a context manager and as a decorator, nested by context.

    with meter() as m:
        with m.window("load"): ...
        answer()            # decorated with @metered: its windows join m
    m.reading, m.readings

The session that surrounds a call is found through a context variable, so threads and asyncio tasks
each see their own.  A window always counts the whole process: tasks that run beside each other in
one process share their joules by nothing but time, so overlapping windows overlap.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from modicum.metering.meter import Meter
from modicum.metering.reading import Reading
from modicum.metering.window import Window

P = ParamSpec("P")
T = TypeVar("T")

_CURRENT: ContextVar[Session | None] = ContextVar("modicum_session", default=None)


class Session:
    """A metered block, and the windows that were opened inside it."""

    def __init__(self, name: str = "session", meter: Meter | None = None, **options: Any) -> None:
        self._own = meter is None
        self._meter = Meter(**options) if meter is None else meter
        self._whole: Window = self._meter.window(name)
        self._windows: list[Window] = []
        self._token: Token[Session | None] | None = None

    def __enter__(self) -> Self:
        self._token = _CURRENT.set(self)
        self._whole.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._whole.__exit__(kind, error, trace)
        if self._token is not None:
            _CURRENT.reset(self._token)

    @contextmanager
    def window(self, name: str, pids: Sequence[int] = ()) -> Iterator[Window]:
        """A part of the block with a name; its reading joins `readings` when it closes."""
        part = self._meter.window(name, pids)
        with part:
            yield part
        self._windows.append(part)

    @property
    def reading(self) -> Reading:
        """What the whole block used; raises MeterError before it ended."""
        return self._whole.reading

    def so_far(self) -> Reading:
        """What the block used until now."""
        return self._whole.so_far()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The readings of the windows inside, in the order in which they closed."""
        return tuple(window.reading for window in self._windows)

    def close(self) -> None:
        """Release the meter, if the session made it."""
        if self._own:
            self._meter.close()


def meter(name: str = "session", meter: Meter | None = None, **options: Any) -> Session:
    """A block to meter: `with meter() as m: ...`, then `m.reading`.

    options: as of `Meter` (sources, idle, ...); not together with a ready `meter`.
    """
    return Session(name, meter, **options)


def current() -> Session | None:
    """The session that surrounds this call, if there is one."""
    return _CURRENT.get()


def metered(
    name: str | None = None, *, on_reading: Callable[[Reading], None] | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Meter every call of a function, plain or async.

    The window joins the surrounding session; `on_reading` gets each reading, also without one.

    >>> seen = []
    >>> @metered("add", on_reading=seen.append)
    ... def add(a: int, b: int) -> int:
    ...     return a + b
    >>> add(1, 2), seen[0].name
    (3, 'add')
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        title: str = name or str(getattr(function, "__qualname__", "call"))
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def waited(*args: P.args, **kwargs: P.kwargs) -> Any:
                with _call(title, on_reading):
                    return await function(*args, **kwargs)

            return cast("Callable[P, T]", waited)

        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> T:
            with _call(title, on_reading):
                return function(*args, **kwargs)

        return called

    return decorate


@contextmanager
def _call(title: str, on_reading: Callable[[Reading], None] | None) -> Iterator[None]:
    session = current()
    if session is not None:
        with session.window(title) as window:
            yield
    else:
        with meter(title) as alone:
            yield
        window = alone._whole
        alone.close()
    if on_reading is not None:
        on_reading(window.reading)
