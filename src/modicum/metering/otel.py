"""Energy as OpenTelemetry metrics, beside the tokens and the time of what used it.

Hardware conventions (OpenTelemetry semantic conventions, hardware, 2025): `hw.energy` in J and
`hw.power` in W by `hw.id` and `hw.type`; a meter of the whole machine is `hw.host.energy` and
`hw.host.power`, so that nothing is summed twice.  GenAI conventions (v1.37 and later):
`gen_ai.client.token.usage`, `gen_ai.client.operation.duration`.  `modicum.gen_ai.energy` is ours:
there is no convention yet for the energy of an answer.  Needs `modicum[otel]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from modicum._version import __version__
from modicum.errors import MeterError
from modicum.figures import Figure
from modicum.metering.reading import Kind, Reading

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.sdk.metrics import MeterProvider as Exporting

_TIMEOUT_S = 3.0
TOKEN_BUCKETS = tuple(4.0**power for power in range(14))
SECOND_BUCKETS = tuple(0.01 * 2.0**power for power in range(14))
"""Boundaries the GenAI conventions name for tokens and seconds."""
ENERGY_BUCKETS = tuple(10.0 ** (power / 2) for power in range(-10, 13))
_TYPES: dict[Kind, str] = {"cpu": "cpu", "memory": "memory", "gpu": "gpu", "other": "other"}


class Telemetry:
    """The instruments of one meter provider; `add` and `answered` feed them."""

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter("modicum", __version__)
        self._energy = {
            host: meter.create_counter(name, unit="J", description="Energy consumed")
            for host, name in ((False, "hw.energy"), (True, "hw.host.energy"))
        }
        self._power = {
            host: meter.create_gauge(name, unit="W", description="Power consumed")
            for host, name in ((False, "hw.power"), (True, "hw.host.power"))
        }
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage", unit="{token}", description="Tokens used",
            explicit_bucket_boundaries_advisory=TOKEN_BUCKETS,
        )  # fmt: skip
        self._seconds = meter.create_histogram(
            "gen_ai.client.operation.duration", unit="s", description="Duration of the operation",
            explicit_bucket_boundaries_advisory=SECOND_BUCKETS,
        )  # fmt: skip
        self._joules = meter.create_histogram(
            "modicum.gen_ai.energy", unit="J", description="Energy of the operation",
            explicit_bucket_boundaries_advisory=ENERGY_BUCKETS,
        )  # fmt: skip

    def add(
        self, devices: Iterable[tuple[str, Kind, Figure]], seconds: float, **labels: str
    ) -> None:
        """Joules of devices over so many seconds; an unknown one adds nothing."""
        for name, kind, joules in devices:
            if joules.value is None:
                continue
            attributes = _device(name, kind, joules) | labels
            host = kind == "machine"
            self._energy[host].add(max(0.0, joules.value), attributes)
            if seconds > 0:
                self._power[host].set(joules.value / seconds, attributes)

    def reading(self, reading: Reading, **labels: str) -> None:
        """What a window used, device by device."""
        counted = ((d.device, d.kind, d.energy_j) for d in reading.devices if d.in_total)
        self.add(counted, reading.wall_seconds, **labels)

    def answered(
        self,
        *,
        model: str,
        provider: str,
        seconds: float,
        tokens_in: int | None = None,
        tokens_out: int | None = None,
        energy: Figure | None = None,
        operation: str = "chat",
    ) -> None:
        """One operation of a model: its time, its tokens where they are known, and its joules."""
        base: dict[str, Any] = {
            "gen_ai.operation.name": operation,
            "gen_ai.request.model": model,
            "gen_ai.provider.name": provider,
        }
        self._seconds.record(seconds, base)
        for kind, count in (("input", tokens_in), ("output", tokens_out)):
            if count is not None:
                self._tokens.record(count, base | {"gen_ai.token.type": kind})
        if energy is not None and energy.value is not None:
            self._joules.record(energy.value, base | {"modicum.basis": energy.basis})


def _device(name: str, kind: Kind, joules: Figure) -> dict[str, str]:
    said = {"hw.id": name, "hw.name": name, "modicum.basis": joules.basis}
    return said if kind == "machine" else said | {"hw.type": _TYPES[kind]}


def otlp_provider(url: str, every_s: float = 10.0) -> Exporting:
    """A provider that sends OTLP over HTTP every so often to a collector, such as
    http://127.0.0.1:4318.

    Raises MeterError without `modicum[otel]`, and for an address that is none.
    """
    exporter = _exporter(url)
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=every_s * 1e3)
    return MeterProvider(metric_readers=[reader])


def once(url: str) -> Callable[[Callable[[Telemetry], None]], bool]:
    """A function that sends what it is told to record, now; False where the collector refused.

    Raises MeterError as `otlp_provider` does.
    """
    exporter = _exporter(url)
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult

    def send(record: Callable[[Telemetry], None]) -> bool:
        reader = InMemoryMetricReader()
        provider = MeterProvider(metric_readers=[reader])
        record(Telemetry(provider))
        data = reader.get_metrics_data()
        taken = data is not None and exporter.export(data) is MetricExportResult.SUCCESS
        provider.shutdown()
        exporter.shutdown()
        return taken

    return send


def _exporter(url: str) -> OTLPMetricExporter:
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    except ImportError as error:
        raise MeterError("OpenTelemetry is not installed: pip install 'modicum[otel]'") from error
    if not url.startswith(("http://", "https://")):
        raise MeterError(f"{url!r} is no collector: give for example http://127.0.0.1:4318")
    return OTLPMetricExporter(endpoint=f"{url.rstrip('/')}/v1/metrics", timeout=_TIMEOUT_S)
