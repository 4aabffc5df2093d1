"""Rules in use elsewhere, through their own code: run under a Python that has them installed.

    python -m venv rivals && rivals/bin/pip install llm-route-audit==0.3.0 bargain==0.1.3
    PYTHONPATH=src python benchmarks/proof.py --bars 6 --rivals rivals/bin/python

Reads one JSON object on stdin and writes one on stdout, so that neither installs beside Modicum.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any


def route_audit(tasks: Sequence[dict[str, Any]]) -> list[str]:
    """What llm-route-audit chooses of each task: names, graded and passed counts, costs."""
    from llm_route_audit.report import DEFAULT_MIN_SAMPLES, DEFAULT_TARGET, OptionStats, _choose

    found = []
    for task in tasks:
        options = [
            OptionStats(name, name, graded=task["graded"], passed=passed, cost=cost,
                        original_cost=task["cost"])
            for name, passed, cost in task["options"]
        ]  # fmt: skip
        original = OptionStats("original", "original", graded=task["graded"], passed=task["passed"])
        choice, _ = _choose(original, options, DEFAULT_TARGET, DEFAULT_MIN_SAMPLES)
        found.append(choice.label)
    return found


def bargain(tasks: Sequence[dict[str, Any]]) -> list[tuple[float, int]]:
    """(share of answers as the oracle's, oracle calls) of BARGAIN_A on each task.

    A task: for every record whether the proxy is right, and its score.
    """
    import numpy as np
    from BARGAIN import BARGAIN_A, Oracle, Proxy

    class Small(Proxy):
        def proxy_func(self, given: str) -> tuple[int, float]:
            return int(right[int(given)]), float(scores[int(given)])

    class Large(Oracle):
        def oracle_func(self, given: str, proposed: int) -> tuple[bool, int]:
            return proposed == 1, 1

    found = []
    for seed, task in enumerate(tasks):
        right, scores = task["right"], task["scores"]
        engine = BARGAIN_A(
            Small(verbose=False, max_workers=1), Large(verbose=False, max_workers=1),
            target=task["target"], delta=task["delta"], verbose=False, seed=seed,
        )  # fmt: skip
        records = [str(k) for k in range(len(right))]
        output, used = engine.process(records, return_oracle_usage=True)
        found.append((float(np.mean([int(v) == 1 for v in output])), int(np.sum(used))))
    return found


def main() -> None:
    asked = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):  # they may print
        told = {
            "route_audit": route_audit(asked.get("route_audit", [])),
            "bargain": bargain(asked["bargain"]) if asked.get("bargain") else [],
        }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
