"""Does the decision engine keep its promise, and how soon does it find the smallest?

    PYTHONPATH=src python benchmarks/proof.py [--quick] [--tasks N] [--seed S] [--bars 1,2]
        [--cells 1,2] [--rivals PYTHON]

Prints a line for each bar and cell: figure, limit, pass or MISS.  Exits with 1 where one missed.
The cells of bar 1 have seeds of their own, so they can be run apart with the same result.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parent))
from modicum.decision.engine import decide
from modicum.decision.judged import decide_judged
from modicum.decision.looks import alpha_for_look
from modicum.decision.race import Race
from modicum.errors import DecisionError
from simulated import MARGIN, REFERENCE, Floats, Task, boundary, realistic

ALPHA = 0.05
Rng = np.random.Generator


@dataclass(frozen=True)
class Line:
    """One printed figure with its limit."""

    bar: int
    what: str
    figure: float
    limit: float
    at_least: bool = False

    @property
    def passed(self) -> bool:
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def __str__(self) -> str:
        sign, mark = (">=" if self.at_least else "<="), ("pass" if self.passed else "MISS")
        return f"bar {self.bar}  {mark}  {self.what:58s} {self.figure:9.4g} {sign} {self.limit:.4g}"


def plain(task: Task, n: int = 1000, tune: int = 500, copies: int = 1) -> Callable[[Rng], bool]:
    """One ordinary decision, without tune where that is 0; True where it broke the promise."""

    def wrong(rng: Rng) -> bool:
        clusters = np.arange(n) // copies if copies > 1 else None
        verdict = decide(
            task.draw(n, rng, copies), REFERENCE, task.energy,
            tune=task.draw(tune, rng) if tune else None, clusters=clusters,
        )  # fmt: skip
        return any(verdict.adequate[k] and task.wrong(k) for k in task.names[:-1])

    return wrong


def clustered(rng: Rng) -> bool:
    """Sixty conversations of uneven length whose difficulty hangs together."""
    task, sizes = boundary(), rng.integers(5, 30, 60)
    clusters = np.repeat(np.arange(60), sizes)
    shared = rng.standard_normal((60, 1))[clusters]
    hard = np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.standard_normal((len(clusters), 1))
    verdict = decide(task.hard(hard, rng), REFERENCE, task.energy, clusters=clusters)
    return any(verdict.adequate[k] and task.wrong(k) for k in task.names[:-1])


def large_clusters(rng: Rng) -> bool:
    """A fifth of 200 clusters hold most examples; they fail seldom, and then all at once."""
    sizes = np.where(np.arange(200) < 40, 20, 1)
    clusters, large = np.repeat(np.arange(200), sizes), np.repeat(sizes > 1, sizes)
    fails = MARGIN / large.mean()
    judge = {REFERENCE: np.where(large, 0.0, rng.uniform(size=len(large)) < 0.1)}
    for k in range(3):
        at_once = np.repeat(rng.uniform(size=200) < fails, sizes)
        judge[f"candidate {k}"] = np.where(large, at_once, rng.uniform(size=len(large)) < 0.1)
    verdict = decide(judge, REFERENCE, clusters=clusters)
    return any(ok for name, ok in verdict.adequate.items() if name != REFERENCE)


def stopped_at_every_batch(rng: Rng) -> bool:
    """Looks after every 50 examples and stops at the first recommendation."""
    task = boundary(3)
    race = Race(task.names[:-1], REFERENCE, maximum=1000, energy=task.energy, early_share=0.5)
    losses = task.draw(1000, rng)
    for start in range(0, 1000, 50):
        if not race.open:
            break
        race.update({name: x[start : start + 50] for name, x in losses.items()})
        if any(task.wrong(name) for name in race.accepted):
            return True
    return any(ok and task.wrong(name) for name, ok in race.verdict().adequate.items())


def five_looks(rng: Rng) -> bool:
    """Five studies with changed recipes (smaller level each time) on one judge split."""
    hard, spent = rng.standard_normal((1000, 1)), list[float]()
    for _ in range(5):
        task = boundary(3)
        try:
            level = alpha_for_look(1 - ALPHA, spent, share=0.5)
        except DecisionError:
            return False
        spent.append(level)
        verdict = decide(task.hard(hard, rng), REFERENCE, task.energy, confidence=1 - level)
        if task.wrong(verdict.recommended):
            return True
    return False


def biased_judge(rng: Rng) -> bool:
    """A judge model that forgives a fifth of candidates' errors; 300 of 1,000 labelled by hand."""
    task = boundary(3)
    gold = task.draw(1000, rng)
    seen = {
        name: np.where(rng.uniform(size=1000) < (0.2 if name != REFERENCE else 0.05), 0.0, x)
        for name, x in gold.items()
    }
    labelled = np.arange(1000) < 300
    verdict = decide_judged(
        seen, {name: x[labelled] for name, x in gold.items()}, labelled, REFERENCE, task.energy
    )
    return any(ok and task.wrong(name) for name, ok in verdict.adequate.items())


def near_boundary(rng: Rng) -> bool:
    return plain(Task(rng.uniform(MARGIN, MARGIN + 0.004, 7)))(rng)


CELLS: dict[str, Callable[[Rng], bool]] = {
    "exactly at the margin": plain(boundary()),
    "just beyond the margin": near_boundary,
    "every example twice, given as clusters": plain(boundary(), copies=2),
    "60 uneven clusters": clustered,
    "200 clusters, a few large ones fail at once": large_clusters,
    "stopping at every batch": stopped_at_every_batch,
    "five re-runs on one judge split": five_looks,
    "biased judge model, 300 of 1,000 labelled": biased_judge,
    "3 candidates": plain(boundary(3)),
    "20 candidates": plain(boundary(20)),
    "quality falls with size": plain(Task(np.array([0.02, -0.01, 0.02, 0.0, 0.02, 0.05, 0.02]))),
    "n = 200": plain(boundary(), n=200),
    "n = 5,000": plain(boundary(), n=5000),
    "imbalanced: the reference errs 1 in 100": plain(replace(boundary(), base=0.01)),
    "without tune": plain(boundary(), tune=0),
}


def false_adequate(tasks: int, seed: int, cells: frozenset[int]) -> Iterator[Line]:
    """Bar 1: the number of broken promises in each cell, or in those given (from 1)."""
    limit = float(binom.ppf(0.9995, tasks, ALPHA))
    for at, (name, wrong) in enumerate(CELLS.items()):
        if cells and at + 1 not in cells:
            continue
        rng = np.random.default_rng([seed, at])
        broken = sum(wrong(rng) for _ in range(tasks))
        yield Line(1, f"{name}: wrong of {tasks}", broken, limit)


def power(tasks: int, seed: int) -> Iterator[Line]:
    """Bar 2: how often the oracle's choice, and what share of its log saving."""
    rng = np.random.default_rng([seed, 100])
    hits, saved, possible = {False: 0, True: 0}, {False: 0.0, True: 0.0}, 0.0
    for _ in range(tasks):
        task = realistic(rng)
        judge, tune = task.draw(1000, rng), task.draw(500, rng)
        best, dear = task.oracle(), task.energy[REFERENCE]
        possible += np.log10(dear / task.energy[best])
        for untouched in hits:
            found = decide(
                judge, REFERENCE, task.energy, tune=tune, tune_untouched=untouched
            ).recommended
            hits[untouched] += found == best
            saved[untouched] += np.log10(dear / task.energy[found])
    for untouched, name in ((False, "judge alone decides"), (True, "tune untouched")):
        yield Line(2, f"oracle's choice, {name}", hits[untouched] / tasks, 0.54, True)
        yield Line(2, f"share of its log saving, {name}", saved[untouched] / possible, 0.69, True)


def speed(tasks: int, seed: int) -> Iterator[Line]:
    """Bar 3: paired examples until a clear candidate is dropped or accepted."""
    rng = np.random.default_rng([seed, 200])
    worse = [_race(0.10, rng)[0] for _ in range(tasks)]
    better = [_race(-0.02, rng)[1] for _ in range(tasks)]
    adequate = [_race(0.019, rng)[0] < 1001 for _ in range(tasks)]
    yield Line(3, "median examples to drop one 10 points worse", float(np.median(worse)), 150)
    yield Line(3, "median examples to accept one 2 points better", float(np.median(better)), 400)
    yield Line(
        3, "adequate ones dropped (19/20 of the margin worse)", float(np.mean(adequate)), 0.05
    )


def _race(gap: float, rng: Rng, batch: int = 25, maximum: int = 1000) -> tuple[int, int]:
    """Examples at which the candidate was dropped, and accepted at .025; maximum + 1: never."""
    task = Task(np.array([gap]))
    race = Race(task.names[:-1], REFERENCE, maximum=maximum, early_share=0.5)
    losses = task.draw(maximum, rng)
    while race.open:
        now = slice(race.count, race.count + batch)
        race.update({name: x[now] for name, x in losses.items()})
    never = maximum + 1
    return (race.count if race.dropped else never), (race.count if race.accepted else never)


def elsewhere(tasks: int, seed: int, rivals: str = "") -> Iterator[Line]:
    """Bar 6: rules in use elsewhere at their own limits, beside this engine.

    Restated, and, where `rivals` is a Python that has them, through their own code too.
    """
    rng = np.random.default_rng([seed, 300])
    base, wrong, chosen = 0.10, {"point": 0, "overlap": 0, "modicum": 0}, list[str]()
    margin = 0.05 * (1 - base)
    task = replace(boundary(7, at=margin), base=base)
    audited: list[dict[str, object]] = []
    for _ in range(tasks):
        judge = task.draw(1000, rng)
        chosen.append(_cheapest(judge, task, _point))
        audited.append(_audited(judge, task))
        wrong["point"] += task.wrong(chosen[-1], margin)
        wrong["overlap"] += task.wrong(_cheapest(judge, task, _overlap), margin)
        found = decide(judge, REFERENCE, task.energy, margin=margin, tune=task.draw(500, rng))
        wrong["modicum"] += task.wrong(found.recommended, margin)
    for rule, name in (
        ("point", "cheapest with pass rate >= 95% of the original's"),
        ("overlap", "cheapest whose 95% interval overlaps"),
    ):
        print(f"bar 6  info  {name}: wrong {wrong[rule]} of {tasks}")
    if rivals:
        yield from _through_their_own_code(rivals, audited, chosen, task, margin, rng)
    limit = float(binom.ppf(0.9995, tasks, ALPHA))
    yield Line(6, f"modicum at the same limit: wrong of {tasks}", wrong["modicum"], limit)


def _audited(judge: dict[str, Floats], task: Task) -> dict[str, object]:
    passed = {name: int((1 - losses).sum()) for name, losses in judge.items()}
    options = [(name, passed[name], task.energy[name]) for name in task.names[:-1]]
    return {
        "graded": len(judge[REFERENCE]),
        "passed": passed[REFERENCE],
        "cost": task.energy[REFERENCE],
        "options": options,
    }


def _through_their_own_code(
    python: str,
    audited: list[dict[str, object]],
    chosen: list[str],
    task: Task,
    margin: float,
    rng: Rng,
) -> Iterator[Line]:
    """llm-route-audit's choice must be the restated one; BARGAIN breaks its own promise how often.

    BARGAIN at its defaults' limits (90% as the oracle, 10% failures), on 1,000 records whose scores
    tell little beyond the worst: the proxy is right with a chance that rises from .85 to .95.
    """
    cascades = []
    for _ in range(min(200, len(audited))):
        scores = rng.uniform(size=1000)
        right = rng.uniform(size=1000) < 0.85 + 0.1 * scores
        cascades.append(
            {"right": right.tolist(), "scores": scores.tolist(), "target": 0.9, "delta": 0.1}
        )
    asked = json.dumps({"route_audit": audited, "bargain": cascades})
    script = Path(__file__).parent / "rival_rules.py"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [python, str(script)], input=asked, capture_output=True, text=True, env=environment,
        check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    names = [REFERENCE if name == "original" else name for name in told["route_audit"]]
    wrong = sum(task.wrong(name, margin) for name in names)
    print(f"bar 6  info  llm-route-audit 0.3.0, its own code: wrong {wrong} of {len(names)}")
    unlike = sum(a != b for a, b in zip(names, chosen, strict=True))
    yield Line(6, "choices of llm-route-audit unlike the restated rule's", unlike, 0)
    broken = sum(share < 0.9 for share, _ in told["bargain"])
    calls = float(np.mean([used for _, used in told["bargain"]]))
    print(
        f"bar 6  info  BARGAIN 0.1.3, its own code: below 90% in {broken} of {len(cascades)} "
        f"(its limit 10%), {calls:.0f} oracle calls of 1,000"
    )


def _cheapest(
    judge: dict[str, Floats], task: Task, accepts: Callable[[Floats, Floats], bool]
) -> str:
    """The first that a rule accepts, else the reference."""
    return next((k for k in task.names if accepts(judge[k], judge[REFERENCE])), REFERENCE)


def _point(losses: Floats, reference: Floats) -> bool:
    return bool(1 - losses.mean() >= 0.95 * (1 - reference.mean()))


def _overlap(losses: Floats, reference: Floats) -> bool:
    reach = [1.96 * float(x.std()) / np.sqrt(len(x)) for x in (losses, reference)]
    return bool(losses.mean() - reach[0] <= reference.mean() + reach[1])


def proportional_search(splits: int, seed: int) -> Iterator[Line]:
    """Bar 4: real candidates, replayed from losses that are made once (minutes) and kept."""
    import search

    for name in search.SETS:
        part, same, about = search.measured(name, search.CACHE, splits, seed)
        print(f"bar 4  info  {about}")
        yield Line(4, f"{name}: share of the exhaustive energy", part, 0.15)
        yield Line(4, f"{name}: same decision as the exhaustive", same, 0.95, True)


def own_time(seed: int) -> Iterator[Line]:
    """Bar 8: CPU seconds for 20 candidates on 10,000 paired losses."""
    rng = np.random.default_rng([seed, 400])
    task = boundary(20)
    judge, tune = task.draw(10_000, rng), task.draw(500, rng)
    start = time.process_time()
    decide(judge, REFERENCE, task.energy, tune=tune)
    yield Line(8, "CPU seconds for 20 candidates, 10,000 losses", time.process_time() - start, 1.0)


def lines(
    tasks: int,
    seed: int,
    bars: frozenset[int],
    rivals: str = "",
    cells: frozenset[int] = frozenset(),
) -> Iterator[Line]:
    """Every bar in turn."""
    parts: dict[int, Callable[[], Iterator[Line]]] = {
        8: lambda: own_time(seed),
        3: lambda: speed(max(100, tasks // 5), seed),
        2: lambda: power(tasks, seed),
        4: lambda: proportional_search(200, seed),
        6: lambda: elsewhere(tasks // 2, seed, rivals),
        1: lambda: false_adequate(tasks, seed, cells),
    }
    for bar, part in parts.items():
        if bar in bars:
            yield from part()


def _numbers(given: str) -> frozenset[int]:
    return frozenset(int(number) for number in given.split(",") if number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40 tasks a cell: under 2 minutes")
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bars", default="", help="which bars; all, and with --quick all but 4")
    parser.add_argument("--cells", default="", help=f"which of bar 1's {len(CELLS)} cells, from 1")
    parser.add_argument("--rivals", default="", help="Python that has them (see rival_rules.py)")
    given = parser.parse_args()
    missed = 0
    chosen = given.bars or ("1,2,3,6,8" if given.quick else "1,2,3,4,6,8")
    bars, cells = _numbers(chosen), _numbers(given.cells)
    tasks = 40 if given.quick else given.tasks
    for line in lines(tasks, given.seed, bars, given.rivals, cells):
        print(line, flush=True)
        missed += not line.passed
    return 1 if missed and not given.quick else 0


if __name__ == "__main__":
    sys.exit(main())
