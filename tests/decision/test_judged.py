import numpy as np
import pytest

from modicum.decision.judged import PredictionPowered, decide_judged
from modicum.errors import DecisionError


def test_a_judge_that_flatters_is_corrected_by_the_labels() -> None:
    gold_small, gold_large = np.zeros(2000), np.zeros(2000)
    gold_small[::10] = 1  # errs ten points more, which the judge model does not see
    labelled = np.arange(2000) < 500
    verdict = decide_judged(
        {"small": np.zeros(2000), "large": np.zeros(2000)},
        {"small": gold_small[labelled], "large": gold_large[labelled]},
        labelled,
        "large",
    )
    assert verdict.recommended == "large"
    assert verdict.adequate["small"] is False


def test_a_good_judge_model_narrows_the_interval() -> None:
    rng = np.random.default_rng(13)
    gaps = rng.choice([-1.0, 0.0, 1.0], 5000, p=[0.05, 0.9, 0.05])
    labelled = np.arange(5000) < 500
    with_judge = PredictionPowered(gaps, gaps[labelled], labelled).interval(0.05)
    alone = PredictionPowered(np.zeros(5000), gaps[labelled], labelled).interval(0.05)
    assert with_judge.high - with_judge.low < 0.6 * (alone.high - alone.low)


def test_the_boundary_is_passed_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(14)
    wrong, labelled = 0, np.arange(800) < 200
    for _ in range(400):
        gaps = rng.choice([-1.0, 0.0, 1.0], 800, p=[0.04, 0.9, 0.06])
        seen = np.where(rng.uniform(size=800) < 0.2, 0.0, gaps)
        wrong += PredictionPowered(seen, gaps[labelled], labelled).p_below(0.02) <= 0.05
    assert wrong <= 35  # the binomial .999 quantile of 400 at .05


@pytest.mark.parametrize(
    ("labelled", "message"),
    [
        (np.ones(3, dtype=bool), "one flag each"),
        (np.zeros(200, dtype=bool), "0 examples are labelled"),
        (np.arange(200) < 50, "label at least 100"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labelled: np.ndarray, message: str) -> None:
    both = {"small": np.zeros(200), "large": np.zeros(200)}
    gold = {name: np.zeros(50) for name in both}
    with pytest.raises(DecisionError, match=message):
        decide_judged(both, gold, labelled, "large")
