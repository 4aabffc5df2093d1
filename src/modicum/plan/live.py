"""One run of a recurring job, its power limit chosen while it trains, its batch size learnt.

The job is a command with `{batch}` in it.  Each line that it prints counts as a step (a regular
expression can say which lines do); the limit with the fewest joules a step is kept (just-in-time
profiling: You et al., Zeus, NSDI 2023).  What each run used is kept in a file, so that every
recurrence of the job is one trial.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from modicum.errors import PlanError
from modicum.plan.actuator import Actuator
from modicum.plan.tune import BatchTuner, Trial, frugal_limit

_TICK_S = 0.2
_LAST_WORDS_S = 5.0  # a grandchild may hold the pipe open for longer than the job lives


class Job(Protocol):
    """A run under way."""

    def steps(self) -> int:
        """Steps so far."""
        ...

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


@dataclass(frozen=True, slots=True)
class Profiling:
    """How long each power limit is tried: steps, and at most seconds."""

    steps: int = 20
    seconds: float = 30.0


def live_run(
    actuator: Actuator,
    start: Callable[[int], Job],
    batch: int,
    limit_j: float,
    profiling: Profiling | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Trial:
    """Train once at a batch size; stopped where it has used `limit_j`, limits put back after."""
    first = actuator.energy_j()
    job = start(batch)
    kept = max(actuator.limits_w())
    try:
        per_step: dict[int, float] = {}
        for watts in sorted(actuator.limits_w(), reverse=True):
            actuator.set_limit(watts)
            joules = _profile(actuator, job, profiling or Profiling(), clock, sleep)
            if joules is None:
                break
            per_step[watts] = joules
        kept = frugal_limit(per_step) if per_step else kept
        actuator.set_limit(kept)
        while job.ended() is None and actuator.energy_j() - first <= limit_j:
            sleep(_TICK_S)
        reached = job.ended() == 0
    finally:
        if job.ended() is None:
            job.stop()
        actuator.reset()
    return Trial(batch, kept, actuator.energy_j() - first, reached)


def _profile(
    actuator: Actuator,
    job: Job,
    profiling: Profiling,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> float | None:
    """Joules a step at the present limit; None where the job ends or makes no step."""
    began, joules, steps = clock(), actuator.energy_j(), job.steps()
    while job.ended() is None and clock() - began < profiling.seconds:
        if job.steps() - steps >= profiling.steps:
            break
        sleep(_TICK_S)
    done = job.steps() - steps
    return (actuator.energy_j() - joules) / done if done > 0 and job.ended() is None else None


class Command:
    """A job as a process; its output is passed on, and its lines counted."""

    def __init__(self, words: Sequence[str], step: re.Pattern[str], echo: TextIO) -> None:
        self._steps = 0
        self._process = subprocess.Popen(  # noqa: S603  (the user's own command)
            list(words), stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, args=(step, echo), daemon=True)
        self._reader.start()

    def _read(self, step: re.Pattern[str], echo: TextIO) -> None:
        if self._process.stdout is None:
            return
        with self._process.stdout as lines:
            for line in lines:
                echo.write(line)
                echo.flush()
                self._steps += bool(step.search(line))

    def steps(self) -> int:
        """Lines seen that count."""
        return self._steps

    def ended(self) -> int | None:
        """The exit code once all its output was passed on, or None."""
        code = self._process.poll()
        if code is not None:
            self._reader.join(_LAST_WORDS_S)
        return code

    def stop(self) -> None:
        """Terminate, and kill what does not go within ten seconds."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_LAST_WORDS_S)


def command_of(words: Sequence[str], step: str, echo: TextIO) -> Callable[[int], Command]:
    """A starter of the command, `{batch}` in any of its words replaced."""
    if not any("{batch}" in word for word in words):
        raise PlanError("the command says nowhere {batch}: write it where the batch size belongs")
    try:
        pattern = re.compile(step)
    except re.error as error:
        raise PlanError(f"step {step!r} is not a regular expression: {error}") from None
    return lambda batch: Command([w.replace("{batch}", str(batch)) for w in words], pattern, echo)


def read_tuner(path: Path, batches: Sequence[int], default: int) -> BatchTuner:
    """The tuner with what its earlier runs cost; a new one where there is no file."""
    tuner = BatchTuner(batches, default)
    if not path.exists():
        return tuner
    try:
        costs = json.loads(path.read_text(encoding="utf-8"))["costs_j"]
        tuner.costs = {int(b): [float(c) for c in seen] for b, seen in costs.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError(f"{path} holds no tuning ({error}): give another --state") from error
    strange = sorted(set(tuner.costs) - set(tuner.batches))
    if strange:
        raise PlanError(f"{path} is of other batch sizes ({strange[0]}): give another --state")
    return tuner


def write_tuner(path: Path, tuner: BatchTuner) -> None:
    """What the runs cost, written whole or not at all."""
    beside = path.with_suffix(path.suffix + ".new")
    costs = {str(b): seen for b, seen in tuner.costs.items()}
    beside.write_text(json.dumps({"costs_j": costs}, indent=2), encoding="utf-8")
    beside.replace(path)
