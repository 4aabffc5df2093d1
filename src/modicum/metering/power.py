"""The power model used where no counter exists: watts per busy hardware thread, with interval.

A busy thread's share of the power above idle depends on how busy the rest of the machine is: it
wakes what all share, and it clocks higher or lower.  SPECpower's graduated measurements (Xeon 3040,
X3470 and X5670, 10% to 100%) put it between 0.7 and 2.3 times the full-load share, mostly near it.
The model multiplies the family's full-load range from `cpus` by that.  Published results are of
few models of each family, often the largest, so there is a further factor of 1.25 for the others.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from modicum.figures import Figure
from modicum.metering import cpus

if TYPE_CHECKING:  # a first window is to be quick: pathlib alone takes 5 ms to load
    from pathlib import Path

    from modicum.metering.curve import LoadCurve

BOUNDARY = "dynamic energy at the plug of the process tree's CPU time; idle excluded"
_PARTIAL_LOAD = (1.05, 0.7, 2.3)
_OTHER_MODELS = 1.25


@dataclass(frozen=True)
class PowerModel:
    """Dynamic watts of one busy hardware thread: value, low, high, and where they come from.

    `error` is shared by every window on the same processor: it cancels in a saving.
    """

    cpu: str
    watts: float
    low: float
    high: float
    idle_watts: float
    idle_low: float
    idle_high: float
    threads: int
    source: str
    note: str | None = None
    boundary: str = BOUNDARY
    curve: LoadCurve | None = None

    @cached_property
    def error(self) -> str:
        """The name of the error source."""
        return f"power-model:{self.cpu}"

    def energy(self, cpu_seconds: float, load: float | None = None) -> Figure:
        """Dynamic joules of that much CPU time.

        load: how busy the whole machine was meanwhile, in [0, 1]; a calibrated machine knows what
        a busy thread draws at each load.
        """
        value, low, high = self.watts, self.low, self.high
        if self.curve is not None and load is not None:
            value, low, high = (w / self.threads for w in self.curve.dynamic(load))
        return Figure.of(
            value * cpu_seconds,
            low * cpu_seconds,
            high * cpu_seconds,
            "J",
            basis="modelled",
            source=self.source,
            boundary=self.boundary,
            error=self.error,
        )

    def idle(self) -> Figure:
        """Watts of the whole machine doing nothing."""
        return Figure.of(
            self.idle_watts * self.threads,
            self.idle_low * self.threads,
            self.idle_high * self.threads,
            "W",
            basis="modelled",
            source=self.source,
            boundary="idle power of the visible hardware threads' share of the machine",
            error=f"idle-model:{self.cpu}",
        )


def model_of(name: str, family: cpus.CpuFamily | None, threads: int) -> PowerModel:
    """The power model of a processor; an unknown one gets a wide interval and says so."""
    row = family or cpus.UNKNOWN
    value, low, high = _PARTIAL_LOAD
    note = None
    if family is None:
        note = (
            f"{name} is not in the processor table: its power is the span of all known ones; "
            "a calibration (modicum calibrate) narrows it"
        )
    # Ranges over systems, loads and models are independent: add them in logarithms.
    other = math.log(_OTHER_MODELS)
    spread_low = math.hypot(math.log(row.watts / row.low), math.log(value / low), other)
    spread_high = math.hypot(math.log(row.high / row.watts), math.log(high / value), other)
    watts = row.watts * value
    return PowerModel(
        cpu=name,
        watts=watts,
        low=watts * math.exp(-spread_low),
        high=watts * math.exp(spread_high),
        idle_watts=row.idle_watts,
        idle_low=row.idle_watts / 2.5,
        idle_high=row.idle_watts * 2.5,
        threads=threads,
        source=f"power model of {row.name} ({row.source}, {row.year})",
        note=note,
    )


def calibration_file() -> str:
    """Where the calibration of this machine is kept (MODICUM_CALIBRATION, or the user's folder)."""
    given = os.environ.get("MODICUM_CALIBRATION")
    if given:
        return given
    system: str = sys.platform  # widened, or the type checker drops the other branch
    if system.startswith("linux"):  # as platformdirs has it, without loading it
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
        return os.path.join(home, "modicum", "calibration.json")  # noqa: PTH118
    from platformdirs import user_config_dir

    return os.path.join(user_config_dir("modicum"), "calibration.json")  # noqa: PTH118


def calibration_path() -> Path:
    """The same as a Path."""
    from pathlib import Path

    return Path(calibration_file())


def this_machine(cpuinfo: str | Path = "/proc/cpuinfo") -> PowerModel:
    """The power model of the processor this runs on."""
    threads = os.cpu_count() or 1
    try:
        with open(cpuinfo, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            text = file.read()
    except OSError:
        return _without_cpuinfo(threads)
    return from_cpuinfo(text, threads)


def from_cpuinfo(text: str, threads: int) -> PowerModel:
    """The power model for the first processor of a Linux /proc/cpuinfo."""
    first = text.split("\n\n", 1)[0]
    fields = {k.strip(): v.strip() for k, _, v in (s.partition(":") for s in first.splitlines())}
    if "CPU implementer" in fields:
        part = int(fields.get("CPU part", "0"), 16)
        return model_of(f"Arm part {part:#x}", cpus.identify("ARM", 8, part), threads)
    vendor = fields.get("vendor_id", "unknown vendor")
    numbers = [_whole(fields.get(k)) for k in ("cpu family", "model", "stepping")]
    name = " ".join(fields.get("model name", vendor).split())
    label = f"{name} ({vendor} {numbers[0]}/{numbers[1]})"
    return model_of(label, cpus.identify(vendor, *numbers), threads)


def _without_cpuinfo(threads: int) -> PowerModel:
    import platform

    name = platform.processor() or platform.machine() or "processor"
    laptop = platform.system() == "Darwin"
    return model_of(f"{platform.system()} {name}", cpus.LAPTOP if laptop else None, threads)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() else -1
