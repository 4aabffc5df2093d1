"""Live tuning against a simulated driver, and the command's own process for real."""

import io
import re
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from modicum.errors import MissingExtraError, PlanError
from modicum.plan.actuator import ZeusActuator
from modicum.plan.live import Command, Profiling, command_of, live_run, read_tuner, write_tuner
from modicum.plan.tune import Trial


class SimulatedGpus:
    """Zeus's interface (0.16) over a clock of its own: 100 to 300 W, frugal at 150."""

    def __init__(self, count: int = 2, allowed: bool = True) -> None:
        self.count, self.allowed = count, allowed
        self.now, self.limit, self.joules = 0.0, 300.0, 0.0

    def __len__(self) -> int:
        return self.count

    def get_power_management_limit_constraints(self, gpu_index: int) -> tuple[int, int]:
        return 100_000, 300_000

    def set_power_management_limit(self, gpu_index: int, limit_mw: int, block: bool = True) -> None:
        if not self.allowed:
            raise RuntimeError("insufficient permissions")
        self.limit = limit_mw / 1000

    def reset_power_management_limit(self, gpu_index: int, block: bool = True) -> None:
        self.limit = 300.0

    def get_total_energy_consumption(self, gpu_index: int) -> int:
        return int(self.joules * 1000)

    def rate(self) -> float:
        """Steps a second at the limit: fast to 150 W, hardly faster above."""
        return min(self.limit, 150.0) / 15 + max(0.0, self.limit - 150.0) / 100

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.joules += self.limit * seconds


class SimulatedJob:
    def __init__(self, gpus: SimulatedGpus, steps: int, code: int = 0) -> None:
        self.gpus, self.whole, self.code, self.stopped = gpus, steps, code, False
        self.done, self.last = 0.0, gpus.now

    def steps(self) -> int:
        self.done += (self.gpus.now - self.last) * self.gpus.rate()
        self.last = self.gpus.now
        return int(self.done)

    def ended(self) -> int | None:
        if self.stopped:
            return -15
        return self.code if self.steps() >= self.whole else None

    def stop(self) -> None:
        self.stopped = True


def ran(gpus: SimulatedGpus, job: SimulatedJob, limit_j: float = float("inf")) -> Trial:
    return live_run(
        ZeusActuator(gpus),
        lambda batch: job,
        32,
        limit_j,
        Profiling(steps=20, seconds=30),
        clock=lambda: gpus.now,
        sleep=gpus.pass_time,
    )


def test_the_most_frugal_limit_is_kept_and_put_back_after() -> None:
    gpus = SimulatedGpus()
    trial = ran(gpus, SimulatedJob(gpus, 2000))
    assert (trial.power_limit, trial.reached) == (150, True)
    assert gpus.limit == 300.0
    assert trial.energy_j == pytest.approx(2 * gpus.joules)


def test_a_run_that_has_used_its_limit_is_stopped() -> None:
    gpus = SimulatedGpus()
    job = SimulatedJob(gpus, 100_000)
    trial = ran(gpus, job, limit_j=20_000)
    assert job.stopped
    assert not trial.reached
    assert 20_000 < trial.energy_j < 25_000


def test_a_job_that_fails_has_not_reached_its_end() -> None:
    gpus = SimulatedGpus()
    assert not ran(gpus, SimulatedJob(gpus, 500, code=1)).reached


def test_a_job_that_prints_nothing_runs_at_the_full_limit() -> None:
    gpus = SimulatedGpus()

    class Silent(SimulatedJob):
        def steps(self) -> int:
            return 0

        def ended(self) -> int | None:
            return 0 if self.gpus.now > 60 else None

    assert ran(gpus, Silent(gpus, 1)).power_limit == 300


def test_a_limit_that_may_not_be_set_says_how() -> None:
    gpus = SimulatedGpus(allowed=False)
    with pytest.raises(PlanError, match="zeusd"):
        ran(gpus, SimulatedJob(gpus, 10))


def test_no_gpu_and_no_zeus_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlanError, match="sees no GPU"):
        ZeusActuator(SimulatedGpus(count=0))
    monkeypatch.setitem(sys.modules, "zeus.device", None)
    with pytest.raises(MissingExtraError, match="zeus"):
        ZeusActuator.find()
    found = SimpleNamespace(get_gpus=lambda: SimulatedGpus())
    monkeypatch.setitem(sys.modules, "zeus.device", found)
    assert ZeusActuator.find().limits_w() == (100, 150, 200, 250, 300)


def test_a_real_command_is_started_its_lines_counted_and_passed_on() -> None:
    echo = io.StringIO()
    code = "print('step 1'); print('a note'); print('step {batch}')"
    start = command_of([sys.executable, "-c", code], r"^step", echo)
    job = start(64)
    assert isinstance(job, Command)
    began = time.monotonic()
    while job.ended() is None and time.monotonic() - began < 30:
        time.sleep(0.01)
    assert (job.ended(), job.steps()) == (0, 2)
    assert "step 64" in echo.getvalue()


def test_a_command_that_will_not_end_is_stopped() -> None:
    job = Command(
        [sys.executable, "-c", "import time; time.sleep(60)"], re.compile("."), io.StringIO()
    )
    assert job.ended() is None
    job.stop()
    assert job.ended() is not None


def test_a_command_without_a_batch_is_refused() -> None:
    with pytest.raises(PlanError, match=r"nowhere \{batch\}"):
        command_of(["python", "train.py"], ".", io.StringIO())
    with pytest.raises(PlanError, match="not a regular expression"):
        command_of(["train", "{batch}"], "(", io.StringIO())


def test_what_earlier_runs_used_is_remembered(tmp_path: Path) -> None:
    place = tmp_path / "tune.json"
    tuner = read_tuner(place, [16, 32], 32)
    tuner.take(Trial(32, 150, 5.0, True))
    tuner.take(Trial(16, 150, 3.0, False))
    write_tuner(place, tuner)
    again = read_tuner(place, [16, 32], 32)
    assert again.costs == {32: [5.0], 16: [6.0]}
    assert again.best() == 32
    with pytest.raises(PlanError, match="other batch sizes"):
        read_tuner(place, [64], 64)
    place.write_text("{}")
    with pytest.raises(PlanError, match="holds no tuning"):
        read_tuner(place, [16, 32], 32)
