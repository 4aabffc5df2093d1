"""Grid intensity by the hour of the day, from an hourly series."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from modicum.errors import DataError

_TIMES = ("datetime", "time", "timestamp", "from", "hour")
_VALUES = ("lca", "g_per_kwh", "intensity", "gco2", "carbon")


def read_hours(path: Path) -> tuple[float, ...]:
    """24 means in g/kWh, of midnight UTC on; raises DataError.

    The csv has a column of times (ISO, UTC where no zone is given) and one of g/kWh; of an
    Electricity Maps export the life-cycle column is taken.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            time, value = _column(columns, _TIMES, path), _column(columns, _VALUES, path)
            found: dict[int, list[float]] = defaultdict(list)
            for line, row in enumerate(reader, start=2):
                _take(row, time, value, found, f"{path} line {line}")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if len(found) < 24:
        raise DataError(f"{path} tells {len(found)} of the 24 hours of a day: give hourly values")
    return tuple(sum(found[hour]) / len(found[hour]) for hour in range(24))


def _column(columns: Sequence[str], wanted: Sequence[str], path: Path) -> str:
    for word in wanted:
        for name in columns:
            if word in name.casefold():
                return name
    raise DataError(
        f"{path} has no column named like {' or '.join(wanted[:3])}: it has {', '.join(columns)}"
    )


def _take(
    row: Mapping[str, str], time: str, value: str, found: dict[int, list[float]], where: str
) -> None:
    text = (row.get(value) or "").strip()
    if not text:
        return
    try:
        at, intensity = datetime.fromisoformat((row.get(time) or "").strip()), float(text)
    except ValueError:
        raise DataError(
            f"{where}: {row.get(time)!r} and {text!r} are no time and no number"
        ) from None
    if not 0 <= intensity < 5000:
        raise DataError(f"{where}: {intensity:g} g/kWh, 0 to 5000 was wanted")
    hour = (at if at.tzinfo is None else at.astimezone(UTC)).hour
    found[hour].append(intensity)
