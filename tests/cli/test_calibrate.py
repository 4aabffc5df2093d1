from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli import calibrate
from modicum.errors import MeterError
from modicum.figures import Figure
from modicum.metering.calibration import load
from modicum.metering.power import this_machine
from modicum.metering.processes import ProcFs
from modicum.metering.source import DeviceEnergy


class Machine:
    """20 W at rest and 3 W for each busy thread, of which there are two and no other program."""

    name, period_s = "a plug", None

    def __init__(self) -> None:
        self.load = self.busy_s = 0.0
        self.last = time.perf_counter()

    def machine_seconds(self) -> tuple[float, float]:
        now = time.perf_counter()
        self.busy_s += (now - self.last) * self.load * 2
        self.last = now
        return self.busy_s, 0.0

    def burners(self, load: float, seconds: float) -> tuple[()]:
        self.machine_seconds()
        self.load = load
        return ()

    def mark(self) -> tuple[float, float]:
        return self.machine_seconds()[0], time.perf_counter()

    def poll(self) -> None: ...
    def close(self) -> None: ...

    def between(
        self, start: tuple[float, float], end: tuple[float, float]
    ) -> tuple[DeviceEnergy, ...]:
        joules = 3.0 * (end[0] - start[0]) + 20.0 * (end[1] - start[1])
        figure = Figure.exact(joules, "J", basis="measured", source="plug", boundary="wall")
        return (DeviceEnergy("wall", "machine", figure),)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(ProcFs, "machine_seconds", lambda _: made.machine_seconds())
    monkeypatch.setattr(calibrate, "_burners", made.burners)
    return made


def test_loads_are_run_and_the_machine_behind_the_plug_is_found(machine: Machine) -> None:
    found = calibrate.measured(machine, 0.1, None)
    assert found.phases == 7
    assert found.scale * this_machine().watts == pytest.approx(3.0, rel=0.05)
    assert found.idle_w == pytest.approx(20.0, rel=0.05)
    assert found.held_out < 0.05
    assert found.meter == "a plug"


def test_a_machine_that_others_keep_busy_is_not_fitted(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.load = 1.0
    monkeypatch.setattr(calibrate, "_burners", lambda *_: ())
    with pytest.raises(MeterError, match="stop other programs"):
        calibrate.measured(machine, 0.05, None)


def test_burners_take_about_the_share_they_were_told() -> None:
    children = calibrate._burners(0.5, 0.4)
    used = 0.0
    for child in children:
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        used += usage.ru_utime + usage.ru_stime
    assert 0.02 <= used / len(children) <= 0.4
    assert calibrate._burners(0.0, 1.0) == ()


def app() -> typer.Typer:
    made = typer.Typer()
    calibrate.register(made)
    made.command("other")(lambda: None)
    return made


def test_a_meter_read_by_hand_is_asked_for_at_each_load(tmp_path: Path, machine: Machine) -> None:
    out = tmp_path / "calibration.json"
    asked = CliRunner().invoke(
        app(),
        ["calibrate", "--seconds", "0.1", "--out", str(out)],
        input="20\n20.3\n20.5\n21\n22\nx\n23\n24\n",
    )
    assert "load 75%: how many watts" in asked.stdout
    assert asked.exit_code == 0
    assert "held-out error" in asked.stdout
    found = load(out)
    assert found is not None
    assert found.meter == "a meter read by hand"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--seconds", "0"], "more than 0"),
        (["--wall", "a.csv", "--prometheus", "http://127.0.0.1:1"], "one meter"),
        (["--prometheus", "http://127.0.0.1:1"], "needs --query"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments: list[str], why: str) -> None:
    done = CliRunner().invoke(app(), ["calibrate", *arguments])
    assert isinstance(done.exception, MeterError)
    assert why in str(done.exception)
