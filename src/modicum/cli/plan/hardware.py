"""`modicum plan hardware`: the catalogue, with sources and years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.plan.options import Json
from modicum.cli.plan.show import hints, one_sentence, plain_table, print_json
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.chips import Chip
    from modicum.plan.devices import Device
    from modicum.plan.tables import Row

_TABLES = {"chips": "chip", "devices": "device", "models": "model", "trainings": "preset"}
"""Each table of the catalogue with the column that names its rows."""

KINDS = ("chip", "server", "accelerator", "switch", "optics", "model", "preset")


def hardware(
    name: Annotated[str | None, typer.Argument(help="One entry, with its source.")] = None,
    kind: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(KINDS)}.")] = None,
    as_json: Json = False,
) -> None:
    """The catalogue of chips, servers, network and models.

    A figure that nobody could check against its source is marked unconfirmed and has a wider
    interval.
    """
    with one_sentence():
        if kind is not None and kind not in KINDS:
            raise PlanError(f"kind {kind!r} is not known: take one of {', '.join(KINDS)}")
        entries = [e for e in _entries() if kind in (None, e["kind"])]
        if name is not None:
            entries = _called(name, entries)
        if as_json:
            print_json(entries)
            return
        for head, kinds in (
            ("Accelerators to plan with", ("chip",)),
            ("Devices to modernise", ("server", "accelerator", "switch", "optics")),
            ("Open models", ("model",)),
            ("Published trainings", ("preset",)),
        ):
            found = [e for e in entries if e["kind"] in kinds]
            if found:
                _show(head, found)
        if name is not None:
            hints([f"source: {e['source']}" for e in entries])
        elif any(_unconfirmed(e) for e in entries):
            hints(
                ["* a figure of it is unconfirmed; `modicum plan hardware NAME` tells its source"]
            )


def _called(name: str, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every entry of this name or other spelling: a chip may be a device as well."""
    from modicum.plan.tables import look_up, rows

    known = {e["name"]: {e["name"]} for e in entries}
    for table, key in _TABLES.items():
        for row in rows(table):
            for also in filter(None, row["also"].split(";") if row[key] in known else ()):
                known.setdefault(also, set()).add(row[key])
    found = look_up("entry", name, known)
    return [e for e in entries if e["name"] in found]


def _show(head: str, entries: list[dict[str, Any]]) -> None:
    skip = {"kind", "source", "name", "year"}
    columns = [c for c in entries[0] if c not in skip]
    rows = [
        (
            e["name"] + ("*" if _unconfirmed(e) else ""),
            *(_cell(e[c]) for c in columns),
            str(e["year"]),
        )
        for e in entries
    ]
    plain_table(head, ("name", *(c.replace("_", " ") for c in columns), "year"), rows)


def _unconfirmed(entry: dict[str, Any]) -> bool:
    return "unconfirmed" in entry["source"]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float) and value >= 1e9:
        return f"{value / 1e9:.4g} B"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _entries() -> list[dict[str, Any]]:
    from modicum.plan.chips import chips
    from modicum.plan.devices import devices
    from modicum.plan.tables import rows

    return [
        *map(_chip, dict.fromkeys(chips().values())),
        *map(_device, dict.fromkeys(devices().values())),
        *map(_model, rows("models")),
        *map(_preset, rows("trainings")),
    ]


def _chip(chip: Chip) -> dict[str, Any]:
    return {
        "kind": "chip",
        "name": chip.name,
        "tflops": chip.tflops,
        "tdp_w": chip.tdp_w,
        "memory_gb": chip.memory_gb,
        "gb_per_s": chip.gb_per_s,
        "embodied_kg": chip.embodied_kg,
        "year": chip.year,
        "source": chip.source,
    }


def _device(device: Device) -> dict[str, Any]:
    return {
        "kind": device.kind,
        "name": device.name,
        "idle_w": device.idle_w,
        "max_w": device.max_w,
        "does": f"{device.performance:g} {device.unit}",
        "embodied_kg": device.embodied_kg[0],
        "year": device.year,
        "source": device.source,
    }


def _model(row: Row) -> dict[str, Any]:
    return {
        "kind": "model",
        "name": row["model"],
        "params": float(row["params"]),
        "active_params": float(row["active_params"]),
        "year": row["year"],
        "source": row["source"],
    }


def _preset(row: Row) -> dict[str, Any]:
    return {
        "kind": "preset",
        "name": row["preset"],
        "what": row["what"],
        "published": row["published"],
        "year": "",
        "source": row["source"],
    }
