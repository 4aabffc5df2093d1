import numpy as np
import pytest

from modicum.stats.cluster import ClusteredDifferences, clustered_interval, clustered_p_value
from modicum.stats.tango import tango_p_value


def test_clusters_of_one_are_nearly_tangos_test() -> None:
    gaps = np.array([1.0] * 120 + [-1.0] * 130 + [0.0] * 4750)
    sample = ClusteredDifferences.of(gaps, np.arange(5000))
    p = clustered_p_value(sample, 0.005)
    assert p == pytest.approx(float(tango_p_value(120, 130, 5000, 0.005)), rel=0.02)


def test_copies_count_once() -> None:
    gaps = np.random.default_rng(6).choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.8, 0.1])
    alone = ClusteredDifferences.of(gaps, np.arange(400))
    copied = ClusteredDifferences.of(np.repeat(gaps, 5), np.repeat(np.arange(400), 5))
    assert clustered_p_value(copied, 0.02) == pytest.approx(
        clustered_p_value(alone, 0.02), abs=0.01
    )


def test_test_and_interval_say_the_same() -> None:
    gaps = np.random.default_rng(7).choice([-1.0, 0.0, 1.0], 600, p=[0.05, 0.9, 0.05])
    sample = ClusteredDifferences.of(gaps, np.arange(600) // 4)
    found = clustered_interval(sample, 0.05)
    assert clustered_p_value(sample, found.high + 1e-6) <= 0.05
    assert clustered_p_value(sample, found.high - 1e-6) >= 0.05


def test_fifty_clusters_of_copies_keep_the_error_rate() -> None:
    rng = np.random.default_rng(8)
    wrong = 0
    for _ in range(500):
        gaps = rng.choice([-1.0, 0.0, 1.0], 50, p=[0.08, 0.82, 0.10])
        sample = ClusteredDifferences.of(np.repeat(gaps, 4), np.repeat(np.arange(50), 4))
        wrong += clustered_p_value(sample, 0.02) <= 0.05
    assert wrong <= 42  # the binomial .999 quantile of 500 at .05
