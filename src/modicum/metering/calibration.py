"""Calibration of the power model by a wall meter: wall = a x reading + b x seconds.

Several phases of different load are run; in each, `reading` is what the power model says of the
machine's CPU time and `wall` what the meter said.  `a` corrects the model; `b` is power at rest.
Where there are enough loads, a and b are fitted between each two neighbours (`curve`), because
power over load is not one straight line; the single a and b remain for who knows no load.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from modicum.errors import ArtefactError, MeterError, StorageError
from modicum.metering.curve import LoadCurve
from modicum.metering.power import PowerModel, calibration_path

SCHEMA = "modicum.calibration/1"
LOADS = (0.0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)
"""The loads that are run: doubling, since power changes most where the machine wakes from rest."""
_LEAST_SPREAD = 1.03  # a wall meter itself is rarely better than 3% on a single machine
_LEAST_CURVE = 5  # loads from which lines between neighbours are better than one through all
_LEAST_LOADS = 0.3  # of the highest load, from the lowest to it: less cannot tell a from b


@dataclass(frozen=True, slots=True)
class Phase:
    """One load: joules by the model, seconds, joules at the plug."""

    reading_j: float
    seconds: float
    wall_j: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the phases gave.

    scale: factor on the model's dynamic watts (a); scale_low and scale_high its range over loads.
    idle_w: watts of the machine at rest (b).
    held_out: mean relative error of each phase predicted from the others, and the worst of them.
    curve: watts at the plug by the model's watts, rising; empty where the loads were too few.
    """

    cpu: str
    threads: int
    scale: float
    scale_low: float
    scale_high: float
    idle_w: float
    held_out: float
    phases: int
    date: str
    meter: str
    held_out_worst: float | None = None
    curve: tuple[tuple[float, float], ...] = ()

    def predict(self, reading_j: float, seconds: float) -> float:
        """Joules at the plug for the whole machine."""
        if not self.curve or seconds <= 0:
            return self.scale * reading_j + self.idle_w * seconds
        return LoadCurve.of(self.curve, 0.0).watts_at(reading_j / seconds) * seconds

    def apply(self, power: PowerModel) -> PowerModel:
        """The power model of this machine, corrected."""
        idle_w = self.curve[0][1] if self.curve else self.idle_w
        return replace(
            power,
            watts=power.watts * self.scale,
            low=power.watts * self.scale_low,
            high=power.watts * self.scale_high,
            idle_watts=idle_w / power.threads,
            idle_low=idle_w / power.threads / _LEAST_SPREAD,
            idle_high=idle_w / power.threads * _LEAST_SPREAD,
            source=(
                f"power model calibrated by {self.meter} on {self.date}, "
                f"held-out error {self.held_out:.1%}"
            ),
            note=None,
            curve=self._over_load(power.watts * power.threads),
        )

    def _over_load(self, full_w: float) -> LoadCurve | None:
        """The curve over load in [0, 1], of which `full_w` by the model is 1."""
        if not self.curve:
            return None
        error = max(_LEAST_SPREAD - 1.0, self.held_out_worst or self.held_out)
        return LoadCurve.of([(reading / full_w, wall) for reading, wall in self.curve], error)


def fit(phases: Sequence[Phase], power: PowerModel, *, date: str, meter: str) -> Calibration:
    """Least squares over the phases; raises MeterError where they cannot tell a from b.

    date: ISO 8601; meter: what measured at the plug.
    """
    if len(phases) < 3:
        raise MeterError(f"{len(phases)} phases cannot be checked: give at least 3 loads")
    loads = [p.reading_j / p.seconds for p in phases]
    if max(loads) - min(loads) < _LEAST_LOADS * max(loads):
        raise MeterError(
            "all phases had nearly the same load: stop other programs, which keep the machine busy"
        )
    scale, idle = _line(phases)
    if scale <= 0.0 or idle < 0.0:
        raise MeterError(
            f"the fit gave a = {scale:.3g} and b = {idle:.3g} W, which no machine has: "
            "check that the meter measures this machine alone, and give longer phases"
        )
    curve = _curve(phases) if len(phases) >= _LEAST_CURVE else ()
    slopes = _slopes(phases, curve[0][1] if curve else idle)
    errors = _held_out(phases, bool(curve))
    return Calibration(
        cpu=power.cpu,
        threads=power.threads,
        scale=scale,
        scale_low=max(0.0, min(scale / _LEAST_SPREAD, *slopes)),
        scale_high=max(scale * _LEAST_SPREAD, *slopes),
        idle_w=idle,
        held_out=sum(errors) / len(errors),
        phases=len(phases),
        date=date,
        meter=meter,
        held_out_worst=max(errors),
        curve=curve,
    )


def _line(phases: Sequence[Phase]) -> tuple[float, float]:
    """a and b of wall = a x reading + b x seconds, by the normal equations."""
    rr = sum(p.reading_j * p.reading_j for p in phases)
    rs = sum(p.reading_j * p.seconds for p in phases)
    ss = sum(p.seconds * p.seconds for p in phases)
    rw = sum(p.reading_j * p.wall_j for p in phases)
    sw = sum(p.seconds * p.wall_j for p in phases)
    determinant = rr * ss - rs * rs
    if determinant <= 1e-9 * rr * ss:
        raise MeterError("all phases had the same load: run some idle and some busy")
    return (rw * ss - sw * rs) / determinant, (sw * rr - rw * rs) / determinant


def _slopes(phases: Sequence[Phase], rest_w: float) -> list[float]:
    """Of each load that is not rest: its watts above rest, over those of the model."""
    highest = max(p.reading_j / p.seconds for p in phases)
    return [
        (p.wall_j - rest_w * p.seconds) / p.reading_j
        for p in phases
        if p.reading_j / p.seconds > 0.05 * highest
    ]


def _curve(phases: Sequence[Phase]) -> tuple[tuple[float, float], ...]:
    """Watts at the plug by watts of the model, in the order of load."""
    points = [(p.reading_j / p.seconds, p.wall_j / p.seconds) for p in phases]
    curve = LoadCurve.of(points, 0.0)
    return tuple(zip(curve.loads, curve.watts, strict=True))


def _held_out(phases: Sequence[Phase], curved: bool) -> list[float]:
    """Relative error of each phase as the others predict it; with a curve, of the inner ones."""
    ordered = sorted(phases, key=lambda p: p.reading_j / p.seconds)
    errors = []
    for i, left_out in enumerate(ordered[1:-1], 1) if curved else enumerate(ordered):
        others = [p for j, p in enumerate(ordered) if j != i]
        if curved:
            watts = LoadCurve.of(_curve(others), 0.0).watts_at(
                left_out.reading_j / left_out.seconds
            )
            guess = watts * left_out.seconds
        else:
            scale, idle = _line(others)
            guess = scale * left_out.reading_j + idle * left_out.seconds
        errors.append(abs(guess - left_out.wall_j) / left_out.wall_j)
    return errors


def save(calibration: Calibration, path: Path) -> None:
    """Write whole or not at all; raises StorageError."""
    import json
    import tempfile  # only here: it costs more to load than a window may cost

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".calibration.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"schema": SCHEMA} | asdict(calibration), file, indent=2)
        Path(name).replace(path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written ({error.strerror}): set MODICUM_CALIBRATION to another file"
        ) from error


def load(path: Path) -> Calibration | None:
    """The calibration in a file; None where there is no file; raises ArtefactError for another."""
    try:
        plain = _read(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path} is not a calibration ({error}): calibrate again") from error
    if not isinstance(plain, dict) or plain.pop("schema", None) != SCHEMA:
        raise ArtefactError(f"{path} is not a {SCHEMA} file: calibrate again")
    try:
        plain["curve"] = tuple((float(r), float(w)) for r, w in plain.get("curve", ()))
        return Calibration(**plain)
    except (TypeError, ValueError) as error:
        raise ArtefactError(f"{path} lacks a field ({error}): calibrate again") from error


def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    import json

    return json.loads(text)


def calibrated(power: PowerModel, path: Path | None = None) -> PowerModel:
    """The power model with this machine's calibration, where there is one for this processor."""
    found = load(path or calibration_path())
    if found is None:
        return power
    if (found.cpu, found.threads) != (power.cpu, power.threads):
        return replace(
            power, note=f"the stored calibration is of {found.cpu}, not of {power.cpu}: not used"
        )
    return found.apply(power)
