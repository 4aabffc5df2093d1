import numpy as np
import pytest

from modicum.decision.set_metric import decide_set_metric
from modicum.errors import DecisionError

RNG_SEED = 3


def task(accuracy: dict[str, float], n: int = 2000) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(RNG_SEED)
    labels = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    luck = rng.uniform(size=n)
    wrong = np.where(labels == "a", "b", "a")
    return {name: np.where(luck < rate, labels, wrong) for name, rate in accuracy.items()}, labels


def test_a_clearly_worse_macro_f1_is_shown_inadequate() -> None:
    judge, labels = task({"poor": 0.7, "same": 0.9, "large": 0.9})
    verdict = decide_set_metric(judge, "large", labels, resamples=300)
    assert verdict.adequate == {"poor": False, "same": True, "large": True}
    assert verdict.method.asymptotic


def test_a_function_of_labels_and_predictions_will_do() -> None:
    judge, labels = task({"same": 0.9, "large": 0.9})
    verdict = decide_set_metric(
        judge, "large", labels, lambda y, p: float(np.mean(y != p)), resamples=200
    )
    assert verdict.evidence["large"].loss == pytest.approx(0.1, abs=0.02)


def test_a_tiny_identical_sample_proves_nothing() -> None:
    same = ["a", "b"] * 10
    assert decide_set_metric({"s": same, "r": same}, "r", same).recommended == "r"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "auc"}, "metric 'auc' is not known"),
        ({"labels": ["a"]}, "pair them"),
        ({"reference": "x"}, "reference 'x'"),
        ({"tune": {"s": ["a"], "r": ["a"]}}, "no tune_labels"),
    ],
)
def test_input_that_cannot_be_scored_is_refused(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {
        "judge": {"s": ["a", "b"], "r": ["a", "b"]},
        "reference": "r",
        "labels": ["a", "b"],
    }
    with pytest.raises(DecisionError, match=message):
        decide_set_metric(**(given | change))  # type: ignore[arg-type]
