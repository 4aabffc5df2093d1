"""Power limit and batch size of a recurring job, tuned over its own recurrences.

A trial is one run of the job at one batch size; inside its first epoch each power limit is tried
for a moment and the most frugal is kept (just-in-time profiling: You et al., Zeus, NSDI 2023).  A
run that has used twice the best cost is stopped.  Batch sizes are tried outward from the default
until they are far worse; then a curve through all runs (`curve`) names the two that may be the
best, and the one known less well is run again (leader and challenger: Kalyanakrishnan et al., PAC
subset selection, ICML 2012; Russo, simple Bayesian algorithms for best arm identification, COLT
2016).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modicum.errors import PlanError
from modicum.figures import Figure
from modicum.plan.curve import NOISE, Shape, curve

_STOP = 2.0
"""A run is stopped at this multiple of the best cost so far (You et al. 2023, section 4.4)."""

_FAR = 1.4
"""Batch sizes beyond one that costs this much over the best are not tried: cost against batch size
has one valley (You et al. 2023, section 4.4), and runs of one setting differ by a tenth."""

_FEW = 8
"""Up to this many batch sizes are tried one by one, more by twos and then beside the best."""


@dataclass(slots=True)
class BatchTuner:
    """Chooses the next batch size from what the runs so far cost.

    >>> tuner = BatchTuner([8, 16, 32], default=16)
    >>> tuner.suggest()
    16
    """

    batches: Sequence[int]
    default: int
    costs: dict[int, list[float]] = field(default_factory=dict)
    shape: Shape = field(default_factory=Shape)

    def __post_init__(self) -> None:
        self.batches = sorted(set(self.batches))
        if self.default not in self.batches:
            raise PlanError(
                f"default batch {self.default} is not one of {', '.join(map(str, self.batches))}"
            )

    def suggest(self) -> int:
        """The batch size to run next."""
        new = self._new()
        if new is not None:
            return new
        log_cost, error = curve(self.batches, self.costs, self.shape)
        return self.batches[_less_known(log_cost, error)]

    def observe(self, batch: int, cost: float) -> None:
        """Take the cost of one run; a stopped run costs what it had used, and is doubled."""
        if not math.isfinite(cost) or cost <= 0:
            raise PlanError(f"cost is {cost:g}: give a finite number above 0")
        self.costs.setdefault(batch, []).append(cost)

    def take(self, trial: Trial) -> None:
        """Observe a run: one that did not reach its end counts as twice what it had used."""
        self.observe(trial.batch, trial.energy_j * (1 if trial.reached else _STOP))

    @property
    def limit(self) -> float:
        """Cost at which a run is stopped."""
        return _STOP * min((_mean(c) for c in self.costs.values()), default=math.inf)

    def best(self) -> int:
        """The batch size with the lowest cost of those that were run."""
        if not self.costs:
            raise PlanError("no run yet: observe at least one")
        cost = dict(zip(self.batches, curve(self.batches, self.costs, self.shape)[0], strict=True))
        return min(self.costs, key=lambda b: cost[b])

    def _new(self) -> int | None:
        """One not yet run that is worth it: outward from the default, then beside the best."""
        if self.default not in self.costs:
            return self.default
        mean = {b: _mean(c) for b, c in self.costs.items()}
        best, start = min(mean.values()), self.batches.index(self.default)
        stride = 1 if len(self.batches) <= _FEW else 2
        for way in (self.batches[start::-stride], self.batches[start::stride]):
            for batch in way:
                if batch not in mean:
                    return batch
                if batch != self.default and mean[batch] > _FAR * best:
                    break
        place = self.batches.index(min(mean, key=lambda b: mean[b]))
        beside = self.batches[max(0, place - 1) : place + 2]
        return next((b for b in beside if b not in mean), None)


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: batch size, power limit kept, joules used, and whether it reached its target."""

    batch: int
    power_limit: int
    energy_j: float
    reached: bool


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found, in how many trials, against the default's and the optimum's energy."""

    job: str
    batch: int
    power_limit: int
    trials: tuple[Trial, ...]
    default_j: float
    found_j: float
    optimum_j: float

    @property
    def excess(self) -> float:
        """Expected energy to accuracy over the offline optimum's, less one."""
        return self.found_j / self.optimum_j - 1

    @property
    def saving(self) -> float:
        """Share of the default's energy that the found setting spares."""
        return 1 - self.found_j / self.default_j

    def to_dict(self) -> dict[str, Any]:
        """Plain data; energies as figures."""
        return {
            "job": self.job,
            "batch": self.batch,
            "power_limit_w": self.power_limit,
            "trials": len(self.trials),
            "energy_kwh": _recorded(self.found_j).to_dict(),
            "default_kwh": _recorded(self.default_j).to_dict(),
            "optimum_kwh": _recorded(self.optimum_j).to_dict(),
            "excess_over_optimum": self.excess,
            "saving": self.saving,
        }


def tune(
    tuner: BatchTuner, run: Callable[[int, float], Trial], trials: int = 15
) -> tuple[Trial, ...]:
    """Run the job `trials` times; `run(batch, limit_j)` does one run, stopped at `limit_j`.

    A real actuator sets the power limit (Zeus, nvidia-ml-py) and trains; a replay reads a trace.
    """
    if trials < 1:
        raise PlanError(f"{trials} trials: give at least 1")
    done = []
    for _ in range(trials):
        trial = run(tuner.suggest(), tuner.limit)
        tuner.take(trial)
        done.append(trial)
    return tuple(done)


def frugal_limit(per_epoch: Mapping[int, float]) -> int:
    """The power limit with the least energy per epoch.

    >>> frugal_limit({100: 5.0, 150: 4.0, 250: 6.0})
    150
    """
    return min(per_epoch, key=lambda limit: per_epoch[limit])


def _less_known(log_cost: Sequence[float], error: Sequence[float]) -> int:
    """Of the leader and the one most likely to be better, that with the larger standard error; what
    is likely far worse does not challenge, however little is known of it.

    >>> _less_known([0.0, 0.05, 0.1], [0.02, 0.05, 0.05])
    1
    """
    places = range(len(log_cost))
    leader = min(places, key=lambda i: log_cost[i])
    near = log_cost[leader] + math.log(_FAR)
    others = [i for i in places if i != leader and log_cost[i] <= near]
    if not others:
        return leader
    challenger = min(
        others,
        key=lambda i: (log_cost[i] - log_cost[leader]) / math.hypot(error[i], error[leader], 1e-9),
    )
    return max((leader, challenger), key=lambda i: error[i])


def _recorded(joules: float) -> Figure:
    return Figure.within(
        joules / 3.6e6,
        1.0 + NOISE,
        "kWh",
        basis="measured",
        source="recorded runs (You et al. 2023); a tenth between runs of one setting",
        boundary="GPU, training to the target",
        error="zeus trace",
    )


def _mean(costs: Sequence[float]) -> float:
    return math.fsum(costs) / len(costs)
