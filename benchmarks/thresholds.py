"""Cascade thresholds: one setting chosen on tune, or several that judge tests (Learn then Test).

    python benchmarks/thresholds.py [--quick] [--draws N]

Simulated cascades: a small stage whose confidence says how often it is right, a large one that
costs 30 times as much.  A draw fits the thresholds on tune, judges, decides, and asks 20,000 more
examples whether what was recommended is adequate.  Printed per size of tune and judge: the mean
share of the reference's cost that is saved and how often the recommendation was wrong, with one
setting as usual, and with a safer and a bolder one beside it as `modicum size` has them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modicum.candidates.cascade_fit import choose_thresholds, path_losses
from modicum.candidates.composed import Aim, Stage
from modicum.candidates.deferral import Threshold
from modicum.decision.engine import decide
from modicum.study.composing import LARGEST, SETTINGS

Floats = NDArray[np.float64]
MARGIN, ALPHA, COST, FRESH = 0.02, 0.05, 30.0, 20_000
CASES = ((100, 1000, 0.8), (200, 600, 0.8), (500, 1000, 0.8), (500, 1000, 0.7), (2000, 1000, 0.8))
"""Tune examples, judge examples, accuracy of the small stage."""


@dataclass(frozen=True)
class Named:
    """A stage's candidate, of which only the name is read."""

    name: str
    process_ids: tuple[int, ...] = ()
    remote: bool = False


@dataclass(frozen=True)
class Setting:
    """A cascade: losses on tune, judge and fresh examples, and the share of cost it needs."""

    tune: Floats
    judge: Floats
    fresh: Floats
    cost: float


def drawn(rng: np.random.Generator, count: int, accuracy: float) -> list[Stage]:
    """Both stages on the same examples; the large is right more often where the small is."""
    odds = rng.normal(0, 1, count) * 1.5 + np.log(accuracy / (1 - accuracy))
    sure = 1 / (1 + np.exp(-odds))
    small = rng.random(count) < sure
    large = rng.random(count) < np.where(small, 0.93, 0.72)
    none = (None,) * count
    given: Any = Named("small"), Named("large")
    return [
        Stage(given[0], ("a",) * count, tuple(sure.tolist()), 1 - small.astype(float), 1.0),
        Stage(given[1], ("b",) * count, none, 1 - large.astype(float), COST),
    ]


def kept(threshold: Threshold, stage: Stage) -> NDArray[np.bool_]:
    """Which of the stage's answers are not handed on."""
    pairs = zip(stage.values, stage.confidence, strict=True)
    return np.array([threshold.keeps(value, sure) for value, sure in pairs])


def setting(parts: list[list[Stage]], level: float, seed: int) -> Setting:
    """Thresholds at a level of the test to come, fitted on tune."""
    tune, judge, fresh = parts
    aim = Aim(tune[1].losses, COST, MARGIN, min(ALPHA * level, LARGEST), len(judge[0].losses))
    (threshold, *_), paths = choose_thresholds(tune, aim, seed)
    judged, later = (
        np.where(kept(threshold, part[0]), part[0].losses, part[1].losses)
        for part in (judge, fresh)
    )
    handed = fmean(len(path) - 1 for path in paths)
    return Setting(path_losses(tune, paths), judged, later, 1 + COST * handed)


def outcome(parts: list[list[Stage]], settings: dict[str, Setting]) -> tuple[float, bool]:
    """The share of cost saved by what is recommended, and whether that is not adequate."""
    tune, judge, fresh = parts
    alone = Setting(tune[0].losses, judge[0].losses, fresh[0].losses, 1.0)
    known = {"small": alone, **settings}
    verdict = decide(
        {**{n: s.judge for n, s in known.items()}, "large": judge[1].losses},
        "large",
        {**{n: s.cost for n, s in known.items()}, "large": COST},
        MARGIN,
        1 - ALPHA,
        tune={**{n: s.tune for n, s in known.items()}, "large": tune[1].losses},
    )
    if verdict.recommended == "large":
        return 0.0, False
    one = known[verdict.recommended]
    gap = float((one.fresh - fresh[1].losses).mean())
    return 1 - one.cost / COST, gap >= MARGIN


def draw(seed: int, case: tuple[int, int, float]) -> tuple[tuple[float, bool], tuple[float, bool]]:
    """(one setting, several settings) on the same examples."""
    rng, (tune, judge, accuracy) = np.random.default_rng(seed), case
    parts = [drawn(rng, count, accuracy) for count in (tune, judge, FRESH)]
    usual = setting(parts, 1.0, seed)
    several = {"cascade": usual}
    for name, level in SETTINGS.items():
        other = setting(parts, level, seed)
        if all(not np.array_equal(other.tune, one.tune) for one in several.values()):
            several[name] = other
    return outcome(parts, {"cascade": usual}), outcome(parts, several)


def main() -> None:
    """Print one line a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 draws of the first two cases")
    parser.add_argument("--draws", type=int, default=200)
    given = parser.parse_args()
    draws, cases = (20, CASES[:2]) if given.quick else (given.draws, CASES)
    print(f"{draws} draws a case, margin {MARGIN}, confidence {1 - ALPHA}")
    print(f"{'tune':>5} {'judge':>6} {'small':>6} {'one: saved':>11} {'wrong':>6}", end="")
    print(f" {'several: saved':>15} {'wrong':>6}")
    for case in cases:
        found = [draw(seed, case) for seed in range(draws)]
        one, several = ([pair[at] for pair in found] for at in (0, 1))
        line = f"{case[0]:5} {case[1]:6} {case[2]:6} {fmean(s for s, _ in one):11.3f}"
        line += f" {fmean(w for _, w in one):6.3f} {fmean(s for s, _ in several):15.3f}"
        print(f"{line} {fmean(w for _, w in several):6.3f}", flush=True)


if __name__ == "__main__":
    main()
