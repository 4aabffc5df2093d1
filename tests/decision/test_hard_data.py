"""Near ties, few errors and wrong labels: what docs/decision.md says of them."""

import numpy as np
import pytest

from modicum.decision.engine import decide


def correct(rng: np.random.Generator, rate: float, n: int) -> np.ndarray:
    return (rng.random(n) >= rate).astype(int)


@pytest.mark.parametrize(("n", "proven"), [(148, None), (149, True)])
def test_identical_losses_are_proven_from_149_examples_on(n: int, proven: bool | None) -> None:
    losses = np.arange(n) < 10
    assert decide({"a": losses, "r": losses}, "r").adequate["a"] is proven


def test_a_near_tie_stays_undecided_rather_than_being_settled_by_chance() -> None:
    rng, found = np.random.default_rng(6), []
    for _ in range(200):
        shared = rng.random(1000) < 0.06
        judge = {"a": shared | (rng.random(1000) < 0.06), "r": shared | (rng.random(1000) < 0.0394)}
        found.append(decide(judge, "r").adequate["a"])
    # The true difference is .0194 of a margin of .02.
    assert sum(state is None for state in found) >= 170
    assert sum(state is False for state in found) <= 21


def test_few_errors_make_the_test_conservative_and_not_wrong() -> None:
    rng, wrong = np.random.default_rng(7), 0
    for _ in range(400):
        reference = rng.random(400) < 0.004
        judge = {"a": reference | (rng.random(400) < 0.02 / 0.996), "r": reference}
        wrong += decide(judge, "r").recommended == "a"
    assert wrong <= 35  # the binomial .9995 quantile of 400 at .05


def test_wrong_labels_shrink_a_difference_by_twice_their_share() -> None:
    rng, n, noise = np.random.default_rng(8), 200_000, 0.2
    right = {"a": correct(rng, 0.14, n), "r": correct(rng, 0.10, n)}
    mislabelled = rng.random(n) < noise
    judge = {name: 1 - (is_right ^ mislabelled) for name, is_right in right.items()}
    seen = decide(judge, "r").evidence["a"].difference
    assert seen == pytest.approx(0.04 * (1 - 2 * noise), abs=0.004)
