"""Reads numbers off a page or a record as a person would, to compare them with decision.json."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from typing import Any

from modicum.decision.document import DecisionDocument

Triple = tuple[str, str]  # what is shown as the value, and as its interval

PREFIX = {"n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
SCALES = (
    {f"{p}J": s for p, s in PREFIX.items()}
    | {f"{p}Wh": s * 3600 for p, s in PREFIX.items()}
    | {f"{p}g CO₂e": s for p, s in PREFIX.items()}
    | {"t CO₂e": 1e6, "m³": 1e3}
    | {f"{p}L": s for p, s in PREFIX.items()}
    | {"requests": 1.0, "million requests": 1e6, "billion requests": 1e9}
    | {"%": 0.01, "points": 0.01}
)
UNITS = {"J": 1.0, "kWh": 3.6e6, "MWh": 3.6e9, "gCO2e": 1.0, "kgCO2e": 1e3, "tCO2e": 1e6}


class Buttons(HTMLParser):
    """Every figure of a page with the place that it names: value and interval as shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Triple]] = []
        self._place: str | None = None
        self._span, self._sup = "", False
        self._texts = {"v": "", "i": ""}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        if tag == "button" and "fig" in (own.get("class") or ""):
            self._place, self._texts = own.get("data-place") or "", {"v": "", "i": ""}
        elif tag == "span":
            self._span = own.get("class") or ""
        self._sup = tag == "sup"

    def handle_endtag(self, tag: str) -> None:
        if tag == "sup":
            self._sup = False
        if tag == "button" and self._place is not None:
            self.found.append((self._place, (self._texts["v"], self._texts["i"])))
            self._place = None

    def handle_data(self, data: str) -> None:
        if self._place is not None and not self._sup and self._span in self._texts:
            self._texts[self._span] += data


def of_markdown(text: str) -> list[tuple[str, Triple]]:
    """The same of a record's tables."""
    found = []
    for line in text.splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if len(cells) == 5 and cells[4].isdigit():
            place = re.sub(r"\\(.)", r"\1", cells[3])
            found.append((place, (cells[1], cells[2])))
    return found


def at(decision: DecisionDocument, place: str) -> dict[str, Any] | None:
    """What stands in decision.json at a path; a path times a number or a field is scaled."""
    plain = json.loads(decision.model_dump_json())
    path, _, factor = place.partition(" * ")
    if not re.fullmatch(r"[\w.\[\]]+", path) or not re.fullmatch(r"[\w.+]*", factor):
        return None
    found = _walk(plain, path)
    times = 1.0
    if factor:
        times = _walk(plain, factor) if factor.startswith("task.") else float(factor)
    ends = {k: None if found[k] is None else found[k] * times for k in ("value", "low", "high")}
    return found | ends


def _walk(plain: Any, path: str) -> Any:
    for name, number in re.findall(r"(\w+)|\[(\d+)\]", path):
        plain = plain[name] if name else plain[int(number)]
    return plain


def holds(shown: Triple, exact: dict[str, Any], confidence: bool) -> bool:
    """Whether what is shown is what stands there, to the digits shown."""
    if exact["value"] is None:
        return shown[0] == "unknown"
    value, unit, sign = _number(shown[0])
    scale = 1.0 if confidence else 1 / UNITS.get(exact["unit"].split("/")[0], 1.0)
    by = SCALES.get(unit, 1.0) * scale
    ends = [_number(end)[0] for end in shown[1].split(" to ")] if " to " in shown[1] else []
    if not ends and exact["low"] != exact["high"]:
        return False
    low, high = ends or [value * sign] * 2
    if confidence and unit == "points":
        sign = sign if "better" in shown[0] or "worse" in shown[0] else 1
    pairs = ((value * sign, exact["value"]), (low, exact["low"]), (high, exact["high"]))
    return all(_near(a * by, b, by, confidence) for a, b in pairs)


def _near(shown: float, exact: float, by: float, statistic: bool) -> bool:
    """Half of the last digit: the second significant one, or the first decimal of a share."""
    if statistic:
        return abs(shown - exact) <= (0.05 * by if by != 1.0 else 0.0005) * 1.0001
    size = abs(shown / by) or abs(exact / by)  # in the unit that is shown
    last = 10 ** (math.floor(math.log10(size) + 1e-9) - 1) if size else 0.0
    return abs(shown - exact) / by <= 0.5001 * last


def _number(text: str) -> tuple[float, str, int]:
    """The number, its unit, and -1 where a word says that it is better."""
    plain = text.replace("−", "-").replace(",", "").strip()
    if plain == "no different":
        return 0.0, "points", 1
    match = re.match(r"([+-]?[\d.]+(?:e[+-]?\d+)?)\s*(.*)", plain)
    assert match, text
    unit = re.sub(r" ?(per request|times less|times as much|worse|better)$", "", match[2]).strip()
    return float(match[1]), unit, -1 if plain.endswith("better") else 1
