"""`modicum grid` against a server on loopback in the UK API's published form."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from modicum.cli import grid, meter
from modicum.errors import CarbonError

AHEAD = [200, 180, 90, 80, 95, 210]


class Uk(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        series = [{"intensity": {"forecast": g}} for g in AHEAD]
        now = [{"intensity": {"forecast": 190, "actual": 201}}]
        body = json.dumps({"data": series if "fw48h" in self.path else now}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def uk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Uk)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("MODICUM_UK_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def app() -> typer.Typer:
    made = typer.Typer()
    grid.register(made)
    meter.register(made)
    return made


def test_a_region_has_its_yearly_factor_water_and_price() -> None:
    done = CliRunner().invoke(app(), ["grid", "IE", "--json"])
    document = json.loads(done.stdout)
    assert document["carbon, yearly"]["value"] == 290.81
    assert document["price"]["value"] == 0.256


def test_live_and_forecast_say_when_to_start(uk: None) -> None:
    arguments = ["grid", "GB", "--live", "uk", "--forecast", "--hours", "1.5", "--json"]
    document = json.loads(CliRunner().invoke(app(), arguments).stdout)
    assert document["carbon, now"]["value"] == 201
    assert len(document["forecast"]) == 6
    assert document["best_g_per_kwh"] == pytest.approx((90 + 80 + 95) / 3)
    assert document["best_start"] == document["forecast"][2]["at"]
    shown = CliRunner().invoke(app(), arguments[:-1]).stdout
    assert "least carbon" in shown


def test_work_longer_than_the_forecast_is_refused(uk: None) -> None:
    done = CliRunner().invoke(app(), ["grid", "--live", "uk", "--forecast", "--hours", "9"])
    assert isinstance(done.exception, CarbonError)
    assert "3 hours" in str(done.exception)


def test_the_meter_uses_the_live_grid(uk: None, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    done = CliRunner().invoke(
        app(), ["meter", "--quiet", "--live", "uk", "--out", str(out), "--", "true"]
    )
    assert done.exit_code == 0
    carbon = json.loads(out.read_text(encoding="utf-8"))["carbon_g"]
    assert "UK Carbon Intensity API, GB" in carbon["source"]
