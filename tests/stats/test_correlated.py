import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from modicum.stats.correlated import _spread_evenly, reject_correlated
from modicum.stats.multiplicity import fallback, reject


def test_evenly_spread_points_find_the_chance_of_two_correlated_statistics() -> None:
    root = np.linalg.cholesky(np.array([[1.0, 0.6], [0.6, 1.0]]))
    drawn = norm.ppf(_spread_evenly(1 << 13, 2)) @ root.T
    both = np.mean((drawn <= -1.645).all(axis=1))
    exact = multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]]).cdf([-1.645, -1.645])
    assert both == pytest.approx(exact, abs=1e-3)


def test_nothing_is_rejected_less_than_by_the_plain_graph() -> None:
    rng, graph = np.random.default_rng(1), fallback([2, 0, 1], [0.6, 0.3, 0.1], 3)
    alike = 0.5 * np.ones((3, 3)) + 0.5 * np.eye(3)
    for _ in range(100):
        p = rng.uniform(0, 0.08, 3)
        plain = reject(p, 0.05, graph).rejected
        joint = reject_correlated(p, 0.05, graph, alike, [0, 1, 2]).rejected
        assert all(j or not q for q, j in zip(plain, joint, strict=True))


def test_the_family_wise_error_stays_at_the_level_on_the_boundary() -> None:
    rng, graph = np.random.default_rng(2), fallback([0, 1, 2], [0.5, 0.3, 0.2], 3)
    alike = 0.6 * np.ones((3, 3)) + 0.4 * np.eye(3)
    drawn = norm.cdf(rng.multivariate_normal(np.zeros(3), alike, 1500))
    wrong = sum(any(reject_correlated(p, 0.05, graph, alike, [0, 1, 2]).rejected) for p in drawn)
    assert wrong <= 103  # the binomial .9995 quantile of 1,500 at .05


def test_a_level_says_with_which_p_value_it_would_have_fallen() -> None:
    graph, alike = fallback([0, 1], [0.5, 0.5], 2), [[1.0, 0.5], [0.5, 1.0]]
    level = reject_correlated([0.04, 0.9], 0.05, graph, alike, [0, 1]).levels[0]
    assert 0.025 < level < 0.03
    assert reject_correlated([0.999 * level, 0.9], 0.05, graph, alike, [0, 1]).rejected[0]


def test_hypotheses_outside_the_chain_have_their_turn_once_it_fell() -> None:
    graph, alike = fallback([0, 1, 2], [0.5, 0.5, 0.0], 3), np.eye(3)
    assert reject_correlated([0.01, 0.01, 0.04], 0.05, graph, alike, [0, 1]).rejected[2]
    assert not reject_correlated([0.01, 0.2, 0.001], 0.05, graph, alike, [0, 1]).rejected[2]
