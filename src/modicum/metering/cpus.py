"""What one busy hardware thread draws: a table of processor families, with year and source.

The server rows are read from SPECpower_ssj2008 results (Standard Performance Evaluation
Corporation; the listing of 2026-03-09 in Cloud Carbon Footprint's ccf-coefficients, Apache-2.0):
(watts at 100% - watts at active idle) / hardware threads, at the plug.  `watts` is that number's
typical value for the family and `low`, `high` its range over the published systems.  Client rows
are rougher and say so.
"""

from __future__ import annotations

from dataclasses import dataclass

SPEC = "SPECpower_ssj2008 results, listing of 2026-03-09"
_SOC = f"{SPEC}, extrapolated from servers of that generation"


@dataclass(frozen=True, slots=True)
class CpuFamily:
    """Dynamic and idle watts per hardware thread of one processor family, at the plug."""

    name: str
    watts: float
    low: float
    high: float
    idle_watts: float
    year: int
    source: str = SPEC


WESTMERE = CpuFamily("Intel Nehalem and Westmere", 7.5, 5.0, 11.0, 3.0, 2010)
SANDY_BRIDGE = CpuFamily("Intel Sandy Bridge", 5.9, 3.3, 10.5, 1.8, 2012)
IVY_BRIDGE = CpuFamily("Intel Ivy Bridge", 4.0, 3.2, 7.0, 1.4, 2013)
HASWELL = CpuFamily("Intel Haswell", 3.4, 2.7, 6.0, 0.9, 2015)
BROADWELL = CpuFamily("Intel Broadwell", 2.9, 2.2, 4.0, 0.7, 2016)
SKYLAKE_SERVER = CpuFamily("Intel Skylake server", 3.3, 2.4, 6.3, 0.6, 2018)
CASCADE_LAKE = CpuFamily("Intel Cascade Lake and Cooper Lake", 3.3, 2.4, 4.6, 0.6, 2019)
ICE_LAKE = CpuFamily("Intel Ice Lake server", 3.3, 2.3, 5.0, 1.0, 2021)
SAPPHIRE_RAPIDS = CpuFamily("Intel Sapphire Rapids", 2.9, 2.4, 4.2, 0.9, 2023)
EMERALD_RAPIDS = CpuFamily("Intel Emerald Rapids", 2.8, 2.3, 4.0, 0.8, 2024)
GRANITE_RAPIDS = CpuFamily("Intel Granite Rapids", 1.9, 1.6, 2.4, 0.6, 2025)
SIERRA_FOREST = CpuFamily("Intel Sierra Forest", 1.6, 1.5, 1.9, 0.7, 2025)
NAPLES = CpuFamily("AMD EPYC 1st generation", 1.8, 1.4, 2.6, 0.8, 2018)
ROME = CpuFamily("AMD EPYC 2nd generation", 1.25, 1.1, 1.6, 0.4, 2020)
MILAN = CpuFamily("AMD EPYC 3rd generation", 1.4, 1.2, 1.9, 0.4, 2021)
GENOA = CpuFamily("AMD EPYC 4th generation", 1.5, 1.2, 2.2, 0.4, 2023)
BERGAMO = CpuFamily("AMD EPYC 4th generation, dense", 1.0, 0.9, 1.3, 0.25, 2023)
TURIN = CpuFamily("AMD EPYC 5th generation", 1.6, 1.2, 2.6, 0.4, 2024)
TURIN_DENSE = CpuFamily("AMD EPYC 5th generation, dense", 0.95, 0.8, 1.2, 0.2, 2025)
NEOVERSE = CpuFamily("Arm Neoverse", 1.5, 0.7, 3.0, 0.5, 2022, _SOC)
DESKTOP = CpuFamily("desktop processor", 6.0, 2.5, 15.0, 2.5, 2019, f"{SPEC} (E-2176G), widened")
LAPTOP = CpuFamily("laptop processor", 2.2, 1.0, 6.5, 1.0, 2025, f"{SPEC} (255H), widened")
UNKNOWN = CpuFamily(
    "unknown CPU", 2.5, 0.7, 11.0, 1.0, 2026, f"the span of all families in {SPEC}: unknown CPU"
)

_INTEL: dict[int, CpuFamily] = (
    dict.fromkeys((26, 30, 37, 44, 46, 47), WESTMERE)
    | dict.fromkeys((42, 45), SANDY_BRIDGE)
    | dict.fromkeys((58, 62), IVY_BRIDGE)
    | dict.fromkeys((60, 63, 70), HASWELL)
    | dict.fromkeys((71, 79, 86), BROADWELL)
    | dict.fromkeys((85,), CASCADE_LAKE)
    | dict.fromkeys((106, 108), ICE_LAKE)
    | {143: SAPPHIRE_RAPIDS, 207: EMERALD_RAPIDS, 175: SIERRA_FOREST}
    | dict.fromkeys((173, 174), GRANITE_RAPIDS)
    | dict.fromkeys((94, 158, 165, 167, 151, 183, 198), DESKTOP)
    | dict.fromkeys(
        (61, 69, 78, 142, 166, 125, 126, 140, 141, 154, 186, 170, 172, 181, 189, 197), LAPTOP
    )
)
_AMD: dict[tuple[int, int], CpuFamily] = (
    {(23, 1): NAPLES, (23, 49): ROME, (25, 1): MILAN, (25, 17): GENOA, (25, 160): BERGAMO}
    | {(26, 2): TURIN, (26, 17): TURIN_DENSE}
    | dict.fromkeys(((23, 8), (23, 113), (25, 33), (25, 97), (26, 68)), DESKTOP)
    | dict.fromkeys(
        ((23, 17), (23, 24), (23, 96), (23, 104), (25, 68), (25, 80), (25, 116), (26, 36)), LAPTOP
    )
)
_ARM_PARTS = {0xD0C: NEOVERSE, 0xD40: NEOVERSE, 0xD49: NEOVERSE, 0xD4F: NEOVERSE}


def identify(vendor: str, family: int, model: int, stepping: int = 0) -> CpuFamily | None:
    """The family that CPUID's vendor, family, model and stepping name; None for one not listed.

    >>> identify("AuthenticAMD", 26, 2).name
    'AMD EPYC 5th generation'
    """
    if vendor == "GenuineIntel" and family == 6:
        return SKYLAKE_SERVER if (model, stepping) <= (85, 4) and model == 85 else _INTEL.get(model)
    if vendor in ("AuthenticAMD", "HygonGenuine"):
        return _AMD.get((family, model))
    return _ARM_PARTS.get(model) if vendor == "ARM" else None
