"""What one request costs when it is served alone: energy, latency, and a provider's charge.

Measured on tune inputs, never on judge.  A candidate in this process is asked one input at a time;
one that lives elsewhere told the latency of each request when it was asked, and is not asked twice.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modicum.candidates.protocol import Candidate, Usage
from modicum.errors import CandidateError
from modicum.figures import Figure
from modicum.metering import Meter
from modicum.metering.tokens import energy_of_tokens
from modicum.study.asking import Asked
from modicum.study.used import NOTHING, Used

if TYPE_CHECKING:
    from modicum.study.study import Study
    from modicum.study.trial import Trial

SAMPLE = 200
SHORTEST_S, LONGEST_S = 0.25, 3.0
REPEATABILITY = 1.25
"""Factor within which the CPU time of the same requests comes back in another run, seen over
repeated demos on shared cores, 2026.  It is each candidate's own, so it stays in a saving."""

_Z95 = 1.6448536269514722


@dataclass(frozen=True)
class Serving:
    """Per request: energy, the provider's charge (None: local), and latency in milliseconds."""

    energy_j: Figure
    charge: Figure | None
    p50_ms: float | None
    p95_ms: float | None
    requests: int
    used: Used
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "energy_j": self.energy_j.to_dict(),
            "charge": self.charge.to_dict() if self.charge else None,
            "p50_ms": self.p50_ms,
            "p95_ms": self.p95_ms,
            "requests": self.requests,
            "used": self.used.to_dict(),
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Serving:
        """Read what `to_dict` wrote."""
        read = dict(plain)
        read["energy_j"] = Figure.from_dict(plain["energy_j"])
        read["charge"] = Figure.from_dict(plain["charge"]) if plain["charge"] else None
        read["used"] = Used.from_dict(plain["used"])
        return cls(**read)


def serve_alone(
    candidate: Candidate,
    inputs: Sequence[str],
    meter: Meter,
    clock: Callable[[], float] = time.perf_counter,
) -> Serving:
    """Ask a candidate of this process one input at a time, over and over for a quarter second."""
    sample = list(inputs[:SAMPLE])
    candidate.answer(sample[:1])  # so that the first call's own cost is not every call's
    latencies: list[float] = []
    with meter.window(candidate.name, pids=candidate.process_ids) as window:
        begun = clock()
        while clock() - begun < SHORTEST_S:
            for text in sample:
                before = clock()
                candidate.answer([text])
                latencies.append(1e3 * (clock() - before))
                if clock() - begun > LONGEST_S:
                    break
    reading = window.reading
    used = Used.of(reading)
    energy = (reading.energy_j / len(latencies)).widen(REPEATABILITY)
    return Serving(energy, None, *_percentiles(latencies), len(latencies), used)


def served_elsewhere(candidate: Candidate, asked: Asked) -> Serving:
    """What the answers already given tell; nothing is asked again."""
    usage = asked.usage
    latencies = [u.latency_ms for u in usage if u.latency_ms is not None]
    energy = _energy(candidate, asked)
    reason = None if latencies else "no latency was recorded"
    p50, p95 = _percentiles(latencies)
    return Serving(energy, charge_of(usage), p50, p95, len(latencies), NOTHING, reason)


def _energy(candidate: Candidate, asked: Asked) -> Figure:
    if not asked.usage:
        return Figure.unknown("J", "it answered no request")
    if candidate.remote:
        return energy_of_tokens(asked.usage) / len(asked.usage)
    fresh = sum(not u.cached for u in asked.usage)
    if not fresh:
        return Figure.unknown("J", "every answer came from the cache: no run could be metered")
    return (asked.used.energy_j / fresh).widen(REPEATABILITY)


def charge_of(usage: Sequence[Usage]) -> Figure | None:
    """The mean charge per request with its sampling error; None where nothing is charged."""
    charged = [(u.cost, u.currency) for u in usage if u.cost is not None]
    if not charged:
        return None
    currencies = {currency or "USD" for _, currency in charged}
    if len(charged) < len(usage) or len(currencies) > 1:
        return Figure.unknown("USD", f"{len(usage) - len(charged)} answers have no known cost")
    costs = [cost for cost, _ in charged if cost is not None]
    mean = statistics.fmean(costs)
    error = _Z95 * statistics.stdev(costs) / math.sqrt(len(costs)) if len(costs) > 1 else mean
    return Figure.of(
        mean,
        max(mean - error, 0.0),
        mean + error,
        currencies.pop(),
        basis="reported",
        source="tokens counted by the provider at its price, or its recorded charge",
        boundary="the provider's charge for one request",
    )


def _percentiles(latencies: Sequence[float]) -> tuple[float | None, float | None]:
    if not latencies:
        return None, None
    if len(latencies) == 1:
        return latencies[0], latencies[0]
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return cuts[49], cuts[94]


def lives_elsewhere(candidate: Candidate | None) -> bool:
    """Whether it answers in another process or on another machine."""
    return candidate is not None and (candidate.remote or bool(candidate.process_ids))


def serving_of(study: Study, trial: Trial) -> Serving:
    """What a built candidate's requests cost; one elsewhere told it when it was asked on tune."""
    if trial.candidate is None:
        raise CandidateError(f"{trial.name} was not built")
    if lives_elsewhere(trial.candidate):
        return served_elsewhere(trial.candidate, trial.tune)
    inputs = [study.dataset.inputs[i] for i in study.split.tune]
    return serve_alone(trial.candidate, inputs, study.meter)
