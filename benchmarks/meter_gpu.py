"""The GPU bars of `benchmarks/meter.py`: on a board where there is one, on the replay everywhere.

Counter and integrated power are the same board read in two ways; on the replay the counter is the
whole trace (100 samples a second), and the integrated power sees it 10 times a second.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from modicum.metering.nvidia import Nvidia
from modicum.metering.replay import Replay, Replayed
from modicum.metering.trace import PowerTrace

Row = tuple[str, str, str, bool | None]
"""Bar, what was promised, what was measured, whether it passed."""


def wave(moment: float) -> float:
    """Watts of a square wave that no sampling divides: 0.73 s at 400 W, 0.73 s at 60 W."""
    return 400.0 if int(moment / 0.73) % 2 else 60.0


def sampled(per_second: int, seconds: float, offset: float = 0.0) -> Replay:
    """The wave as it is seen so often, the first time `offset` seconds before the start."""
    moments = [i / per_second - offset for i in range(int((seconds + 1) * per_second) + 2)]
    points = [(moment, wave(max(0.0, moment))) for moment in moments]
    return Replay({"gpu-0": Replayed("gpu", PowerTrace.of(points))}, clock=lambda: 0.0)


def joules(replay: Replay, start: float, end: float) -> float:
    (device,) = replay.between(start, end)
    assert device.energy_j.value is not None
    return device.energy_j.value


def on_the_replay() -> list[Row]:
    seconds = 30.0
    counter, power = (
        joules(sampled(100, seconds), 0, seconds),
        joules(sampled(10, seconds), 0, seconds),
    )
    true = sum(wave(i / 1000) for i in range(int(seconds * 1000))) / 1000
    apart, off = abs(power - counter) / counter, abs(power - true) / true
    short = min(joules(sampled(10, 2.0), 1.0, 1.0 + s) for s in (0.001, 0.01, 0.05, 0.099))
    runs = [joules(sampled(10, seconds, i * 0.02), 0, seconds) for i in range(5)]
    spread = (max(runs) - min(runs)) / min(runs)
    return [
        (
            "replayed GPU: counter against integrated, 30 s",
            "within 2%",
            f"{apart:.2%}",
            apart <= 0.02,
        ),
        ("replayed GPU: square wave over 30 s", "within 5%", f"{off:.2%} off", off <= 0.05),
        ("replayed GPU: windows of 1 to 99 ms", "never 0", f"at least {short:.3f} J", short > 0),
        ("replayed GPU: five runs, sampled out of step", "within 1%", f"{spread:.2%} apart",
         spread <= 0.01),
    ]  # fmt: skip


class Uncounted:
    """NVML without its energy counter, so that power is integrated."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml

    def __getattr__(self, name: str) -> Any:
        return getattr(self._nvml, name)

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any) -> int:  # noqa: N802
        raise self._nvml.NVMLError(3)  # not supported


def on_the_board(seconds: float = 30.0) -> list[Row]:
    """The same on the first NVIDIA board; one line that says so where there is none."""
    source = Nvidia()
    if not source.devices:
        why = source.reason or "no NVIDIA board here"
        return [("GPU board", "", f"not run: {why}", None)]
    import pynvml

    pair = SimpleNamespace(counter=source, power=Nvidia(Uncounted(pynvml)))
    first = {name: s.mark() for name, s in vars(pair).items()}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        time.sleep(0.1)
        pair.power.poll()
    last = {name: s.mark() for name, s in vars(pair).items()}
    found = {n: s.between(first[n], last[n])[0].energy_j.value for n, s in vars(pair).items()}
    apart = abs(found["power"] - found["counter"]) / found["counter"]
    shorts = []
    for wait in (0.001, 0.01, 0.05, 0.09):
        start = source.mark()
        time.sleep(wait)
        shorts.append(source.between(start, source.mark())[0].energy_j.value or 0.0)
    return [
        ("GPU board: counter against integrated, 30 s", "within 2%", f"{apart:.2%}", apart <= 0.02),
        ("GPU board: windows of 1 to 90 ms", "never 0", f"at least {min(shorts):.3f} J",
         min(shorts) > 0),
    ]  # fmt: skip
