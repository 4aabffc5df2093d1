from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modicum.metering import Meter, PowerModel
from modicum.metering.live import Live, label_in, label_on
from modicum.metering.processes import Process
from modicum.metering.replay import Replay, Replayed
from modicum.metering.trace import PowerTrace


class Scene:
    """A machine of two processes, told by the test."""

    def __init__(self) -> None:
        self.busy = 0.0
        self.clock_s = 100.0
        self.own = {1: 0.0, 2: 0.0}

    def all(self) -> list[Process]:
        return [Process(pid, 1.0, 0, own, 0.0, 0, f"p{pid}") for pid, own in self.own.items()]

    def tree(self, roots: object) -> dict[tuple[int, float], Process]:
        return {}

    def machine_seconds(self) -> tuple[float, float]:
        return self.busy, self.busy * 2

    def now(self) -> float:
        return self.clock_s


def power() -> PowerModel:
    return PowerModel(
        cpu="test", watts=3.0, low=2.0, high=6.0, idle_watts=5.0, idle_low=4.0, idle_high=6.0,
        threads=2, source="a test",
    )  # fmt: skip


def work(scene: Scene) -> None:
    scene.own = {1: 1.0, 2: 0.5}
    scene.busy, scene.clock_s = 2.0, scene.clock_s + 2.0  # half a second is of processes that ended


def test_a_frame_shows_who_used_what_and_what_ended_unseen() -> None:
    scene = Scene()
    live = Live(Meter(sources=(), power=power(), processes=scene), lambda _: "",
                lambda: scene.clock_s)  # fmt: skip
    work(scene)
    frame = live.frame()
    assert [(r.pid, r.cores, r.watts.value) for r in frame.rows] == [
        (1, 0.5, 1.5), (2, 0.25, 0.75), (0, 0.25, 0.75),
    ]  # fmt: skip
    assert frame.busy_cores == 1.0
    assert frame.idle.value == 10.0


def test_with_a_counter_rows_and_idle_add_up_to_the_machine() -> None:
    scene = Scene()
    trace = PowerTrace.of([(0.0, 50.0), (1e6, 50.0)])
    package = Replay({"package-0": Replayed("cpu", trace)}, lambda: scene.clock_s)
    live = Live(Meter(sources=(package,), power=power(), processes=scene), lambda _: "",
                lambda: scene.clock_s)  # fmt: skip
    work(scene)
    frame = live.frame()
    (device,) = frame.devices
    name, watts = device.name, device.watts
    assert (name, watts.value) == ("package-0", pytest.approx(50.0))
    charged = sum(row.watts.value or 0.0 for row in frame.rows)
    assert charged + (frame.idle.value or 0.0) == pytest.approx(50.0)


def test_labels_are_summed() -> None:
    scene = Scene()
    live = Live(Meter(sources=(), power=power(), processes=scene),
                lambda pid: "team=a" if pid else "", lambda: scene.clock_s)  # fmt: skip
    work(scene)
    assert live.frame().by_label() == (("team=a", pytest.approx(2.25)),)


def test_a_process_started_under_a_labelled_meter_carries_its_label(tmp_path: Path) -> None:
    for pid, parent, words in ((50, 1, ["modicum", "meter", "--label=team=b", "--", "x"]),
                               (51, 50, ["x"]), (52, 1, ["y"])):  # fmt: skip
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cmdline").write_text("\0".join(words))
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (x) S {parent} 0")
    label_of = label_in(tmp_path)
    assert [label_of(pid) for pid in (50, 51, 52, 99)] == ["team=b", "team=b", "", ""]


def test_a_command_line_of_something_else_has_no_label() -> None:
    assert label_on(["train", "--label", "cat"]) == ""


def test_a_real_machine_gives_a_frame_with_its_busiest_process() -> None:
    live = Live(Meter(sources=(), power=power()))
    code = "import time\nwhile time.process_time() < 0.2: pass\nprint('x', flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        frame = live.frame()
        child.communicate(b"\n")
    seen = {row.pid: row for row in frame.rows}
    assert seen[child.pid].cores * frame.seconds == pytest.approx(0.2, abs=0.06)
    assert os.getpid() in seen
