"""Jobs that could wait for hours when the grid is cleaner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from modicum.figures import Figure
from modicum.ledger.groups import Hour
from modicum.ledger.used import total_of, used
from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import CLOCK_DAYS, Seen
from modicum.opportunities.sentence import sentence

NAME = "waiting"
WINDOW = 4
"""Hours of the day, the cleanest together, to which what can wait is moved."""
_LEAST = 0.02
"""Relative carbon below which nothing is said."""
_SHIFT = 1.5
"""Factor within which the difference of two hours' mean intensity is taken as known (assumed):
averages over days of one season stand for those of another."""
_J_PER_KWH = 3.6e6


def jobs_that_could_wait(seen: Seen) -> list[Opportunity] | NotLooked:
    """By task: carbon at the hours it is asked, less that of the cleanest hours of the day."""
    if seen.intensity is None:
        return NotLooked(NAME, sentence("no_hours"))
    if not seen.clock:
        return NotLooked(NAME, sentence("no_requests"))
    by_task: dict[str, list[Hour]] = defaultdict(list)
    for hour in seen.clock:
        by_task[hour.task].append(hour)
    tasks = seen.can_wait & by_task.keys() if seen.can_wait else frozenset(by_task)
    found = []
    for task in sorted(tasks):
        found += _told(seen, task, by_task[task], seen.intensity)
    return found


def cleanest(intensity: Sequence[float], hours: int = WINDOW) -> tuple[int, float]:
    """The first of the consecutive hours with the lowest mean intensity, and that mean.

    >>> cleanest([300.0] * 10 + [100.0] * 4 + [300.0] * 10)
    (10, 100.0)
    """
    day = len(intensity)
    means = [sum(intensity[(h + k) % day] for k in range(hours)) / hours for h in range(day)]
    best = min(range(day), key=lambda h: means[h])
    return best, means[best]


def _told(
    seen: Seen, task: str, hours: Sequence[Hour], intensity: Sequence[float]
) -> list[Opportunity]:
    energies = [used(h, seen.constants.get(h.constants, {})) for h in hours]
    known = [(h.hour, e["energy_j"].value) for h, e in zip(hours, energies, strict=True)]
    joules = sum(value or 0.0 for _, value in known)
    energy = total_of([e["energy_j"] for e in energies], "no requests")
    start, low = cleanest(intensity)
    if energy.value is None or joules <= 0:
        return []
    mean = sum(intensity[hour] * (value or 0.0) for hour, value in known) / joules
    if mean - low < _LEAST * mean:
        return []
    drop = Figure.within(
        (mean - low) / _J_PER_KWH, _SHIFT, "gCO2e/J", basis="reported",
        source=seen.intensity_source, boundary="grid, mean by hour of the day",
    )  # fmt: skip
    months = seen.scale * (max(seen.days, 1.0) / min(max(seen.days, 1.0), CLOCK_DAYS))
    carbon = (energy * drop) * months
    free = Figure.exact(0.0, "J", basis="assumed", source="the same work, later", boundary=NAME)
    saving = Saving(free, carbon, Figure.unknown("1", "no price by the hour was given"))
    now = Figure.exact(
        mean / _J_PER_KWH,
        "gCO2e/J",
        basis="reported",
        source=seen.intensity_source,
        boundary="grid",
    )
    cost = total_of([e["cost"] for e in energies], "no requests")
    stake = Saving(energy * months, energy * now * months, cost * months)
    return [_opportunity(seen, task, saving, stake, (mean, low, start))]


def _opportunity(
    seen: Seen, task: str, saving: Saving, stake: Saving, grid: tuple[float, float, int]
) -> Opportunity:
    mean, low, start = grid
    end = (start + WINDOW) % 24
    named = task in seen.can_wait
    assumed = [sentence("hours_mean"), sentence("last_days", days=CLOCK_DAYS)]
    if not named:
        assumed.insert(0, sentence("can_wait"))
    return Opportunity(
        NAME,
        sentence("dirty_hours", mean=mean, low=low, start=start, end=end),
        saving,
        stake,
        "day" if named else "project",
        sentence("queue"),
        task,
        assumptions=tuple(assumed),
    )
