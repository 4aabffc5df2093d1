"""What every meter source must keep, as checks that a plug-in's own tests can call.

    from modicum.checks.meter_source import check_meter_source

    def test_my_source() -> None:
        check_meter_source(MySource)

Each check raises AssertionError with the rule that was broken.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, get_args

from modicum.figures import Figure
from modicum.metering.reading import Kind
from modicum.metering.source import DeviceEnergy, Source


def check_meter_source(make: Callable[[], Source], *, seconds: float = 0.15) -> None:
    """Hold a source to the protocol; `make` builds a fresh one, `seconds` is how long to meter."""
    source = make()
    try:
        check_shape(source)
        devices = _metered(source, seconds)
        check_devices(devices)
        check_nested(source, seconds)
        check_through_the_meter(source, seconds)
    finally:
        source.close()
    source.close()  # twice is allowed


def check_shape(source: Source) -> None:
    """It has the protocol's names, and a period that can be kept."""
    _hold(isinstance(source, Source), "a source has name, period_s, mark, poll, between and close")
    _hold(bool(source.name), "a source has a name that a person can read")
    period = source.period_s
    _hold(period is None or 0.001 <= period < 3600.0, "period_s is None or from 1 ms to an hour")


def check_devices(devices: tuple[DeviceEnergy, ...]) -> None:
    """Each device says joules with basis, source and boundary, or None with the reason."""
    names = [device.device for device in devices]
    _hold(len(set(names)) == len(names), f"device names differ: {names}")
    for device in devices:
        _hold(device.kind in get_args(Kind), f"{device.kind!r} is a kind: {get_args(Kind)}")
        check_joules(device.energy_j)
        if device.idle_w is not None:
            _hold(device.idle_w.unit == "W", "idle power is in W")
        for share in (device.shares or {}).values():
            _hold(0.0 <= share <= 1.0, f"a share lies in [0, 1]: {share}")
        _hold(sum((device.shares or {}).values()) <= 1.0 + 1e-9, "shares add up to at most 1")


def check_joules(figure: Figure) -> None:
    """A figure in joules: never negative, never a bare zero-width guess, never without origin."""
    _hold(figure.unit == "J", f"energy is in J, not {figure.unit}")
    _hold(bool(figure.source and figure.boundary), "energy says its source and boundary")
    if figure.value is None:
        _hold(bool(figure.reason), "unknown energy gives its reason")
    else:
        _hold((figure.low or 0.0) >= 0.0, f"energy is not negative: {figure.low}")


def check_nested(source: Source, seconds: float) -> None:
    """An inner window never holds more than the one around it; marks can be used twice."""
    outer = source.mark()
    inner = source.mark()
    time.sleep(seconds)
    _poll(source)
    inner_end = source.mark()
    outer_end = source.mark()
    whole = {d.device: d.energy_j for d in source.between(outer, outer_end)}
    again = {d.device: d.energy_j.value for d in source.between(outer, outer_end)}
    for device in source.between(inner, inner_end):
        around = whole.get(device.device)
        if around is None or around.high is None or device.energy_j.value is None:
            continue
        _hold(
            device.energy_j.value <= around.high + 1e-6,
            f"{device.device}: the inner window holds more than the outer one",
        )
    for name, value in again.items():
        _hold(value == whole[name].value, f"{name}: the same two marks gave another energy")


def check_through_the_meter(source: Source, seconds: float) -> None:
    """The meter reads it without a complaint, and charges nobody more than the device used."""
    from modicum.metering.meter import Meter

    with Meter(sources=(source,), idle="whole").window("check") as window:
        time.sleep(seconds)
    for device in window.reading.devices:
        whole = device.machine_j
        if whole is None or whole.high is None or device.energy_j.value is None:
            continue
        _hold(device.energy_j.value <= whole.high + 1e-6, f"{device.device} charged above itself")
    broken = [note for note in window.reading.notes if "could not be read" in note]
    _hold(not broken, f"the meter could read it: {broken}")


def _metered(source: Source, seconds: float) -> tuple[DeviceEnergy, ...]:
    start = source.mark()
    time.sleep(seconds)
    _poll(source)
    return source.between(start, source.mark())


def _poll(source: Source) -> None:
    if source.period_s is not None:
        source.poll()


def _hold(kept: Any, rule: str) -> None:
    if not kept:
        raise AssertionError(f"a meter source must keep this: {rule}")
