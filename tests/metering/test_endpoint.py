"""What Prometheus scrapes, what OpenTelemetry gets, and the dashboard that shows it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from modicum.errors import MeterError, StorageError
from modicum.figures import Figure
from modicum.metering import Meter, endpoint
from modicum.metering.endpoint import NAMES, registry_of, serve, write_textfile
from modicum.metering.live import Device, Frame, Row
from modicum.metering.otel import Telemetry, once, otlp_provider
from modicum.metering.totals import Totals

DASHBOARD = Path(endpoint.__file__).parent / "data" / "grafana.json"
OF_RUNS = {"modicum_energy_joules", "modicum_carbon_grams"}  # of `modicum meter --out FILE.prom`


def watts(value: float | None) -> Figure:
    if value is None:
        return Figure.unknown("W", "the counter vanished")
    return Figure.of(value, value / 2, value * 2, "W", basis="modelled", source="m", boundary="b")


def frame(*rows: Row, cpu: float | None = 10.0) -> Frame:
    return Frame(2.0, 1.0, rows, (Device("cpu", "cpu", watts(cpu)),), watts(5.0))


def totals() -> Totals:
    made = Totals()
    one = Row(7, "python", "team=a", 0.5, watts(3.0), "docker:0123")
    made.add(frame(one, Row(9, 'sh "x"\n', "", 0.1, watts(1.0)), cpu=None))
    made.add(frame(one, Row(8, "python", "team=a", 0.25, watts(1.0), "docker:0123")))
    return made


def scraped(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def grid() -> Figure:
    return Figure.within(100.0, 1.2, "gCO2e/kWh", basis="reported", source="g", boundary="grid")


def test_joules_and_cpu_seconds_add_up_by_name_label_and_container() -> None:
    found = scraped(generate_latest(registry_of(totals(), grid())).decode())
    assert set(found) == set(NAMES)
    energy = {
        (labels["process"], labels["bound"]): value
        for labels, value in found["modicum_process_energy_joules_total"]
    }
    assert energy["python", "value"] == pytest.approx(14.0)  # (3 + 1 + 3) W over 2 s
    assert energy["python", "low"] == pytest.approx(7.0)
    assert energy["python", "high"] == pytest.approx(28.0)
    seconds = {labels["process"]: v for labels, v in found["modicum_process_cpu_seconds_total"]}
    assert seconds["python"] == pytest.approx(2.5)
    assert 'sh "x"\n' in seconds


def test_an_unreadable_device_is_counted_as_unknown_and_has_no_sample_of_power() -> None:
    found = scraped(generate_latest(registry_of(totals(), grid())).decode())
    assert found["modicum_device_unknown_total"][0][1] == 1.0
    values = [v for labels, v in found["modicum_device_energy_joules_total"]
              if labels["bound"] == "value"]  # fmt: skip
    assert values == [pytest.approx(20.0)]
    lost = Totals()
    lost.add(frame(cpu=None))
    assert "modicum_device_power_watts" not in scraped(generate_latest(registry_of(lost)).decode())


def test_the_endpoint_is_scraped_over_http_and_a_taken_port_is_said() -> None:
    server, thread = serve(registry_of(totals(), grid()), "127.0.0.1", 0)
    try:
        with urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as reply:
            assert "modicum_process_energy_joules_total" in reply.read().decode()
        with pytest.raises(MeterError, match="another --port"):
            serve(registry_of(totals()), "127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_textfile_is_whole_or_not_there(tmp_path: Path) -> None:
    write_textfile(registry_of(totals(), grid()), tmp_path / "modicum.prom")
    assert set(scraped((tmp_path / "modicum.prom").read_text())) == set(NAMES)
    assert [p.name for p in tmp_path.iterdir()] == ["modicum.prom"]
    with pytest.raises(StorageError, match="cannot be written"):
        write_textfile(registry_of(totals()), tmp_path / "no" / "modicum.prom")


def test_every_metric_of_the_dashboard_is_one_that_is_exported() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert board["schemaVersion"] >= 36
    variables = {v["name"] for v in board["templating"]["list"]}
    asked: set[str] = set()
    for panel in board["panels"]:
        assert panel["title"]
        assert panel["type"] in {"stat", "timeseries", "table"}
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"]
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        for target in panel["targets"]:
            asked |= set(re.findall(r"modicum_[a-z_]+", target["expr"]))
            used = set(re.findall(r"\$(\w+)", target["expr"]))
            assert used <= variables | {"__range", "__rate_interval"}
            assert target["expr"].count("(") == target["expr"].count(")")
    assert asked == set(NAMES) | OF_RUNS
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)


def test_no_two_panels_of_the_dashboard_lie_on_each_other() -> None:
    cells = [
        (place["x"] + dx, place["y"] + dy)
        for place in (p["gridPos"] for p in json.loads(DASHBOARD.read_text())["panels"])
        for dx in range(place["w"])
        for dy in range(place["h"])
    ]
    assert len(cells) == len(set(cells))


def read_metrics(data: Any) -> dict[str, tuple[str, list[Any]]]:
    return {
        metric.name: (metric.unit, list(metric.data.data_points))
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_energy_power_tokens_and_duration_follow_the_conventions() -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    telemetry = Telemetry(provider)
    with Meter(sources=()).window("answer") as window:
        sum(range(200_000))
    telemetry.reading(window.reading, team="search")
    wall = Figure.exact(60.0, "J", basis="measured", source="plug", boundary="machine")
    telemetry.add([("wall", "machine", wall)], 2.0)
    telemetry.add([("gpu-0", "gpu", Figure.unknown("J", "lost"))], 2.0)
    telemetry.answered(
        model="smollm2", provider="llama.cpp", seconds=0.5, tokens_in=20, tokens_out=30,
        energy=window.reading.energy_j,
    )  # fmt: skip
    found = read_metrics(reader.get_metrics_data())
    provider.shutdown()
    unit, points = found["hw.energy"]
    assert unit == "J"
    by_type = {p.attributes["hw.type"]: p for p in points}
    assert set(by_type) == {"cpu", "memory"}  # the unknown GPU is no 0
    cpu = next(d for d in window.reading.devices if d.kind == "cpu")
    assert by_type["cpu"].value == pytest.approx(cpu.energy_j.value)
    assert by_type["cpu"].attributes["modicum.basis"] == "modelled"
    assert by_type["cpu"].attributes["team"] == "search"
    assert found["hw.power"][0] == "W"
    assert found["hw.host.energy"][1][0].value == 60.0
    assert found["hw.host.power"][1][0].value == 30.0
    unit, points = found["gen_ai.client.token.usage"]
    assert unit == "{token}"
    assert {p.attributes["gen_ai.token.type"]: p.sum for p in points} == {"input": 20, "output": 30}
    assert found["gen_ai.client.operation.duration"][1][0].sum == 0.5
    assert found["modicum.gen_ai.energy"][1][0].sum == pytest.approx(window.reading.energy_j.value)


class Collector(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    got: list[tuple[str, bytes]] = []
    handler = type("Handler", (Collector,), {"got": got})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_collector_gets_otlp_over_http(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceRequest,
    )

    url, got = collector
    provider = otlp_provider(url, every_s=60.0)
    joules = Figure.exact(3.0, "J", basis="measured", source="RAPL", boundary="package-0")
    Telemetry(provider).add([("package-0", "cpu", joules)], 1.0)
    provider.shutdown()
    import gzip

    path, body = got[0]
    assert path == "/v1/metrics"
    raw = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    request = ExportMetricsServiceRequest.FromString(raw)
    metrics = request.resource_metrics[0].scope_metrics[0].metrics
    assert {m.name: m.unit for m in metrics} == {"hw.energy": "J", "hw.power": "W"}


def test_one_reading_is_sent_at_once_and_a_collector_that_is_away_is_told(
    collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    joules = Figure.exact(3.0, "J", basis="measured", source="RAPL", boundary="package-0")
    url, got = collector
    assert once(url)(lambda telemetry: telemetry.add([("package-0", "cpu", joules)], 1.0))
    assert len(got) == 1
    monkeypatch.setattr("modicum.metering.otel._TIMEOUT_S", 0.2)
    away = once("http://127.0.0.1:9")
    assert not away(lambda telemetry: telemetry.add([("package-0", "cpu", joules)], 1.0))


def test_an_address_that_is_no_collector_is_refused() -> None:
    with pytest.raises(MeterError, match="4318"):
        otlp_provider("localhost")
