"""What was metered in the formats of others; input is the plain data `modicum meter` writes.

What a format cannot say (an interval in CodeCarbon's columns) is left out; what is unknown is left
empty, never written as 0.
"""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from modicum.errors import MeterError

_J_PER_KWH = 3.6e6
# CodeCarbon 3.3's EmissionsData, in its order
CODECARBON_COLUMNS = (
    "timestamp", "project_name", "run_id", "experiment_id", "duration", "emissions",
    "emissions_rate", "cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy",
    "ram_energy", "energy_consumed", "water_consumed", "country_name", "country_iso_code",
    "region", "cloud_provider", "cloud_region", "os", "python_version", "codecarbon_version",
    "cpu_count", "cpu_model", "gpu_count", "gpu_model", "longitude", "latitude",
    "ram_total_size", "tracking_mode", "cpu_utilization_percent", "gpu_utilization_percent",
    "ram_utilization_percent", "ram_used_gb", "on_cloud", "pue", "wue",
)  # fmt: skip


def codecarbon_row(document: Mapping[str, Any]) -> dict[str, object]:
    """One row of CodeCarbon's emissions.csv: kg, kWh, W, L, seconds; None where unknown."""
    seconds = document["wall_seconds"]
    kinds = {kind: _kwh(document, kind) for kind in ("cpu", "memory", "gpu")}
    carbon_g = document["carbon_g"]["value"]
    kilograms = None if carbon_g is None else carbon_g / 1e3
    energy_j = document["energy_j"]["value"]
    row: dict[str, object] = dict.fromkeys(CODECARBON_COLUMNS)
    row |= {
        "timestamp": datetime.fromtimestamp(document["started"] + seconds, UTC).isoformat(),
        "project_name": document["labels"].get("project", "modicum"),
        "duration": seconds,
        "emissions": kilograms,
        "emissions_rate": _over(kilograms, seconds),
        "cpu_energy": kinds["cpu"],
        "ram_energy": kinds["memory"],
        "gpu_energy": kinds["gpu"],
        "cpu_power": _watts(kinds["cpu"], seconds),
        "ram_power": _watts(kinds["memory"], seconds),
        "gpu_power": _watts(kinds["gpu"], seconds),
        "energy_consumed": None if energy_j is None else energy_j / _J_PER_KWH,
        "water_consumed": document["water_l"]["value"],
        "os": platform.platform(),
        "python_version": platform.python_version(),
        "tracking_mode": "process",
    }
    return row


def codecarbon_csv(document: Mapping[str, Any], *, header: bool) -> str:
    """The row as CSV text, with the header line when the file is new."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CODECARBON_COLUMNS, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerow(codecarbon_row(document))
    return text.getvalue()


def prometheus_text(document: Mapping[str, Any]) -> str:
    """Gauges in Prometheus' text format, for node_exporter's textfile collector."""
    labels = {"command": document["command"][0], **document["labels"]}
    lines: list[str] = []
    for name, key, about in (
        ("modicum_energy_joules", "energy_j", "Energy of the last metered run."),
        ("modicum_carbon_grams", "carbon_g", "Carbon dioxide equivalent, location-based."),
        ("modicum_water_litres", "water_l", "Water."),
        ("modicum_cost", "cost", "Electricity cost, in the unit of the label."),
    ):
        figure = document[key]
        extra = {"basis": figure["basis"]} | ({"unit": figure["unit"]} if key == "cost" else {})
        lines += _gauge(name, about, figure, labels | extra)
    lines += ["# HELP modicum_device_energy_joules Energy by device.",
              "# TYPE modicum_device_energy_joules gauge"]  # fmt: skip
    for device in document["devices"]:
        counted = str(device["in_total"]).lower()
        extra = {"device": device["device"], "in_total": counted}
        lines += _samples("modicum_device_energy_joules", device["energy_j"], labels | extra)
    for name, value in (
        ("modicum_cpu_seconds", document["cpu_seconds"]),
        ("modicum_wall_seconds", document["wall_seconds"]),
        ("modicum_exit_code", document["exit_code"]),
    ):
        lines += [f"# TYPE {name} gauge", f"{name}{_braces(labels)} {value}"]
    return "\n".join(lines) + "\n"


def model_card(document: Mapping[str, Any], training_type: str = "fine-tuning") -> str:
    """The `co2_eq_emissions` block of a Hugging Face model card: grams, and how they were got.

    Raises MeterError when the carbon is unknown, since the card has no word for that.
    """
    carbon = document["carbon_g"]
    if carbon["value"] is None:
        raise MeterError(f"a model card needs grams, and they are unknown: {carbon['reason']}")
    low, high = carbon["low"], carbon["high"]
    source = (
        f"Modicum; {carbon['basis']}; 90% interval {low:.4g} to {high:.4g} g; {carbon['source']}"
    )
    hardware = ", ".join(d["device"] for d in document["devices"] if d["in_total"])
    return (
        "co2_eq_emissions:\n"
        f"  emissions: {carbon['value']:.6g}\n"
        f"  source: {json.dumps(source, ensure_ascii=False)}\n"
        f"  training_type: {json.dumps(training_type)}\n"
        f"  hardware_used: {json.dumps(hardware)}\n"
    )


def _kwh(document: Mapping[str, Any], kind: str) -> float | None:
    values = [
        d["energy_j"]["value"] for d in document["devices"] if d["kind"] == kind and d["in_total"]
    ]
    if not values or any(value is None for value in values):
        return None
    return float(sum(values)) / _J_PER_KWH


def _watts(kwh: float | None, seconds: float) -> float | None:
    return None if kwh is None else _over(kwh * _J_PER_KWH, seconds)


def _over(amount: float | None, seconds: float) -> float | None:
    return None if amount is None or seconds <= 0 else amount / seconds


def _gauge(
    name: str, about: str, figure: Mapping[str, Any], labels: Mapping[str, str]
) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} gauge", *_samples(name, figure, labels)]


def _samples(name: str, figure: Mapping[str, Any], labels: Mapping[str, str]) -> list[str]:
    """Value, low and high of a figure; no sample at all where it is unknown."""
    if figure["value"] is None:
        return []
    return [
        f"{name}{_braces({**labels, 'bound': bound})} {figure[bound]!r}"
        for bound in ("value", "low", "high")
    ]


def _braces(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus writes them.

    >>> _braces({"my team": 'say "hi"'})
    '{my_team="say \\\\"hi\\\\""}'
    """
    pairs = []
    for key, value in labels.items():
        name = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in key)
        name = name if name and not name[0].isdigit() else f"_{name}"
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        pairs.append(f'{name}="{escaped}"')
    return "{" + ",".join(pairs) + "}"
