"""Any power series that a Prometheus server holds: PDU, IPMI, Redfish, switches, DCGM, Kepler.

The expression must give one series in watts.  It is asked for after the window, over the time the
window took; a bearer token is read from the environment (MODICUM_PROMETHEUS_TOKEN).
"""

from __future__ import annotations

import json
import math
import os
import time
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from modicum.errors import MeterError
from modicum.figures import Figure
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy
from modicum.metering.trace import PowerTrace, energy

_TOKEN = "MODICUM_PROMETHEUS_TOKEN"  # noqa: S105 - the name of a variable, not a token
_LARGEST = 16 * 1024 * 1024


class Prometheus:
    """One PromQL expression in watts as a meter source.

    url: the server, for example http://127.0.0.1:9090.
    step_s: the resolution asked for; no finer than the scrape interval makes sense.
    """

    period_s: float | None = None

    def __init__(
        self,
        url: str,
        expression: str,
        *,
        device: str = "wall",
        kind: Kind = "machine",
        step_s: float = 1.0,
        gap_s: float = 60.0,
        accuracy: float = 1.05,
        timeout_s: float = 10.0,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise MeterError(f"{url!r} is not a Prometheus server: give an http or https address")
        self.url, self.expression = url.rstrip("/"), expression
        self.device, self.kind = device, kind
        self.name = f"Prometheus {expression}"
        self._step_s, self._gap_s, self._accuracy = step_s, gap_s, accuracy
        self._timeout_s = timeout_s

    def mark(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def poll(self) -> None:
        """Nothing to do: the server samples."""

    def between(self, start: float, end: float) -> tuple[DeviceEnergy, ...]:
        """Joules between two moments; unknown with its reason when the server does not answer."""
        boundary = f"{self.device} as {self.expression} sees it, whole"
        try:
            trace = self.trace(start, end)
        except MeterError as error:
            figure = Figure.unknown(
                "J", str(error), basis="measured", source=self.name, boundary=boundary
            )
        else:
            figure = energy(
                trace, start, end, gap_s=self._gap_s, accuracy=self._accuracy, source=self.name,
                boundary=boundary,
            )  # fmt: skip
        return (DeviceEnergy(self.device, self.kind, figure),)

    def trace(self, start: float, end: float) -> PowerTrace:
        """The series around that time; raises MeterError."""
        step = max(self._step_s, (end - start) / 10_000)  # servers refuse above 11,000 points
        query = {
            "query": self.expression,
            "start": f"{start - step:.3f}",
            "end": f"{end + step:.3f}",
            "step": f"{step:.3f}",
        }
        series = _result(self._ask(f"{self.url}/api/v1/query_range?{urlencode(query)}"))
        if len(series) != 1:
            raise MeterError(
                f"{self.expression!r} gives {len(series)} series: narrow or sum it to one"
            )
        return PowerTrace.of(_points(series[0]))

    def close(self) -> None:
        """Nothing is kept open."""

    def _ask(self, address: str) -> bytes:
        token = os.environ.get(_TOKEN)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = Request(address, headers=headers)  # noqa: S310 - the scheme was checked
        try:
            with urlopen(request, timeout=self._timeout_s) as reply:  # noqa: S310
                body: bytes = reply.read(_LARGEST)
        except (URLError, OSError) as error:
            raise MeterError(f"{self.url} did not answer ({error}): check address and token") from (
                error
            )
        return body


def _result(body: bytes) -> list[object]:
    try:
        reply = json.loads(body)
        result = reply["data"]["result"] if reply["status"] == "success" else None
    except (ValueError, KeyError, TypeError) as error:
        raise MeterError("the reply is not Prometheus's: check the address") from error
    if not isinstance(result, list):
        raise MeterError(f"the server refused: {str(reply.get('error', 'no reason'))[:200]}")
    return result


def _points(series: object) -> list[tuple[float, float]]:
    try:
        pairs = series["values"]  # type: ignore[index]
        points = [(float(t), float(w)) for t, w in pairs]
    except (KeyError, TypeError, ValueError) as error:
        raise MeterError("the series has no values: ask for a vector in watts") from error
    return [(t, w) for t, w in points if math.isfinite(w)]
