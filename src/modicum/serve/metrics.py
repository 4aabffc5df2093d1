"""Counters for Prometheus: plain numbers on the hot path, made into its format when asked.

Several workers each write their numbers to a file every second; whoever is asked adds them up.
"""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
MOST_LABELS = 1000
_LIMITS_US = [int(s * 1e6) for s in SECONDS]
_SUMS = ("requests", "energy_j", "carbon_g", "cost", "tokens_in", "tokens_out", "seconds")
_HELP = {
    "requests": "requests answered",
    "energy_j": "joules, point estimate",
    "carbon_g": "grams CO2e, point estimate",
    "cost": "money, point estimate",
    "tokens_in": "tokens read by upstream models",
    "tokens_out": "tokens written by upstream models",
}


class Series:
    """The numbers of one task, route and outcome."""

    __slots__ = ("buckets", *_SUMS)

    def __init__(self) -> None:
        self.requests = self.tokens_in = self.tokens_out = 0
        self.energy_j = self.carbon_g = self.cost = self.seconds = 0.0
        self.buckets = [0] * (len(SECONDS) + 1)

    def add(
        self,
        latency_us: int,
        used: tuple[float | None, ...],
        tokens_in: int | None,
        tokens_out: int | None,
    ) -> None:
        """Count one request; what is unknown adds nothing."""
        self.requests += 1
        self.seconds += latency_us * 1e-6
        self.buckets[bisect.bisect_left(_LIMITS_US, latency_us)] += 1
        energy, carbon, cost = used
        if energy:
            self.energy_j += energy
        if carbon:
            self.carbon_g += carbon
        if cost:
            self.cost += cost
        if tokens_in:
            self.tokens_in += tokens_in
        if tokens_out:
            self.tokens_out += tokens_out


class Metrics:
    """What `/metrics` shows.  `folder` is shared by the workers of one gateway, or None."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.refused: dict[str, int] = {}
        self.troubles = 0
        self.dropped = 0
        self.audits: dict[tuple[str, str], int] = {}
        self.small_share: dict[str, float] = {}
        self.alarms: dict[str, int] = {}
        self.stale: dict[str, int] = {}
        self._series: dict[tuple[str, str, str], Series] = {}

    def series(self, task: str, route: str, outcome: str) -> Series:
        """The numbers of these labels; a caller who invents names does not make it grow."""
        found = self._series.get((task, route, outcome))
        if found is None:
            if len(self._series) >= MOST_LABELS:
                route = "other"
            found = self._series.setdefault((task, route, outcome), Series())
        return found

    def refuse(self, reason: str) -> None:
        """Count a request that ended before a route was found."""
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def audited(self, task: str, outcome: str) -> None:
        """Count an audit: agree, differ, unanswered or dropped."""
        self.audits[task, outcome] = self.audits.get((task, outcome), 0) + 1

    def plain(self) -> dict[str, Any]:
        """This worker's numbers."""
        rows = [
            [*labels, [getattr(series, name) for name in _SUMS], list(series.buckets)]
            for labels, series in list(self._series.items())
        ]
        return {
            "series": rows,
            "refused": dict(self.refused),
            "troubles": self.troubles,
            "dropped": self.dropped,
            "audits": [[*labels, count] for labels, count in list(self.audits.items())],
            "small_share": dict(self.small_share),
            "alarms": dict(self.alarms),
            "stale": dict(self.stale),
        }

    def share(self) -> None:
        """Write this worker's numbers where the others read them."""
        if self.folder is not None:
            path = self.folder / f"{os.getpid()}.json"
            fresh = path.with_suffix(".tmp")
            fresh.write_bytes(msgspec.json.encode(self.plain()))
            fresh.replace(path)

    def text(self) -> bytes:
        """The whole page, all workers together."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(_Collector(added([self.plain(), *self._others()])))
        return generate_latest(registry)

    def _others(self) -> Iterator[dict[str, Any]]:
        if self.folder is None:
            return
        for path in self.folder.glob("*.json"):
            if path.stem != str(os.getpid()):
                yield msgspec.json.decode(path.read_bytes())


def added(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The numbers of several workers as one."""
    series: dict[tuple[str, str, str], list[list[float]]] = {}
    whole: dict[str, Any] = {"series": series, "refused": {}, "troubles": 0, "dropped": 0}
    whole |= {"audits": {}, "small_share": {}, "alarms": {}, "stale": {}}
    for part in parts:
        for task, route, outcome, sums, buckets in part["series"]:
            old = series.setdefault((task, route, outcome), [[0] * len(sums), [0] * len(buckets)])
            pairs = zip(old, (sums, buckets), strict=True)
            series[task, route, outcome] = [
                [a + b for a, b in zip(x, y, strict=True)] for x, y in pairs
            ]
        for reason, count in part["refused"].items():
            whole["refused"][reason] = whole["refused"].get(reason, 0) + count
        for task, outcome, count in part["audits"]:
            whole["audits"][task, outcome] = whole["audits"].get((task, outcome), 0) + count
        for name in ("small_share", "alarms", "stale"):  # every worker reads the same state
            for task, value in part.get(name, {}).items():
                whole[name][task] = max(whole[name].get(task, 0), value)
        whole["troubles"] += part["troubles"]
        whole["dropped"] += part["dropped"]
    return whole


class _Collector:
    """Hands the numbers to prometheus-client."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole

    def collect(self) -> Iterator[Any]:
        """Every metric, once."""
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        labels = ("task", "route", "outcome")
        for at, name in enumerate(_SUMS[:-1]):
            family = CounterMetricFamily(f"modicum_{name}", _HELP[name], labels=labels)
            for key, (sums, _) in self.whole["series"].items():
                family.add_metric(key, sums[at])
            yield family
        seconds = HistogramMetricFamily(
            "modicum_request_seconds", "time to the whole answer", labels=labels
        )
        for key, (sums, buckets) in self.whole["series"].items():
            seconds.add_metric(key, _cumulative(buckets), sums[-1])
        yield seconds
        refused = CounterMetricFamily(
            "modicum_refused", "requests that ended before a route was found", labels=["reason"]
        )
        for reason, count in self.whole["refused"].items():
            refused.add_metric([reason], count)
        yield refused
        yield from self._watched()
        for name, what in (
            ("dropped", "records lost to the ledger"),
            ("troubles", "times that ledger or journal could not be written"),
        ):
            yield CounterMetricFamily(f"modicum_ledger_{name}", what, value=self.whole[name])

    def _watched(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        audits = CounterMetricFamily(
            "modicum_audits",
            "audits: agree, differ, unanswered or dropped",
            labels=("task", "outcome"),
        )
        for labels, count in self.whole["audits"].items():
            audits.add_metric(labels, count)
        yield audits
        for name, what in _WATCHED.items():
            family = GaugeMetricFamily(f"modicum_{name}", what, labels=["task"])
            for task, value in self.whole[name].items():
                family.add_metric([task], value)
            yield family


_WATCHED = {
    "small_share": "share of a task's traffic that its small candidate answers",
    "alarms": "streams of a task's watch that raised an alarm",
    "stale": "conditions of a task that are not what they were: check it again",
}


def _cumulative(buckets: list[float]) -> list[tuple[str, float]]:
    total, found = 0.0, []
    for limit, count in zip((*map(str, SECONDS), "+Inf"), buckets, strict=True):
        total += count
        found.append((limit, total))
    return found
