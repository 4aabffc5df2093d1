import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from modicum.stopping import StopSignal


@pytest.fixture
def stop() -> Iterator[StopSignal]:
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    found = StopSignal()
    found.listen()
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wait_ends_when_somebody_asks(stop: StopSignal, number: signal.Signals) -> None:
    threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
    assert stop.wait(60)


def test_a_wait_ends_by_itself(stop: StopSignal) -> None:
    assert not stop.wait(0.01)


def test_signals_at_every_moment_of_a_wait_never_hold_it(stop: StopSignal) -> None:
    """The handler takes no lock, so there is no moment at which it must not run."""
    done = threading.Event()

    def shoot() -> None:
        while not done.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=shoot, daemon=True).start()
    ends = time.monotonic() + 0.3
    while time.monotonic() < ends:
        stop.asked = False
        stop.wait(0)
    done.set()
