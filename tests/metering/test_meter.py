from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from modicum.errors import MeterError
from modicum.metering import Meter, PowerModel

BURN = "import time\nwhile time.process_time() < {}: pass"


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def one_watt() -> PowerModel:
    return PowerModel(
        cpu="test", watts=1.0, low=0.5, high=2.0, idle_watts=1.0, idle_low=0.5, idle_high=2.0,
        threads=2, source="a test",
    )  # fmt: skip


@pytest.fixture
def meter() -> Meter:
    return Meter(sources=(), power=one_watt())


def test_a_window_counts_the_cpu_time_burnt_in_it(meter: Meter) -> None:
    with meter.window("burn") as window:
        burn(0.1)
    assert 0.099 <= window.reading.cpu_seconds < 0.2
    cpu = next(d for d in window.reading.devices if d.kind == "cpu")
    assert cpu.energy_j.value == pytest.approx(window.reading.cpu_seconds)
    assert cpu.energy_j.basis == "modelled"


def test_dead_children_are_counted(meter: Meter) -> None:
    with meter.window("children") as window:
        for _ in range(3):
            subprocess.run([sys.executable, "-S", "-c", BURN.format(0.1)], check=True)
    assert window.reading.cpu_seconds >= 0.3


def test_a_child_that_still_lives_is_counted_and_not_counted_again_when_it_died(
    meter: Meter,
) -> None:
    code = BURN.format(0.2) + "\nprint('done', flush=True)\ninput()\n" + BURN.format(0.3)
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        with meter.window("alive") as alive:
            child.stdout.readline()
        with meter.window("dying") as dying:
            child.communicate(b"\n")
    assert alive.reading.cpu_seconds >= 0.15
    assert dying.reading.cpu_seconds == pytest.approx(0.1, abs=0.06)
    assert dying.reading.notes == ()


def test_a_window_sleeping_beside_a_busy_child_of_somebody_else_is_charged_nothing() -> None:
    code = (
        "import time\nfrom modicum.metering import Meter\nm = Meter(sources=())\n"
        "with m.window('sleep') as w: time.sleep(0.3)\nprint(w.reading.cpu_seconds)"
    )
    with subprocess.Popen([sys.executable, "-S", "-c", BURN.format(5)]) as neighbour:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        neighbour.kill()
    assert float(done.stdout) < 0.05


def test_another_process_counts_only_when_it_was_named(meter: Meter) -> None:
    code = "input()\n" + BURN.format(0.2) + "\nprint('done', flush=True)\ninput()"
    launcher = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen([sys.executable, '-S', '-c', {code!r}])\n"
        "sys.stderr.write(str(p.pid) + '\\n'); sys.stderr.flush(); p.wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", launcher], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as parent:  # fmt: skip
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stderr is not None
        pid = int(parent.stderr.readline())
        with meter.window("named", pids=(pid,)) as named:
            parent.stdin.write(b"\n")
            parent.stdin.flush()
            parent.stdout.readline()
        parent.stdin.write(b"\n")
        parent.stdin.close()
        parent.wait()
    assert named.reading.cpu_seconds == pytest.approx(0.2, abs=0.06)
    assert named.reading.processes >= 3


def test_a_process_that_does_not_exist_is_said_to_be_missing(meter: Meter) -> None:
    with meter.window("missing", pids=(2**22 - 1,)) as window:
        pass
    assert any("was not there" in note for note in window.reading.notes)


def test_nested_windows_each_count_what_happened_inside(meter: Meter) -> None:
    with meter.window("outer") as outer:
        burn(0.05)
        with meter.window("inner") as inner:
            burn(0.05)
    assert 0.049 <= inner.reading.cpu_seconds < 0.09
    assert 0.099 <= outer.reading.cpu_seconds < 0.2


def test_threads_of_the_process_are_counted(meter: Meter) -> None:
    with meter.window("threads") as window:
        threads = [threading.Thread(target=burn, args=(0.1,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert window.reading.cpu_seconds >= 0.1


def test_the_model_error_cancels_in_a_saving(meter: Meter) -> None:
    with meter.window("a") as a:
        burn(0.10)
    with meter.window("b") as b:
        burn(0.05)
    cpu_a, cpu_b = (w.reading.devices[0].energy_j for w in (a, b))
    ratio = cpu_b / cpu_a
    assert ratio.value is not None
    assert ratio.high == pytest.approx(ratio.value)


def test_the_sum_is_never_surer_than_its_largest_part() -> None:
    """A tiny part with a very lopsided error must not narrow the sum."""
    for seconds in (0.001, 0.02):
        with Meter(sources=(), power=one_watt()).window("sum", own=False) as window:
            subprocess.run([sys.executable, "-S", "-c", BURN.format(seconds)], check=True)
        cpu = window.reading.devices[0].energy_j
        whole = window.reading.energy_j
        assert whole.high is not None
        assert whole.low is not None
        assert cpu.high is not None
        assert cpu.low is not None
        assert whole.high >= 0.95 * cpu.high
        assert whole.high - whole.low >= 0.95 * (cpu.high - cpu.low)


def test_memory_is_charged_by_what_is_held_and_never_as_zero(meter: Meter) -> None:
    with meter.window("memory") as window:
        time.sleep(0.01)
    memory = next(d for d in window.reading.devices if d.kind == "memory")
    assert memory.energy_j.value is not None
    assert 0 < memory.energy_j.value < 0.02  # far below the 20 W that others book


def test_reading_before_the_window_closed_is_refused(meter: Meter) -> None:
    window = meter.window("early")
    with pytest.raises(MeterError, match="not closed"):
        _ = window.reading
    with pytest.raises(MeterError, match="not open"):
        window.so_far()


def test_a_clock_that_goes_back_gives_a_note_and_no_negative_time() -> None:
    ticks = iter([10.0, 5.0])
    with Meter(sources=(), power=one_watt(), clock=lambda: next(ticks)).window("back") as window:
        pass
    assert window.reading.wall_seconds == 0.0
    assert "clock went back" in window.reading.notes[0]


def test_an_unknown_idle_rule_is_refused() -> None:
    with pytest.raises(MeterError, match="'free' is not one of excluded, by-use, whole"):
        Meter(sources=(), idle="free")


def test_the_idle_rule_is_named_in_the_boundary_and_adds_idle_power() -> None:
    shown = {}
    for rule in ("excluded", "by-use", "whole"):
        with Meter(sources=(), power=one_watt(), idle=rule).window(rule) as window:
            burn(0.05)
        shown[rule] = window.reading.devices[0].energy_j
    assert "idle excluded" in shown["excluded"].boundary
    assert "idle shared by CPU time" in shown["by-use"].boundary
    assert "all idle included" in shown["whole"].boundary
    assert (shown["whole"].value or 0) > (shown["excluded"].value or 0)


def test_the_meter_alone_loads_no_numpy() -> None:
    code = (
        "import sys\nfrom modicum.metering import Meter\n"
        "with Meter().window() as w: pass\nw.reading\nprint('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_fork_inside_a_window_crashes_nothing_and_is_counted_once() -> None:
    code = (
        "import os, time\nfrom modicum.metering import Meter\n"
        "with Meter(sources=()).window() as window:\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        end = time.process_time() + 0.2\n"
        "        while time.process_time() < end: pass\n"
        "    else:\n"
        "        os.waitpid(child, 0)\n"
        "reading = window.reading\n"
        "print(f'{reading.cpu_seconds:.3f}', *reading.notes, flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    inside, parent = done.stdout.splitlines()
    assert "forked off" in inside
    assert 0.2 <= float(parent.split()[0]) < 0.4


def test_a_process_that_replaces_itself_keeps_its_time(meter: Meter) -> None:
    script = f"exec {sys.executable} -S -c 'import time\nwhile time.process_time() < 0.2: pass'"
    with meter.window("exec", own=False) as window:
        subprocess.run(["sh", "-c", script], check=True)
    assert 0.2 <= window.reading.cpu_seconds < 0.4


def test_a_source_that_raises_becomes_a_note_and_the_model_stands_in() -> None:
    class Broken:
        name, period_s = "broken", 0.01

        def mark(self) -> None:
            raise RuntimeError("driver gone")

        def poll(self) -> None:
            raise RuntimeError("driver gone")

        def between(self, start: object, end: object) -> tuple[()]:
            raise AssertionError("never asked")

        def close(self) -> None: ...

    with Meter(sources=(Broken(),), power=one_watt()).window("broken") as window:
        time.sleep(0.05)
    assert "broken could not be read: driver gone" in window.reading.notes
    assert window.reading.energy_j.value is not None
