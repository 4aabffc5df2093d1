"""A repeat confirms and never proves: all repeats together err no more than the first run."""

import numpy as np

from modicum.decision.engine import decide
from modicum.decision.repeat import only_confirmed

ENERGY = {"tiny": 1.0, "small": 10.0, "large": 100.0}


def losses(rng: np.random.Generator, gap: float, n: int = 400) -> dict[str, np.ndarray]:
    large = rng.random(n) < 0.2
    worse = (rng.random((2, n)) < gap) & ~large
    losses = {"tiny": large | worse[0], "small": large | worse[1], "large": large}
    return {name: one.astype(float) for name, one in losses.items()}


def test_proofs_that_were_not_there_before_are_taken_back() -> None:
    found = decide(losses(np.random.default_rng(1), 0.0), "large", ENERGY)
    assert found.recommended == "tiny"
    kept = only_confirmed(found, ("small",), ENERGY)
    assert kept.recommended == "small"
    assert kept.adequate == {"tiny": None, "small": True, "large": True}
    assert kept.missing[0].name == "tiny"
    assert only_confirmed(found, ("tiny", "small"), ENERGY) == found
    assert only_confirmed(found, (), ENERGY).recommended == "large"


def test_what_is_shown_inadequate_stays_so() -> None:
    found = decide(losses(np.random.default_rng(2), 0.4), "large", ENERGY)
    assert only_confirmed(found, (), ENERGY).adequate["tiny"] is False


def test_repeats_in_a_changing_order_err_no_more_often_than_the_first_run() -> None:
    """Both candidates stand at the margin; each repeat measures energy, and so the order, anew."""
    wrong_first = wrong_ever = wrong_unfiltered = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        judge, tune = losses(rng, 0.025), losses(rng, 0.025, 200)
        runs = []
        for _ in range(3):
            energy = {"tiny": rng.lognormal(0, 1), "small": rng.lognormal(0, 1), "large": 100.0}
            found = decide(judge, "large", energy, tune=tune)
            runs.append((found, energy))
        first = runs[0][0]
        proven = [name for name, yes in first.adequate.items() if yes]
        kept = [only_confirmed(found, proven, energy).recommended for found, energy in runs]
        wrong_first += first.recommended != "large"
        wrong_ever += any(name != "large" for name in kept)
        wrong_unfiltered += any(found.recommended != "large" for found, _ in runs)
    assert wrong_ever == wrong_first <= 14  # binomial(120, .05) is above that with chance .001
    assert wrong_unfiltered >= wrong_ever
