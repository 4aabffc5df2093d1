"""Counters for Prometheus, added to without a look-up by label on the hot path."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
MOST_LABELS = 1000
QUANTITIES = (("energy_j", "joules"), ("carbon_g", "grams CO2e"), ("cost", "money"))


class Metrics:
    """What `/metrics` shows; over all workers where PROMETHEUS_MULTIPROC_DIR names a folder."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("task", "route", "outcome")
        self.requests = self._counter("requests", "requests answered", labels)
        self.seconds = Histogram(
            "modicum_request_seconds",
            "time to the whole answer",
            ("task", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.used = {
            name: self._counter(f"{name}", f"{what}, point estimate", ("task", "route"))
            for name, what in QUANTITIES
        }
        self.tokens = self._counter("tokens", "tokens", ("route", "direction"))
        self.refused = self._counter("refused", "requests refused before routing", ("reason",))
        self.dropped = self._counter("ledger_dropped", "records lost to the ledger", ())
        self.failures = self._counter("ledger_trouble", "times the ledger was away", ())
        self.waiting = Gauge(
            "modicum_ledger_waiting",
            "records written but not yet in the ledger",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._children: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    def _counter(self, name: str, what: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"modicum_{name}", what, labels, registry=self.registry)

    def children(self, task: str, route: str, outcome: str) -> tuple[Any, ...]:
        """(requests, seconds, energy, carbon, cost, tokens in, tokens out) of these labels."""
        found = self._children.get((task, route, outcome))
        if found is None:
            if len(self._children) >= MOST_LABELS:
                route = "other"  # a caller who invents names does not grow us
            key = (task, route, outcome)
            found = self._children[key] = (
                self.requests.labels(task, route, outcome),
                self.seconds.labels(task, route),
                *(self.used[name].labels(task, route) for name, _ in QUANTITIES),
                self.tokens.labels(route, "in"),
                self.tokens.labels(route, "out"),
            )
        return found

    def text(self) -> bytes:
        """The whole page."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if not folder:
            return generate_latest(self.registry)
        from prometheus_client.multiprocess import MultiProcessCollector

        gathered = CollectorRegistry()
        MultiProcessCollector(gathered, folder)  # type: ignore[no-untyped-call]
        return generate_latest(gathered)
