"""What a proportional search uses, and whether it decides as an exhaustive one would.

    python benchmarks/search.py [--splits 200] [--only sms-spam,trec-50] [--cache FOLDER]

Exhaustive: every recipe and setting is fitted on the whole fit split, scored on tune and judged on
the whole judge split; of each recipe the setting best on tune is in the race.  Proportional:
`modicum.decision.halving` and a race on judge in batches.  Both decide by the same rules about the
same reference, whose own answers are shared and reported apart.  Every re-split deals the held-out
rows anew into tune (two fifths) and judge; losses come from candidates fitted once (see
`cached_losses`), CPU seconds stand for energy.  "The same decision" is the same recipe to run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from cached_losses import REFERENCE, RUNGS, Cached, cached
from modicum.decision.engine import decide
from modicum.decision.halving import Ask, Stakes, search

SETS = ("banking77", "trec-50", "sms-spam")
MARGIN = 0.02
CACHE = Path(tempfile.gettempdir()) / "modicum-cache"
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Decided:
    """The recipe to run, and the CPU seconds spent on finding it."""

    recommended: str
    seconds: float


def energies(data: Cached) -> dict[str, float]:
    """Of each recipe, CPU seconds a request, and of the reference: small to large."""
    found: dict[str, list[float]] = {}
    for option, seconds in data.answer_s.items():
        found.setdefault(data.recipe[option], []).append(seconds)
    small = {recipe: float(np.median(values)) for recipe, values in found.items()}
    ordered = dict(sorted(small.items(), key=lambda item: item[1]))
    return ordered | {REFERENCE: max(data.reference_s, 1.01 * max(ordered.values()))}


def exhaustive(data: Cached, tune: Rows, judge: Rows) -> Decided:
    """Everything on everything."""
    chosen: dict[str, str] = {}
    for option in data.fit_s:
        recipe = data.recipe[option]
        best = chosen.get(recipe)
        if best is None or _tune(data, option, tune) < _tune(data, best, tune):
            chosen[recipe] = option
    asked = len(tune) + len(judge)
    seconds = sum(data.fit_s[o][-1] + asked * data.answer_s[o] for o in data.fit_s)
    return Decided(_decide(data, chosen, tune, judge), seconds)


def proportional(data: Cached, tune: Rows, judge: Rows) -> Decided:
    """Successive halving, then only what is left is judged."""
    spent = 0.0

    def losses_of(ask: Ask) -> NDArray[np.float64]:
        nonlocal spent
        rung = RUNGS.index(ask.share)
        spent += data.fit_s[ask.setting][rung] + len(tune) * data.answer_s[ask.setting]
        return data.losses[ask.setting][rung][tune]

    small = [name for name in energies(data) if name != REFERENCE]
    settings = {recipe: ladders(data, recipe) for recipe in small}
    stakes = Stakes(data.reference[tune], MARGIN, len(judge))
    found = search(settings, stakes, losses_of)
    chosen = {recipe: option for recipe, (option, _) in found.chosen.items()}
    spent += sum(len(judge) * data.answer_s[o] for o in chosen.values())
    return Decided(_decide(data, chosen, tune, judge), spent)


def ladders(data: Cached, recipe: str) -> list[list[str]]:
    """Strengths in order, one ladder for each value of the other options."""
    found: dict[str, list[str]] = {}
    for option in (o for o in data.fit_s if data.recipe[o] == recipe):
        words = [w for w in option.split() if not w.startswith(("c=", "smoothing="))]
        found.setdefault(" ".join(words), []).append(option)
    return list(found.values())


def _tune(data: Cached, option: str, tune: Rows) -> float:
    return float(data.losses[option][-1][tune].mean())


def _decide(data: Cached, chosen: dict[str, str], tune: Rows, judge: Rows) -> str:
    """The recipe to run, among the settings chosen."""
    if not chosen:
        return REFERENCE
    energy = energies(data)

    def losses(rows: Rows) -> dict[str, NDArray[np.float64]]:
        found = {recipe: data.losses[option][-1][rows] for recipe, option in chosen.items()}
        return found | {REFERENCE: data.reference[rows]}

    return decide(
        losses(judge),
        REFERENCE,
        {name: energy[name] for name in (*chosen, REFERENCE)},
        MARGIN,
        tune=losses(tune),
    ).recommended


def replayed(data: Cached, splits: int, seed: int) -> Iterator[tuple[Decided, Decided]]:
    """(exhaustive, proportional) for each re-split of the held-out rows."""
    rng = np.random.default_rng(seed)
    for _ in range(splits):
        order = rng.permutation(len(data.reference))
        cut = 2 * len(order) // 5
        yield (
            exhaustive(data, order[:cut], order[cut:]),
            proportional(data, order[:cut], order[cut:]),
        )


def measured(name: str, folder: Path, splits: int, seed: int) -> tuple[float, float, str]:
    """(share of the exhaustive energy, share of equal decisions, a line about both)."""
    data = cached(name, folder)
    pairs = list(replayed(data, splits, seed))
    part = sum(p.seconds for _, p in pairs) / sum(e.seconds for e, _ in pairs)
    same = sum(e.recommended == p.recommended for e, p in pairs) / len(pairs)
    runs: dict[str, int] = {}
    for _, p in pairs:
        runs[p.recommended] = runs.get(p.recommended, 0) + 1
    shared = data.reference_s * len(data.reference)
    about = ", ".join(f"{k} {v}" for k, v in sorted(runs.items(), key=lambda item: -item[1]))
    each = pairs[0][0].seconds
    return (
        part,
        same,
        (
            f"{name}: {len(data.fit_s)} settings, exhaustive {each:.1f} CPU-s, "
            f"reference's answers {shared:.1f} CPU-s apart; to run: {about}"
        ),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(SETS))
    parser.add_argument("--cache", type=Path, default=CACHE)
    given = parser.parse_args()
    missed = 0
    for name in given.only.split(","):
        part, same, about = measured(name, given.cache, given.splits, given.seed)
        print(f"bar 4  info  {about}")
        for what, figure, good in (
            (f"{name}: share of the exhaustive energy, <= .15", part, part <= 0.15),
            (f"{name}: same decision, >= .95", same, same >= 0.95),
        ):
            print(f"bar 4  {'pass' if good else 'MISS'}  {what:50s} {figure:.3f}", flush=True)
            missed += not good
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
