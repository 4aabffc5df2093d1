from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from modicum.errors import MeterError
from modicum.metering import Meter, PowerModel
from modicum.metering.prometheus import Prometheus
from modicum.metering.replay import Replay, Replayed, WallLog, read_traces
from modicum.metering.trace import PowerTrace, energy


def test_the_trapezoid_is_exact_for_even_rises() -> None:
    trace = PowerTrace.of([(0, 0), (10, 100)])
    assert trace.joules(2, 4) == (60.0, 0.0, 200.0)


def test_the_interval_holds_a_step_between_samples() -> None:
    value, least, most = PowerTrace.of([(0, 50), (1, 50), (2, 200), (3, 200)]).joules(0, 3)
    assert least <= 50 * 1 + 200 * 2 <= most
    assert least <= 50 * 2 + 200 * 1 <= most
    assert least <= value <= most


def test_a_gap_or_an_early_end_makes_the_energy_unknown() -> None:
    trace = PowerTrace.of([(0, 50), (1, 50), (30, 50)])
    for start, end in ((0, 30), (0, 60), (-60, 1)):
        figure = energy(trace, start, end, gap_s=5, accuracy=1, source="plug", boundary="all")
        assert figure.value is None
        assert "no samples" in str(figure.reason)


def test_a_clock_that_jumps_back_makes_the_energy_unknown() -> None:
    trace = PowerTrace.of([(0, 50), (10, 50)])
    figure = energy(trace, 5, 4, gap_s=99, accuracy=1, source="plug", boundary="all")
    assert "went back" in str(figure.reason)


def test_negative_watts_are_refused() -> None:
    with pytest.raises(MeterError, match="below zero"):
        PowerTrace.of([(0, -1)])


def test_a_square_wave_replayed_at_10_hz_is_within_5_percent() -> None:
    samples = [(t / 10, 400.0 if (t // 7) % 2 else 60.0) for t in range(301)]
    replay = Replay({"gpu-0": Replayed("gpu", PowerTrace.of(samples))}, clock=lambda: 0.0)
    true = sum(400.0 if (t // 7) % 2 else 60.0 for t in range(300)) / 10
    (device,) = replay.between(0.0, 30.0)
    assert device.energy_j.value == pytest.approx(true, rel=0.05)
    assert device.energy_j.low is not None
    assert device.energy_j.high is not None
    assert device.energy_j.low <= true <= device.energy_j.high


def one_watt() -> PowerModel:
    return PowerModel(
        cpu="test", watts=1.0, low=0.5, high=2.0, idle_watts=1.0, idle_low=0.5, idle_high=2.0,
        threads=2, source="a test",
    )  # fmt: skip


def test_a_replayed_machine_is_metered_by_the_meter() -> None:
    clock = iter([0.0, 100.0])
    replay = Replay({"wall": Replayed("machine", PowerTrace.of([(0, 40), (100, 40)]))},
                    clock=lambda: next(clock))  # fmt: skip
    with Meter(sources=(replay,), power=one_watt(), idle="whole").window("replay") as window:
        pass
    (device,) = window.reading.devices
    assert device.machine_j is not None
    assert device.machine_j.value == 4000.0
    assert device.energy_j.value is not None
    assert device.energy_j.value <= 4000.0


def test_a_wall_log_is_read_by_seconds_or_iso_time(tmp_path: Path) -> None:
    log = tmp_path / "wall.csv"
    log.write_text("time,watts\n1970-01-01T00:00:00Z,100\n1970-01-01T00:00:10+00:00,100\n")
    (device,) = WallLog(log).between(0.0, 10.0)
    assert device.energy_j.value == pytest.approx(1000.0)
    assert device.energy_j.basis == "measured"


@pytest.mark.parametrize(
    "text",
    ["", "a,b\n1,2\n", "seconds,watts\n1,nan\n", "seconds,watts\nx,1\n",
     "seconds,watts,kind\n1,1,toaster\n"],
)  # fmt: skip
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, text: str) -> None:
    log = tmp_path / "wall.csv"
    log.write_text(text)
    with pytest.raises(MeterError, match="want columns"):
        read_traces(log)


def test_a_missing_log_never_crashes_the_program_that_is_metered(tmp_path: Path) -> None:
    with Meter(sources=(WallLog(tmp_path / "none.csv"),), power=one_watt()).window("w") as window:
        pass
    assert any("cannot be read" in note for note in window.reading.notes)
    assert window.reading.energy_j.value is not None


class Server(BaseHTTPRequestHandler):
    reply: bytes = b""
    asked: str = ""

    def do_GET(self) -> None:
        Server.asked = self.path
        self.send_response(200)
        self.end_headers()
        self.wfile.write(Server.reply)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Server) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def answer(*series: list[tuple[float, str]]) -> bytes:
    result = [{"metric": {}, "values": values} for values in series]
    return json.dumps({"status": "success", "data": {"result": result}}).encode()


def test_a_prometheus_series_becomes_joules(server: str) -> None:
    Server.reply = answer([(999.0, "150"), (1010.0, "150"), (1021.0, "150")])
    (device,) = Prometheus(server, "sum(pdu_watts)").between(1000.0, 1020.0)
    assert device.energy_j.value == pytest.approx(3000.0)
    assert "query=sum%28pdu_watts%29" in Server.asked
    assert device.kind == "machine"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(), "0 series"),
        (answer([(1.0, "1")], [(1.0, "2")]), "2 series"),
        (b"<html>", "not Prometheus"),
        (b'{"status": "error", "error": "parse error"}', "parse error"),
        (answer([(1.0, "1")]), "no samples"),
    ],
)
def test_a_reply_that_does_not_serve_is_unknown_with_its_reason(
    server: str, reply: bytes, why: str
) -> None:
    Server.reply = reply
    (device,) = Prometheus(server, "x").between(1000.0, 1020.0)
    assert device.energy_j.value is None
    assert why in str(device.energy_j.reason)


def test_a_server_that_is_down_is_unknown_and_a_file_address_is_refused() -> None:
    (device,) = Prometheus("http://127.0.0.1:9", "x", timeout_s=1).between(1.0, 2.0)
    assert "did not answer" in str(device.energy_j.reason)
    with pytest.raises(MeterError, match="http or https"):
        Prometheus("file:///etc/passwd", "x")
