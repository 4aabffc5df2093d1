"""Are the tuner's constants fitted to the jobs they are judged on?  A blind check by halves.

    python benchmarks/tuning.py [--data ../shared/data] [--seeds 100]

The constants of the curve are chosen on three of the six recorded jobs (largest share of replays
within 3% of the optimum, on seeds of their own) and judged on the other three, for every division
in halves; beside it stand the constants that ship, on the same jobs and seeds.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from pathlib import Path

from modicum.plan import traces
from modicum.plan.curve import Shape

TRIALS, NEAR = 15, 0.03

SHAPES = [Shape(bend, 1.0, own) for bend in (0.1, 0.2, 0.3) for own in (0.02, 0.05, 0.1)]

Shares = dict[tuple[Shape, str], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    here = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=here / ".." / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=100)
    options = parser.parse_args()
    jobs = {job: traces.read_trace(options.data / "zeus", job) for job in traces.JOBS}
    chosen_on = shares(jobs, range(1000, 1000 + options.seeds))
    judged_on = shares(jobs, range(options.seeds))
    blind, shipped = [], []
    for half in itertools.combinations(jobs, len(jobs) // 2):
        best = max(SHAPES, key=lambda s: mean(chosen_on, s, half))
        others = tuple(job for job in jobs if job not in half)
        blind.append(mean(judged_on, best, others))
        shipped.append(mean(judged_on, Shape(), others))
        print(
            f"{', '.join(half):44} -> bend {best.bend}, own {best.own}: {blind[-1]:.1%} of the rest"
        )
    print(f"chosen on other jobs: {statistics.mean(blind):.1%} within 3% of the optimum")
    print(f"as shipped:           {statistics.mean(shipped):.1%}")


def shares(jobs: dict[str, traces.Trace], seeds: range) -> Shares:
    """Share of replays within 3% of the optimum, by shape and job."""
    return {
        (shape, name): statistics.mean(
            traces.replay(trace, TRIALS, seed, shape).excess <= NEAR for seed in seeds
        )
        for shape in SHAPES
        for name, trace in jobs.items()
    }


def mean(found: Shares, shape: Shape, jobs: tuple[str, ...]) -> float:
    return statistics.mean(found[shape, job] for job in jobs)


if __name__ == "__main__":
    main()
