from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from modicum.metering import Meter
from modicum.metering.portable import PsutilProcesses
from modicum.metering.processes import ProcFs

BURN = "import time\nwhile time.process_time() < {}: pass\n"


def test_it_sees_the_same_process_as_proc_does() -> None:
    here, there = PsutilProcesses().read(os.getppid()), ProcFs().read(os.getppid())
    assert here is not None
    assert there is not None
    assert (here.pid, here.parent) == (there.pid, there.parent)
    assert here.own_s == pytest.approx(there.own_s, abs=0.1)
    assert here.rss_bytes == pytest.approx(there.rss_bytes, rel=0.2)


def test_a_process_that_is_not_there_is_none_and_not_in_a_tree() -> None:
    assert PsutilProcesses().read(2**22 - 1) is None
    assert PsutilProcesses().tree([2**22 - 1]) == {}


def test_a_living_child_is_counted_through_psutil() -> None:
    meter = Meter(sources=(), processes=PsutilProcesses())
    code = BURN.format(0.2) + "print('done', flush=True)\ninput()"
    with meter.window("child") as window:
        child = subprocess.Popen(
            [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
    child.communicate(b"\n")
    assert window.reading.cpu_seconds >= 0.15


def test_busy_time_grows_and_stays_below_all_time() -> None:
    source = PsutilProcesses()
    busy, whole = source.machine_seconds()
    time.sleep(0.05)
    assert 0 < busy < whole
    assert source.machine_seconds()[1] >= whole
