"""What can be measured on this machine, what is modelled and why, and what would narrow it."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from modicum.errors import ArtefactError
from modicum.metering.calibration import load
from modicum.metering.cgroups import Scope
from modicum.metering.discovery import has_zeus_device
from modicum.metering.memory import SOURCE as MEMORY_SOURCE
from modicum.metering.memory import WATTS_PER_GB
from modicum.metering.power import PowerModel, calibration_path
from modicum.metering.rapl import ROOT, find_zones

State = Literal["measured", "modelled", "absent", "refused"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the machine: how it is known, how well, and the command that would better it.

    spread: high over low of its 90% interval, where there is one.
    """

    part: str
    state: State
    why: str
    spread: float | None = None
    cure: str | None = None


def diagnose(power: PowerModel, powercap: Path = ROOT) -> tuple[Finding, ...]:
    """A finding for each part, in the order of a report."""
    return (
        *_processor(power, powercap),
        _memory(powercap),
        _gpu(),
        *_zeus(),
        _groups(),
        _calibration(),
        _children(),
    )


def _processor(power: PowerModel, powercap: Path) -> list[Finding]:
    zones, refused = find_zones(powercap)
    if any(z.kind == "cpu" for z in zones):
        names = ", ".join(z.name for z in zones if z.in_total)
        return [Finding("processor", "measured", f"RAPL counters: {names}", 1.05**2)]
    found = [
        Finding("RAPL", "refused", sentence, None, f"sudo chmod o+r {powercap}/*/energy_uj")
        for sentence in refused[:1]
    ]
    why = "RAPL counters are for root only" if refused else f"{powercap} has no RAPL counter"
    if not refused and _virtual():
        why += ": a virtual machine, whose host does not pass them on"
    cure = found[0].cure if found else "modicum calibrate --wall FILE.csv"
    spread = power.high / power.low
    return [*found, Finding("processor", "modelled", f"{why}; {power.source}", spread, cure)]


def _memory(powercap: Path) -> Finding:
    if any(z.kind == "memory" for z in find_zones(powercap)[0]):
        return Finding("memory", "measured", "RAPL dram counter", 1.2**2)
    return Finding("memory", "modelled", MEMORY_SOURCE, WATTS_PER_GB[2] / WATTS_PER_GB[1])


def _gpu() -> Finding:
    if not Path("/dev/nvidiactl").exists():
        return Finding("GPU", "absent", "no NVIDIA device is visible")
    if importlib.util.find_spec("pynvml") is None:
        return Finding(
            "GPU", "refused", "nvidia-ml-py is not installed", None, "pip install nvidia-ml-py"
        )
    from modicum.metering.nvidia import Nvidia

    source = Nvidia()
    try:
        if not source.devices:
            return Finding("GPU", "refused", source.reason or "NVML shows no device", None,
                           "nvidia-smi")  # fmt: skip
        counters = sum(gpu.counts for gpu in source.devices)
        names = ", ".join(sorted({gpu.name for gpu in source.devices}))
        how = f"{counters} of {len(source.devices)} with an energy counter"
        return Finding("GPU", "measured", f"NVML: {names}; {how}", 1.05**2)
    finally:
        source.close()


def _zeus() -> list[Finding]:
    if not has_zeus_device():
        return []
    if importlib.util.find_spec("zeus") is None:
        return [
            Finding("AMD, Apple", "refused", "its counters are read through Zeus, not installed",
                    None, "pip install 'modicum[zeus]'")
        ]  # fmt: skip
    from modicum.metering.zeus import Zeus

    names = Zeus.find().devices
    if not names:
        return [Finding("AMD, Apple", "refused", "Zeus finds no counter here")]
    return [Finding("AMD, Apple", "measured", f"Zeus: {', '.join(names)}", 1.1**2)]


def _groups() -> Finding:
    scope = Scope.make()
    if scope is None:
        return Finding(
            "cgroups", "absent", "no control group may be made here: children that nobody waits "
            "for are missed, others counted by process",
        )  # fmt: skip
    scope.close()
    return Finding("cgroups", "measured", "a command's CPU time is read from its own cpu.stat")


def _calibration() -> Finding:
    path = calibration_path()
    try:
        found = load(path)
    except ArtefactError as error:
        return Finding("calibration", "refused", str(error), None, f"rm {path}")
    if found is None:
        return Finding(
            "calibration", "absent", "no wall meter was compared with this machine yet", None,
            "modicum calibrate --wall FILE.csv",
        )  # fmt: skip
    return Finding(
        "calibration", "measured",
        f"by {found.meter} on {found.date}, held-out error {found.held_out:.1%}",
        found.scale_high / max(found.scale_low, 1e-9),
    )  # fmt: skip


def _children() -> Finding:
    system: str = sys.platform  # widened, or the type checker drops the other branch
    if system.startswith("linux"):
        return Finding("children", "measured", "dead and daemonised children are counted")
    return Finding("children", "modelled", "this system adopts no orphans: daemons may be missed")


def _virtual() -> bool:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return " hypervisor" in text or os.path.exists("/.dockerenv")  # noqa: PTH110
