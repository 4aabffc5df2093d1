"""Live grids against a server on loopback that answers in their published forms."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from modicum.carbon.live import (
    Cached,
    CarbonIntensityUk,
    ElectricityMaps,
    LiveGrid,
    WattTime,
    fetch_json,
)
from modicum.errors import CarbonError

ANSWERS: dict[str, Any] = {
    "/v3/carbon-intensity/latest?zone=DE": {"zone": "DE", "carbonIntensity": 302},
    "/v3/carbon-intensity/forecast?zone=DE": {
        "forecast": [{"carbonIntensity": 300}, {"carbonIntensity": 280}]
    },
    "/login": {"token": "abc"},
    "/v3/forecast?region=CAISO_NORTH&signal_type=co2_moer": {
        "data": [{"value": 1000.0}, {"value": 500.0}]
    },
    "/intensity": {"data": [{"intensity": {"forecast": 120, "actual": 118}}]},
    "/intensity/1970-01-01T00:00Z/fw48h": {"data": [{"intensity": {"forecast": 99}}]},
}


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        wanted = {
            "/v3/carbon": ("auth-token", "secret"),
            "/v3/forecast": ("Authorization", "Bearer abc"),
        }
        for start, (header, value) in wanted.items():
            if self.path.startswith(start) and self.headers.get(header) != value:
                self.send_error(401)
                return
        answer = ANSWERS.get(self.path)
        if answer is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_electricity_maps_answers_now_and_ahead(base: str) -> None:
    live = ElectricityMaps({"ELECTRICITYMAPS_API_KEY": "secret"}, base=base)
    assert live.now("DE") == 302
    assert live.ahead("DE") == [300, 280]


def test_watttime_is_read_from_pounds_per_mwh(base: str) -> None:
    live = WattTime({"WATTTIME_USER": "u", "WATTTIME_PASSWORD": "p"}, base=base)
    assert live.now("CAISO_NORTH") == pytest.approx(453.59237)
    assert live.ahead("CAISO_NORTH")[1] == pytest.approx(226.796, abs=1e-3)


def test_the_uk_prefers_what_was_measured(base: str) -> None:
    live = CarbonIntensityUk(base=base, clock=lambda: 0.0)
    assert live.now() == 118
    assert live.ahead() == [99]


@pytest.mark.parametrize(
    ("live", "name"),
    [(ElectricityMaps({}), "ELECTRICITYMAPS_API_KEY"), (WattTime({}), "WATTTIME_USER")],
)
def test_a_missing_key_names_its_variable(live: LiveGrid, name: str) -> None:
    with pytest.raises(CarbonError, match=name):
        live.now("DE")


def test_a_failing_source_falls_back_to_the_yearly_factor_and_says_so(base: str) -> None:
    live = ElectricityMaps({"ELECTRICITYMAPS_API_KEY": "wrong"}, base=base)
    factor = Cached(live).factor("DE", "DEU")
    assert factor.value == 380.95
    assert factor.source.startswith("no live figure (127.0.0.1 gave no intensity: HTTPError)")
    assert "wrong" not in factor.source


class Counting:
    name, unit_basis = "Counting", "average"

    def __init__(self) -> None:
        self.asked = 0

    def now(self, zone: str) -> float:
        self.asked += 1
        return 100.0

    def ahead(self, zone: str) -> list[float]:
        return [100.0]


def test_an_answer_is_kept_a_quarter_of_an_hour_also_on_disk(tmp_path: Path) -> None:
    live, clock = Counting(), [0.0]
    first = Cached(live, tmp_path, lambda: clock[0])
    assert first.factor("DE", None).value == 100
    assert Cached(live, tmp_path, lambda: clock[0]).factor("DE", None).value == 100
    assert live.asked == 1
    clock[0] = 901.0
    first.factor("DE", None)
    assert live.asked == 2


def test_a_broken_cache_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "grid-counting.json").write_text("[1, 2")
    assert Cached(Counting(), tmp_path, lambda: 0.0).factor("DE", None).value == 100


@pytest.mark.parametrize("answer", [None, [], {"carbonIntensity": "302"}, {"carbonIntensity": -5}])
def test_a_malformed_answer_is_refused(answer: object) -> None:
    def fetch(url: str, headers: Mapping[str, str]) -> object:
        return answer

    live = ElectricityMaps({"ELECTRICITYMAPS_API_KEY": "k"}, fetch=fetch)
    with pytest.raises(CarbonError, match="Electricity Maps v3 gave"):
        live.now("DE")


def test_only_http_is_fetched() -> None:
    with pytest.raises(CarbonError, match="neither http nor https"):
        fetch_json("file:///etc/passwd", {})
