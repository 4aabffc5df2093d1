"""Power of memory that is held: watts per GB of what a process really has, not of what is fitted.

Cloud Carbon Footprint uses 0.392 W/GB (mean of Micron's and Crucial's data for DDR4, methodology
2021); a 64 GB DDR5 RDIMM at about 5 to 10 W is 0.08 to 0.16 W/GB.  The model spans both.
"""

from __future__ import annotations

from modicum.figures import Figure

WATTS_PER_GB = (0.2, 0.08, 0.45)
SOURCE = "0.2 W/GB (0.08-0.45) of memory held (Cloud Carbon Footprint, 2021, and DDR5 RDIMMs, 2024)"
BOUNDARY = "background power of the memory the process tree holds"


def energy(gigabytes: tuple[float, float, float], seconds: float) -> Figure:
    """Joules of holding that many GB (value, least, most) for so long.

    >>> round(energy((2.0, 2.0, 2.0), 10.0).value, 3)
    4.0
    """
    value, low, high = WATTS_PER_GB
    held, least, most = gigabytes
    watts = Figure.of(
        value, low, high, "W", basis="modelled", source=SOURCE, boundary=BOUNDARY,
        error="memory-model",
    )  # fmt: skip
    amount = Figure.of(
        held * seconds, least * seconds, most * seconds, "s", basis="modelled",
        source="resident memory at the ends of the window and its peak", boundary=BOUNDARY,
    )  # fmt: skip
    return watts * amount


def unknown(reason: str) -> Figure:
    """Memory nobody could read, and why."""
    return Figure.unknown("J", reason, basis="modelled", source=SOURCE, boundary=BOUNDARY)
