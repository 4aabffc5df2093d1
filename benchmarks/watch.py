"""Does the watch keep quiet when nothing is wrong, and how soon does it see that something is?

    PYTHONPATH=src python benchmarks/watch.py [--quick] [--seed S]

Everything is simulated through the shipped detectors.  Prints a line for each bar: figure, limit,
pass or MISS; rivals' lines have no bar.  Exits with 1 where one missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modicum.watch.detector import ChangeDetector
from modicum.watch.shares import ALL, alpha_of, shared

BASE, RISE = 0.10, 0.05
Rng = np.random.Generator
Draw = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One printed figure, with its limit where it is a bar."""

    what: str
    figure: float
    limit: float | None = None

    @property
    def passed(self) -> bool:
        return self.limit is None or self.figure <= self.limit

    def __str__(self) -> str:
        mark = "     " if self.limit is None else "pass " if self.passed else "MISS "
        bar = "" if self.limit is None else f" <= {self.limit:.4g}"
        return f"{mark} {self.what:66s} {self.figure:8.4g}{bar}"


def of_watch(number: int, slices: int = 0) -> float:
    """The error rate of the stream of all requests in the `number`-th watch of a ledger."""
    return shared(alpha_of(number), [f"s={k}" for k in range(slices)])[ALL]


def never_worse(detector: ChangeDetector, audits: int, rng: Rng, mean: float = BASE) -> Draw:
    """Runs with a mean at the bound; True where a stream alarmed."""
    for _ in range(audits):
        detector.update((rng.random(len(detector.alarms)) < mean).astype(float))
    return detector.alarms > 0


def delays(alpha: float, change: int, runs: int, rng: Rng, rise: float = RISE) -> tuple[float, ...]:
    """Median and 90% quantile of the audits from the change to the alarm, and early alarms."""
    detector = ChangeDetector(BASE, alpha, runs)
    for at in range(1, change + 4000):
        mean = BASE + (rise if at >= change else 0.0)
        detector.update((rng.random(runs) < mean).astype(float))
        if bool((detector.alarms > 0).all()):
            break
    found = np.where(detector.alarms > 0, detector.alarms, 10**6)
    waited = found[found >= change] - change + 1
    return float(np.median(waited)), float(np.quantile(waited, 0.9)), float(np.mean(found < change))


def false_alarms(runs: int, audits: int, seed: int) -> Iterator[Line]:
    """A fleet of watches, each with slices, none of them worse than its bound: any alarm is wrong.

    The mean lies exactly at the bound (the hardest case) in every stream.
    """
    rng = np.random.default_rng([seed, 1])
    limit = 0.05
    plain = never_worse(ChangeDetector(BASE, 0.05, runs), audits, rng)
    yield Line(
        f"one stream given all of .05: false alarms in {audits:,} audits", plain.mean(), limit
    )
    fleet = np.zeros(runs, dtype=bool)
    for number in range(1, 6):
        parts = shared(alpha_of(number), ["s=a", "s=b", "s=c"])
        for alpha in parts.values():
            fleet |= never_worse(ChangeDetector(BASE, alpha, runs), audits // 4, rng)
    yield Line("5 tasks (or restarts) x 5 streams, shared: any false alarm", fleet.mean(), limit)
    graded = ChangeDetector(BASE, 0.05, runs)
    unequal = ChangeDetector(BASE, 0.05, runs)
    drifting = ChangeDetector(BASE, 0.05, runs)
    for at in range(audits // 4):
        graded.update(rng.beta(0.2, 1.8, runs))  # mean .10, in between
        # Unsure answers (a fifth of all) are wrong in 34 of 100 and audited four times as often:
        # among the audits they are half.
        unsure = rng.random(runs) < 0.5
        wrong = rng.random(runs) < np.where(unsure, 0.34, 0.04)
        unequal.update(wrong.astype(float), np.where(unsure, 0.25, 1.0))
        season = BASE * (1 + np.sin(at / 150)) / 2
        drifting.update((rng.random(runs) < season).astype(float))
    yield Line("graded losses of mean .10", float((graded.alarms > 0).mean()), limit)
    yield Line(
        "unsure answers audited four times as often", float((unequal.alarms > 0).mean()), limit
    )
    yield Line("a rate that swings below the bound", float((drifting.alarms > 0).mean()), limit)


def detection(runs: int, seed: int) -> Iterator[Line]:
    """From .10 to .15: median audits to the alarm, with the share of a first and later watches."""
    rng = np.random.default_rng([seed, 2])
    for number, slices in ((1, 0), (1, 3), (2, 0), (5, 0)):
        for change in (1, 2000):
            median, late, early = delays(of_watch(number, slices), change, runs, rng)
            bar = 600.0 if number <= 2 and not slices else None
            name = f"watch {number}, {slices} slices, change at audit {change:,}"
            yield Line(f"{name}: median audits", median, bar)
            yield Line(f"{name}: 9 of 10 within", late)
            yield Line(f"{name}: alarms before the change", early)
    passed_on = shared(alpha_of(2) + of_watch(1), [])[ALL]
    median, _, _ = delays(passed_on, 2000, runs, rng)
    yield Line("watch 2 after an alarm of watch 1, change at audit 2,000: median audits", median)
    for rise in (0.10, 0.30):
        median, _, _ = delays(of_watch(1), 2000, runs, rng, rise)
        yield Line(f"watch 1, a rise of {rise:.2f} at audit 2,000: median audits", median)


def rivals(runs: int, audits: int, seed: int) -> Iterator[Line]:
    """A z-test looked at after every 50 audits, and CUSUM set for one false alarm in 10,000."""
    rng = np.random.default_rng([seed, 3])
    sums, seen = np.zeros(runs), np.zeros(runs, dtype=bool)
    level = np.zeros(runs)
    rang = np.zeros(runs, dtype=bool)
    up, down = np.log(0.15 / 0.10), np.log(0.85 / 0.90)
    for at in range(1, audits + 1):
        wrong = rng.random(runs) < BASE
        sums += wrong
        level = np.maximum(0.0, level + np.where(wrong, up, down))
        rang |= level > np.log(10_000 * 0.0117)  # Lorden's (1971) bound, with the rate of evidence
        if at % 50 == 0:
            seen |= sums / at - BASE > 1.645 * np.sqrt(BASE * (1 - BASE) / at)
    yield Line("rival: a z-test at .05 after each 50 audits: false alarms", seen.mean())
    yield Line("rival: CUSUM for about one false alarm in 10,000: false alarms", rang.mean())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--seed", type=int, default=6)
    given = parser.parse_args()
    runs, audits = (300, 4_000) if given.quick else (3_000, 20_000)
    missed = 0
    for part in (
        false_alarms(runs, audits, given.seed),
        detection(runs, given.seed),
        rivals(runs, audits, given.seed),
    ):
        for line in part:
            print(line, flush=True)
            missed += not line.passed
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
