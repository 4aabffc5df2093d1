"""Grid intensity now and ahead: Electricity Maps v3, WattTime v3, the UK's Carbon Intensity API.

Keys come from the environment: ELECTRICITYMAPS_API_KEY; WATTTIME_USER and WATTTIME_PASSWORD; the UK
needs none.  Answers are kept for a quarter of an hour.  Where a source cannot answer, the bundled
yearly factor is given instead, and its source says so.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from modicum.carbon.grid import grid_factor
from modicum.errors import CarbonError
from modicum.figures import Figure

_FRESH_S = 900.0
_G_PER_LB = 453.59237
_LARGEST = 1_000_000  # bytes of an answer; a day's forecast is a few thousand

Fetch = Callable[[str, Mapping[str, str]], Any]


class LiveGrid(Protocol):
    """A source of intensity by zone; its forecast comes in steps of `step_s` seconds."""

    @property
    def name(self) -> str:
        """As it is cited."""
        ...

    @property
    def unit_basis(self) -> str:
        """Average or marginal, life cycle or operating."""
        ...

    @property
    def step_s(self) -> float:
        """Seconds from one step of the forecast to the next."""
        ...

    def now(self, zone: str) -> float:
        """Grams per kWh now; CarbonError where it cannot be had."""
        ...

    def ahead(self, zone: str) -> list[float]:
        """Grams per kWh, forecast from now on, step by step."""
        ...


def fetch_json(url: str, headers: Mapping[str, str], timeout_s: float = 5.0) -> Any:
    """The JSON at an http(s) address; CarbonError, without headers, where there is none."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise CarbonError(f"{url} is neither http nor https")
    try:
        with urlopen(Request(url, headers=dict(headers)), timeout=timeout_s) as answer:  # noqa: S310  (scheme checked above)
            return json.loads(answer.read(_LARGEST))
    except (URLError, TimeoutError, OSError, ValueError) as error:
        host = urlsplit(url).hostname
        raise CarbonError(f"{host} gave no intensity: {type(error).__name__}") from None


@dataclass(frozen=True, slots=True)
class ElectricityMaps:
    """Average life-cycle intensity by zone, such as DE or US-CAL-CISO."""

    environment: Mapping[str, str]
    fetch: Fetch = fetch_json
    base: str = "https://api.electricitymap.org"
    name: str = "Electricity Maps v3"
    unit_basis: str = "average, life cycle"
    step_s: float = 3600.0

    def now(self, zone: str) -> float:
        """The latest hour."""
        return _grams(self._ask("latest", zone).get("carbonIntensity"), self.name)

    def ahead(self, zone: str) -> list[float]:
        """The next day or so, hourly."""
        points = self._ask("forecast", zone).get("forecast")
        return _series(points, lambda p: p.get("carbonIntensity"), self.name)

    def _ask(self, what: str, zone: str) -> Mapping[str, Any]:
        key = self.environment.get("ELECTRICITYMAPS_API_KEY")
        if not key:
            raise CarbonError("Electricity Maps needs its key: set ELECTRICITYMAPS_API_KEY")
        url = f"{self.base}/v3/carbon-intensity/{what}?zone={quote(zone)}"
        return _told(self, url, {"auth-token": key})


@dataclass(frozen=True, slots=True)
class WattTime:
    """Marginal intensity by balancing authority, such as CAISO_NORTH, from lb per MWh."""

    environment: Mapping[str, str]
    fetch: Fetch = fetch_json
    base: str = "https://api.watttime.org"
    name: str = "WattTime v3"
    unit_basis: str = "marginal, operating"
    step_s: float = 300.0

    def now(self, zone: str) -> float:
        """The first step of the forecast."""
        return self.ahead(zone)[0]

    def ahead(self, zone: str) -> list[float]:
        """The next day in steps of five minutes."""
        url = f"{self.base}/v3/forecast?region={quote(zone)}&signal_type=co2_moer"
        points = _told(self, url, {"Authorization": f"Bearer {self._token()}"}).get("data")
        per_lb = _series(points, lambda p: p.get("value"), self.name)
        return [value * _G_PER_LB / 1000 for value in per_lb]

    def _token(self) -> str:
        user, word = (self.environment.get(f"WATTTIME_{n}") for n in ("USER", "PASSWORD"))
        if not user or not word:
            raise CarbonError("WattTime needs a login: set WATTTIME_USER and WATTTIME_PASSWORD")
        login = base64.b64encode(f"{user}:{word}".encode()).decode()
        answer = _told(self, f"{self.base}/login", {"Authorization": f"Basic {login}"})
        return str(answer.get("token", ""))


@dataclass(frozen=True, slots=True)
class CarbonIntensityUk:
    """Great Britain's average intensity; needs no key."""

    fetch: Fetch = fetch_json
    base: str = "https://api.carbonintensity.org.uk"
    clock: Callable[[], float] = time.time
    name: str = "UK Carbon Intensity API"
    unit_basis: str = "average, operating"
    step_s: float = 1800.0

    def now(self, zone: str = "GB") -> float:
        """This half hour: measured, or forecast while it is not."""
        told = _points(self._ask("/intensity").get("data"), self.name)[0].get("intensity") or {}
        return _grams(told.get("actual") or told.get("forecast"), self.name)

    def ahead(self, zone: str = "GB") -> list[float]:
        """The next two days, half-hourly."""
        start = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(self.clock()))
        points = self._ask(f"/intensity/{start}/fw48h").get("data")
        return _series(points, lambda p: (p.get("intensity") or {}).get("forecast"), self.name)

    def _ask(self, path: str) -> Mapping[str, Any]:
        return _told(self, self.base + path, {"Accept": "application/json"})


@dataclass(slots=True)
class Cached:
    """A live source with memory and, if a folder is given, a file; static where it fails."""

    live: LiveGrid
    folder: Path | None = None
    clock: Callable[[], float] = time.time
    kept: dict[str, tuple[float, float]] = field(default_factory=dict)

    def factor(self, zone: str, region: str | None) -> Figure:
        """Grams per kWh now in a zone; the region's yearly factor where the source fails."""
        try:
            grams = self._fresh(zone)
        except CarbonError as error:
            static = grid_factor(region)
            return static.relabel(source=f"no live figure ({error}), so {static.source}")
        return Figure.within(
            grams,
            1.10,  # methods of one hour differ by a tenth (as in plan.saving)
            "gCO2e/kWh",
            basis="reported",
            source=f"{self.live.name}, {zone}",
            boundary=f"electricity now: {self.live.unit_basis}",
            error=f"grid:{zone}",
        )

    def ahead(self, zone: str) -> list[Figure]:
        """The forecast, step by step from now; raises CarbonError where there is none.

        Its interval is twice that of the present, which is what day-ahead forecasts are off by
        (Maji et al., CarbonCast, BuildSys 2022: 5 to 20% over 13 grids).
        """
        return [
            Figure.within(
                grams, 1.20, "gCO2e/kWh", basis="modelled", source=f"{self.live.name}, forecast",
                boundary=f"electricity ahead: {self.live.unit_basis}", error=f"grid:{zone}",
            )
            for grams in self.live.ahead(zone)
        ]  # fmt: skip

    def _fresh(self, zone: str) -> float:
        self._read()
        when, grams = self.kept.get(zone, (-_FRESH_S, 0.0))
        if self.clock() - when < _FRESH_S:
            return grams
        grams = self.live.now(zone)
        self.kept[zone] = (self.clock(), grams)
        self._write()
        return grams

    @property
    def _file(self) -> Path | None:
        plain = "".join(c for c in self.live.name.lower() if c.isalnum())
        return self.folder / f"grid-{plain}.json" if self.folder else None

    def _read(self) -> None:
        if self.kept or self._file is None or not self._file.exists():
            return
        try:
            plain = json.loads(self._file.read_text(encoding="utf-8"))
            self.kept = {str(z): (float(w), float(g)) for z, (w, g) in plain.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            self.kept = {}  # a broken cache is no cache

    def _write(self) -> None:
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self.kept), encoding="utf-8")
        except OSError:
            return  # a cache that cannot be written costs a request, not the answer


def _grams(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 5000:
        raise CarbonError(f"{name} gave {value!r} where an intensity was wanted")
    return float(value)


def _told(
    source: ElectricityMaps | WattTime | CarbonIntensityUk, url: str, headers: Mapping[str, str]
) -> Mapping[str, Any]:
    """The object that a source answers with."""
    return _object(source.fetch(url, headers), source.name)


def _series(points: object, pick: Callable[[Mapping[str, Any]], object], name: str) -> list[float]:
    """The number of each point of a series."""
    return [_grams(pick(p), name) for p in _points(points, name)]


def _object(answer: object, name: str) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise CarbonError(f"{name} gave a {type(answer).__name__} where an object was wanted")
    return answer


def _points(answer: object, name: str) -> list[Mapping[str, Any]]:
    if not isinstance(answer, list) or not answer or not all(isinstance(p, dict) for p in answer):
        raise CarbonError(f"{name} gave no points of a series")
    return answer
