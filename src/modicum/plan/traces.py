"""Recorded trainings to replay a tuning on: the Zeus traces (You et al., NSDI 2023)."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from modicum.errors import PlanError
from modicum.plan.curve import Shape
from modicum.plan.tune import BatchTuner, Trial, Tuning, frugal_limit, tune

JOBS = {
    "librispeech": ("deepspeech2", "40", 192),
    "cifar100": ("shufflenetv2", "0.6", 1024),
    "imagenet": ("resnet50", "0.65", 256),
    "movielens-1m": ("ncf", "0.41", 1024),
    "squad": ("bert_base_uncased", "84.0", 32),
    "sentiment140": ("bert_base_uncased", "0.84", 128),
}
"""Network, target and default batch size of each job (You et al. 2023, table 1)."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A job's recorded epochs by batch size, and joules per epoch by batch size and power limit."""

    name: str
    default: int
    epochs: Mapping[int, tuple[float, ...]]
    per_epoch: Mapping[int, Mapping[int, float]]

    @property
    def batches(self) -> list[int]:
        """Batch sizes of which both epochs and power are recorded."""
        return sorted(set(self.epochs) & set(self.per_epoch))

    def expected(self, batch: int, limit: int) -> float:
        """Expected joules to the target: mean of the runs that reach it, over how many do."""
        runs = self.epochs[batch]
        reached = [e for e in runs if math.isfinite(e)]
        if not reached:
            return math.inf
        share = len(reached) / len(runs)
        return math.fsum(reached) / len(reached) / share * self.per_epoch[batch][limit]

    def optimum(self) -> tuple[int, int]:
        """Batch size and power limit with the least expected energy."""
        every = ((b, p) for b in self.batches for p in self.per_epoch[b])
        return min(every, key=lambda setting: self.expected(*setting))

    def run(self, draw: random.Random, batch: int, limit_j: float) -> Trial:
        """One recorded run, drawn at random, stopped at `limit_j`."""
        power = frugal_limit(self.per_epoch[batch])
        joules = draw.choice(self.epochs[batch]) * self.per_epoch[batch][power]
        if joules <= limit_j and math.isfinite(joules):
            return Trial(batch, power, joules, True)
        stopped = limit_j if math.isfinite(limit_j) else 100 * self.per_epoch[batch][power]
        return Trial(batch, power, stopped, False)


def replay(trace: Trace, trials: int = 15, seed: int = 0, shape: Shape | None = None) -> Tuning:
    """Tune on a trace, and judge the setting by its expectation over all recorded runs."""
    draw = random.Random(seed)  # noqa: S311  (a replay, not a secret)
    tuner = BatchTuner(trace.batches, _default(trace), shape=shape or Shape())
    done = tune(tuner, lambda batch, limit: trace.run(draw, batch, limit), trials)
    batch = tuner.best()
    power = frugal_limit(trace.per_epoch[batch])
    unlimited = max(trace.per_epoch[_default(trace)])
    return Tuning(
        job=trace.name,
        batch=batch,
        power_limit=power,
        trials=done,
        default_j=trace.expected(_default(trace), unlimited),
        found_j=trace.expected(batch, power),
        optimum_j=trace.expected(*trace.optimum()),
    )


def read_trace(folder: Path, job: str) -> Trace:
    """The trace of one of JOBS from summary_train.csv and summary_power_v100.csv."""
    if job not in JOBS:
        raise PlanError(f"job {job!r} is not recorded: take one of {', '.join(JOBS)}")
    network, target, default = JOBS[job]
    runs = [r for r in _rows(folder / "summary_train.csv") if _is(r, job, network)]
    optimizer = runs[0]["optimizer"] if runs else ""
    epochs: dict[int, list[float]] = {}
    for row in runs:
        if math.isclose(float(row["target_metric"]), float(target)):
            count = float(row["target_epoch"] or "nan")
            epochs.setdefault(int(row["batch_size"]), []).append(
                math.inf if math.isnan(count) else count
            )
    per_epoch: dict[int, dict[int, float]] = {}
    for row in _rows(folder / "summary_power_v100.csv"):
        if _is(row, job, network) and row["optimizer"] == optimizer:
            joules = float(row["time_per_epoch"]) * float(row["average_power"])
            per_epoch.setdefault(int(row["batch_size"]), {})[int(row["power_limit"])] = joules
    if not epochs or not per_epoch:
        raise PlanError(f"{folder} holds no runs of {job} with {network}: give the Zeus traces")
    return Trace(job, default, {b: tuple(e) for b, e in epochs.items()}, per_epoch)


def _default(trace: Trace) -> int:
    """The default batch size, or the nearest recorded one."""
    return min(trace.batches, key=lambda b: abs(b - trace.default))


def _is(row: Mapping[str, str], job: str, network: str) -> bool:
    return row["dataset"] == job and row["network"] == network


def _rows(path: Path) -> Iterable[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
    except OSError as error:
        raise PlanError(f"{path} cannot be read: give the folder of the Zeus traces") from error
