"""The totals as Prometheus metrics: an endpoint that is scraped, or a textfile.

Names follow Prometheus' own rules (base units, `_total` for counters).  Each energy comes three
times, with `bound` value, low and high: a 90% interval.  What is unknown has no sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, start_http_server, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from modicum.errors import MeterError, StorageError
from modicum.metering.totals import Totals

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

    from modicum.figures import Figure

NAMES = (
    "modicum_process_energy_joules_total",
    "modicum_process_cpu_seconds_total",
    "modicum_device_energy_joules_total",
    "modicum_device_power_watts",
    "modicum_device_unknown_total",
    "modicum_idle_power_watts",
    "modicum_grid_grams_per_kwh",
)
"""Every metric of the endpoint, as it is scraped."""

_WHO = ["process", "label", "container"]


class TotalsCollector(Collector):
    """What a scrape gives: the totals now, and the grid factor that turns joules into grams."""

    def __init__(self, totals: Totals, grid: Figure | None = None) -> None:
        self._totals, self._grid = totals, grid

    def collect(self) -> Iterable[Metric]:
        """Each metric once."""
        totals = self._totals
        yield from self._processes()
        yield from self._devices()
        for name, figure, about in (
            ("modicum_idle_power_watts", totals.idle, "Power of the machine doing nothing."),
            ("modicum_grid_grams_per_kwh", self._grid, "Carbon intensity of the grid."),
        ):
            family = GaugeMetricFamily(name, about, labels=["bound", "basis"])
            for bound, value in _bounds(figure):
                family.add_metric([bound, figure.basis if figure else ""], value)
            yield family

    def _processes(self) -> Iterator[Metric]:
        energy = CounterMetricFamily(
            "modicum_process_energy_joules",
            "Energy charged to processes of this name, above idle.",
            labels=[*_WHO, "bound"],
        )
        for who, joules in list(self._totals.energy.items()):
            for bound, value in joules.bounds():
                energy.add_metric([*who, bound], value)
        seconds = CounterMetricFamily(
            "modicum_process_cpu_seconds", "CPU time of processes of this name.", labels=_WHO
        )
        for who, used in list(self._totals.cpu_seconds.items()):
            seconds.add_metric(list(who), used)
        yield from (energy, seconds)

    def _devices(self) -> Iterator[Metric]:
        labels = ["device", "kind", "basis"]
        energy = CounterMetricFamily(
            "modicum_device_energy_joules", "Energy of a whole device.", labels=[*labels, "bound"]
        )
        power = GaugeMetricFamily(
            "modicum_device_power_watts", "Mean power of a whole device over the last frame.",
            labels=[*labels, "bound"],
        )  # fmt: skip
        unknown = CounterMetricFamily(
            "modicum_device_unknown", "Frames in which a device could not be read.", labels=labels
        )
        for name, device in list(self._totals.devices.items()):
            who = [name, device.kind, device.basis]
            for bound, value in device.joules.bounds():
                energy.add_metric([*who, bound], value)
            for bound, value in _bounds(device.watts):
                power.add_metric([*who, bound], value)
            unknown.add_metric(who, device.unknown)
        yield from (energy, power, unknown)


def _bounds(figure: Figure | None) -> Iterator[tuple[str, float]]:
    for bound in ("value", "low", "high"):
        value = getattr(figure, bound, None)
        if value is not None:
            yield bound, value


def registry_of(totals: Totals, grid: Figure | None = None) -> CollectorRegistry:
    """A registry that holds these metrics and nothing else."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TotalsCollector(totals, grid))
    return registry


def serve(registry: CollectorRegistry, address: str, port: int) -> tuple[WSGIServer, Thread]:
    """Answer scrapes until the server is shut down; raises MeterError where the port is taken."""
    try:
        return start_http_server(port, address, registry)
    except OSError as error:
        raise MeterError(
            f"{address}:{port} cannot be opened ({error.strerror}): choose another --port"
        ) from error


def write_textfile(registry: CollectorRegistry, path: Path) -> None:
    """For node_exporter's textfile collector, whole or not at all; raises StorageError."""
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}; choose another") from error
