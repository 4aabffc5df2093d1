"""Idle machines: energy that meters and rented instances used on days with no request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from modicum.figures import Figure, total
from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import DAYS_A_MONTH, MeterDay, Seen
from modicum.opportunities.sentence import sentence

NAME = "idle"
_METER = 1.02  # class 2 of IEC 62053-21 (2020), as the inventory takes it
_DRAW = 1.5  # a mean draw typed in for a rented instance, as the inventory takes it


def idle_machines(seen: Seen) -> list[Opportunity] | NotLooked:
    """By machine: what it used on days of the ledger's period on which nothing was asked."""
    if seen.meters is None:
        return NotLooked(NAME, sentence("no_meters"))
    if seen.first is None or seen.last is None:
        return NotLooked(NAME, sentence("no_busy_days"))
    inside = [m for m in seen.meters if seen.first <= m.day <= seen.last]
    if not inside:
        return NotLooked(NAME, sentence("other_days"))
    by_machine: dict[str, list[MeterDay]] = defaultdict(list)
    for row in inside:
        by_machine[row.machine].append(row)
    found = []
    for machine, rows in by_machine.items():
        idle = [row for row in rows if row.day not in seen.busy_days]
        if idle:
            found.append(_told(seen, machine, rows, idle))
    return found


def _told(
    seen: Seen, machine: str, rows: Sequence[MeterDay], idle: Sequence[MeterDay]
) -> Opportunity:
    days, whole = len({r.day for r in idle}), len({r.day for r in rows})
    scale = DAYS_A_MONTH / whole if seen.monthly else 1.0
    return Opportunity(
        NAME,
        sentence("ran_idle", days=days, whole=whole),
        _used(seen, idle) * scale,
        _used(seen, rows) * scale,
        "setting",
        sentence("schedule"),
        place=machine,
        assumptions=(sentence("machine_alone"), sentence("busy_hour")),
    )


def _used(seen: Seen, rows: Sequence[MeterDay]) -> Saving:
    from modicum.carbon import footprint

    energy = total([_energy(row) for row in rows], "J")
    carbon = footprint(energy, seen.region).carbon_g
    return Saving(energy, carbon, _cost(rows))


def _energy(row: MeterDay) -> Figure:
    if row.kwh is not None:
        return Figure.within(
            row.kwh, _METER, "kWh", basis="measured", source="own meter",
            boundary="what the meter holds", error=f"meter:{row.machine}",
        )  # fmt: skip
    if row.hours is not None and row.watts is not None:
        return Figure.within(
            row.hours * row.watts, _DRAW, "Wh", basis="assumed",
            source="hours x the mean draw given", boundary="the instance's share of its server",
            error=f"draw:{row.machine}",
        )  # fmt: skip
    return Figure.unknown("kWh", "instance hours without watts: add a watts column")


def _cost(rows: Sequence[MeterDay]) -> Figure:
    known = [row for row in rows if row.cost is not None]
    if len(known) < len(rows) or len({row.currency for row in known}) != 1:
        return Figure.unknown("USD", "the exports give no cost for these days in one currency")
    return Figure.exact(
        sum(row.cost or 0.0 for row in known), known[0].currency, basis="reported",
        source="the export's cost", boundary="charge",
    )  # fmt: skip
