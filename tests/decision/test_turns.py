"""Judging by turns decides as judging everybody does, but for whoever stops as hopeless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from modicum.decision.engine import decide
from modicum.decision.running import Running
from modicum.decision.turns import Partial, Question, decide_partly, may_stop, whose_turn

Floats = NDArray[np.float64]
ENERGY = {"tiny": 1.0, "small": 3.0, "middle": 10.0, "large": 30.0, "huge": 100.0}


def drawn(rng: np.random.Generator, gaps: Mapping[str, float], n: int) -> dict[str, Floats]:
    """Right or wrong; a candidate differs from the reference on its gap and 4% of examples more."""
    huge = rng.random(n) < 0.15
    found = {}
    for name, gap in gaps.items():
        worse, better = rng.random(n) < (0.02 + max(gap, 0)) / 0.85, rng.random(n) < 0.02 / 0.15
        found[name] = np.where(huge, ~better, worse).astype(float)
    return {**found, "huge": huge.astype(float)}


@dataclass
class ByTurns:
    """Everybody but the reference is dear; judged 100 examples at a time."""

    losses: dict[str, Floats]
    asked: Question
    judged: dict[str, int] = field(default_factory=dict)

    def run(self) -> Any:
        whole = {"huge": self.losses["huge"]}
        partial: dict[str, Partial] = {}
        waiting = [name for name in self.losses if name != "huge"]
        while turn := whose_turn(whole, partial, waiting, self.asked):
            for name in turn:
                free = may_stop(name, whole, self.asked)
                waiting.remove(name)
                found = self._race(name, free)
                if len(found.losses) == len(whole["huge"]):
                    whole[name] = found.losses
                else:
                    partial[name] = found
                self.judged[name] = len(found.losses)
        partial |= {name: self._until(name, 100) for name in waiting}
        whole = {n: whole[n] for n in self.losses if n in whole}
        return decide_partly(whole, partial, self.asked)

    def _until(self, name: str, count: int) -> Partial:
        own, theirs = self.losses[name][:count], self.losses["huge"][:count]
        running = Running(self.asked.margin, self.asked.margin, (), None)
        running.add(own, own - theirs, {}, None)
        return Partial(own, theirs, running)

    def _race(self, name: str, free: bool) -> Partial:
        n = len(self.losses["huge"])
        stops = (self._until(name, count) for count in range(100, n, 100))
        return next((p for p in stops if free and p.hopeless), self._until(name, n))


def asked(tune: dict[str, Floats], **more: Any) -> Question:
    return Question("huge", ENERGY, 0.02, 0.95, tune, **more)


def all_dear(tune: dict[str, Floats], **more: Any) -> Question:
    return asked(tune, dear=frozenset(ENERGY), **more)


@pytest.mark.parametrize("kind", ["plain", "clusters", "slices", "graded", "ceiling"])
def test_with_everybody_judged_it_is_decide(kind: str) -> None:
    rng = np.random.default_rng(3)
    gaps = {"tiny": 0.1, "small": 0.0, "middle": -0.02, "large": 0.0}
    judge, tune = drawn(rng, gaps, 800), drawn(rng, gaps, 300)
    more: dict[str, Any] = {
        "plain": {},
        "clusters": {"clusters": np.arange(800) // 2},
        "slices": {"slices": {"lang": np.arange(800) % 2}},
        "graded": {},
        "ceiling": {"ceiling": 0.3},
    }[kind]
    if kind == "graded":
        judge = {name: one * 0.9 for name, one in judge.items()}
    found = decide_partly(judge, {}, asked(tune, **more))
    assert found == decide(judge, "huge", ENERGY, tune=tune, **more)


def test_turns_decide_the_same_and_judge_less_than_everything() -> None:
    """The very same tests; who are tested jointly is settled on tune and may be fewer."""
    same = like = judged = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        gaps = dict(zip(ENERGY, rng.choice([-0.02, 0.0, 0.02, 0.05, 0.1], 4), strict=False))
        judge, tune = drawn(rng, gaps, 600), drawn(rng, gaps, 300)
        turns = ByTurns(judge, all_dear(tune))
        found = turns.run().recommended
        same += found == decide_partly(judge, {}, all_dear(tune)).recommended
        like += found == decide(judge, "huge", ENERGY, tune=tune).recommended
        judged += sum(turns.judged.values())
    assert same == 25
    assert like >= 23
    assert judged < 0.8 * 25 * 4 * 600


def test_at_the_boundary_turns_err_no_more_often_than_allowed() -> None:
    """In slices no joint test speaks, so everybody may stop."""
    wrong = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        gaps = dict.fromkeys(("tiny", "small", "middle", "large"), 0.02)
        judge, tune = drawn(rng, gaps, 600), drawn(rng, gaps, 300)
        one = all_dear(tune, slices={"all": np.zeros(600, int)})
        wrong += ByTurns(judge, one).run().recommended != "huge"
    assert wrong <= 7  # binomial(40, .05) is above that with chance .001


def test_a_truly_adequate_candidate_is_rarely_stopped_and_a_hopeless_one_soon() -> None:
    stopped, counts = 0, []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        judge = drawn(rng, {"tiny": 0.12, "small": 0.02}, 1000)
        turns = ByTurns(judge, asked(judge))
        stopped += len(turns._race("small", True).losses) < 1000
        counts.append(len(turns._race("tiny", True).losses))
    assert stopped <= 7  # at the margin itself, where it is most often: binomial(40, .05), .001
    assert np.median(counts) <= 200


def test_who_is_stopped_is_told_why_and_never_proven() -> None:
    rng = np.random.default_rng(5)
    judge = drawn(rng, {"tiny": 0.2, "small": 0.0}, 600)
    energy = {k: ENERGY[k] for k in judge}
    tune = drawn(rng, {"tiny": 0.0, "small": 0.0}, 300)
    one = Question("huge", energy, 0.02, 0.95, tune, dear=frozenset(energy))
    turns = ByTurns(judge, one)
    partial = {"tiny": turns._until("tiny", 200)}
    rest = {name: judge[name] for name in ("small", "huge")}
    found = decide_partly(rest, partial, one)
    assert found.adequate["tiny"] is False
    assert found.evidence["tiny"].n == 200
    assert "judged no further" in found.evidence["tiny"].reason
    late = decide_partly(rest, {"tiny": turns._until("tiny", 3)}, one)
    assert late.adequate["tiny"] is None
    assert "its turn never came" in late.evidence["tiny"].reason
    assert [m.name for m in late.missing if m.more_examples is None][:1] in (["tiny"], [])
