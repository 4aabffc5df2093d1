from __future__ import annotations

import importlib.util
import random
import time
from pathlib import Path

import pytest

from modicum.errors import ArtefactError, MeterError, StorageError
from modicum.metering import Meter, cpus
from modicum.metering.calibration import LOADS, Phase, calibrated, fit, load, save
from modicum.metering.power import model_of

_spec = importlib.util.spec_from_file_location("machines", Path(__file__).with_name("machines.py"))
assert _spec is not None
assert _spec.loader is not None
machines = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(machines)
POWER = model_of("test", cpus.TURIN, 4)


def phases(scale: float, idle_w: float) -> list[Phase]:
    return [Phase(r, 10.0, scale * r + idle_w * 10.0) for r in (0.0, 20.0, 40.0, 80.0)]


def test_a_straight_machine_is_found_exactly() -> None:
    found = fit(phases(1.7, 30.0), POWER, date="2026-11-23", meter="a plug")
    assert found.scale == pytest.approx(1.7)
    assert found.idle_w == pytest.approx(30.0)
    assert found.held_out == pytest.approx(0.0, abs=1e-9)
    assert found.predict(100.0, 10.0) == pytest.approx(470.0)


def held_out(shapes: tuple[tuple[float, ...], ...]) -> list[float]:
    """Relative errors of 10 loads on each machine, calibrated by a class 1 meter."""
    source = random.Random(7)
    errors = []
    for vendor, family, model, stepping, idle_w, full_w, threads in machines.SYSTEMS:
        power = model_of("x", cpus.identify(vendor, family, model, stepping), threads)
        for shape in shapes:

            def phase(
                at: float, shape: tuple[float, ...] = shape, idle_w: float = idle_w,
                full_w: float = full_w, watts: float = power.watts * threads,
            ) -> Phase:  # fmt: skip
                wall = idle_w + (full_w - idle_w) * machines.dynamic_fraction(shape, at)
                return Phase(watts * at * 20.0, 20.0, wall * 20.0 * source.gauss(1.0, 0.01))

            found = fit([phase(at) for at in LOADS], power, date="2026-11-23", meter="a plug")
            for _ in range(10):
                held = phase(source.uniform(0.05, 1.0))
                guess = found.predict(held.reading_j, held.seconds)
                errors.append(abs(guess - held.wall_j) / held.wall_j)
    return sorted(errors)


def test_held_out_error_on_machines_never_seen_is_at_most_7_percent_for_95_in_100() -> None:
    errors = held_out(machines.SHAPES)
    assert len(errors) == 1500
    assert errors[int(0.95 * len(errors))] <= 0.07


def test_a_thread_is_charged_what_the_machine_draws_at_that_load_within_its_interval() -> None:
    shape = machines.SHAPES[2]  # wakes steeply: a thread of a tenth of the load costs twice
    walls = {at: 50.0 + 100.0 * machines.dynamic_fraction(shape, at) for at in LOADS}
    power = model_of("x", cpus.ROME, 64)
    full = power.watts * 64
    run = [Phase(full * at * 20.0, 20.0, wall * 20.0) for at, wall in walls.items()]
    found = fit(run, power, date="2026-11-23", meter="a plug").apply(power)
    for at in (0.1, 0.3, 0.6, 0.9):
        true = 100.0 * machines.dynamic_fraction(shape, at)  # joules of a second
        known = found.energy(at * 64, at)
        blind = found.energy(at * 64)
        assert known.value == pytest.approx(true, rel=0.15)
        assert known.low <= true <= known.high
        assert blind.low <= true <= blind.high
        assert known.high - known.low < blind.high - blind.low


def test_a_calibrated_meter_that_reads_the_load_uses_its_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calibration.json"
    monkeypatch.setenv("MODICUM_CALIBRATION", str(path))
    native = Meter(sources=()).power
    full = native.watts * native.threads
    walls = ((0.0, 20.0), (0.1, 80.0), (0.2, 82.0), (0.5, 90.0), (1.0, 100.0))
    run = [Phase(full * at * 20.0, 20.0, wall * 20.0) for at, wall in walls]
    save(fit(run, native, date="2026-11-23", meter="a plug"), path)
    meter = Meter(sources=(), load=True)
    with meter.window() as window:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
    busy = window._stop.machine[0] - window._start.machine[0]
    load = min(
        1.0, max(busy, window.reading.cpu_seconds) / (window.reading.wall_seconds * native.threads)
    )
    (cpu,) = (d for d in window.reading.devices if d.kind == "cpu")
    expected = meter.power.energy(window.reading.cpu_seconds, load)
    assert cpu.energy_j.value == pytest.approx(expected.value)
    assert cpu.energy_j.value != pytest.approx(meter.power.energy(window.reading.cpu_seconds).value)


def test_it_is_kept_and_used_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "calibration.json"
    monkeypatch.setenv("MODICUM_CALIBRATION", str(path))
    native = Meter(sources=()).power
    save(fit(phases(2.0, 30.0), native, date="2026-11-23", meter="a plug"), path)
    power = Meter(sources=()).power
    assert power.watts == pytest.approx(2.0 * native.watts)
    assert power.low < power.watts < power.high
    assert power.high / power.low < native.high / native.low
    assert "calibrated by a plug on 2026-11-23" in power.source


def test_one_of_another_processor_is_not_used_and_said(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    save(fit(phases(2.0, 30.0), POWER, date="2026-11-23", meter="a plug"), path)
    other = calibrated(model_of("another", cpus.ROME, 8), path)
    assert other.watts == model_of("another", cpus.ROME, 8).watts
    assert other.note is not None
    assert "not used" in other.note


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "modicum.calibration/1"}'])
def test_a_broken_file_is_refused_by_name_and_never_stops_a_meter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(ArtefactError, match="calibrate again"):
        load(path)
    monkeypatch.setenv("MODICUM_CALIBRATION", str(path))
    with Meter(sources=()).window() as window:
        pass
    assert any("calibrate again" in note for note in window.reading.notes)


def test_phases_that_cannot_tell_are_refused() -> None:
    with pytest.raises(MeterError, match="at least 3"):
        fit(phases(1.0, 1.0)[:2], POWER, date="d", meter="m")
    with pytest.raises(MeterError, match="same load"):
        fit([Phase(10.0, 10.0, 100.0)] * 4, POWER, date="d", meter="m")
    with pytest.raises(MeterError, match="no machine has"):
        fit([Phase(r, 10.0, 900.0 - r) for r in (0.0, 10.0, 20.0)], POWER, date="d", meter="m")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = fit(phases(1.0, 1.0), POWER, date="d", meter="m")
    with pytest.raises(StorageError, match="MODICUM_CALIBRATION"):
        save(found, tmp_path / "file" / "below" / "calibration.json")
