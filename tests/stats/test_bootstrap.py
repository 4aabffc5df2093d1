import numpy as np
import pytest

from modicum.stats.bootstrap import balanced_accuracy_loss, macro_f1_loss, paired_bootstrap


def test_metrics_agree_with_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(9)
    truth, guess = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    every = np.arange(200)
    assert macro_f1_loss(truth, guess, 4)(every) == pytest.approx(
        1 - metrics.f1_score(truth, guess, average="macro")
    )
    assert balanced_accuracy_loss(truth, guess, 4)(every) == pytest.approx(
        1 - metrics.balanced_accuracy_score(truth, guess)
    )


def test_the_spread_of_a_mean_is_its_standard_error() -> None:
    x = np.random.default_rng(10).uniform(size=400)
    found = paired_bootstrap(
        lambda i: float(x[i].mean()), lambda i: 0.0, 400, np.random.default_rng(1)
    )
    assert found.resampled.std() == pytest.approx(x.std() / 20, rel=0.06)


def test_whole_clusters_are_drawn() -> None:
    x = np.repeat(np.random.default_rng(11).uniform(size=100), 4)
    found = paired_bootstrap(
        lambda i: float(x[i].mean()),
        lambda i: 0.0,
        400,
        np.random.default_rng(1),
        clusters=np.repeat(np.arange(100), 4),
    )
    assert found.resampled.std() == pytest.approx(x.std() / 10, rel=0.06)
