from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binom, multivariate_normal, norm

from modicum.decision.worlds import worlds_without_tune
from modicum.stats.correlated import (
    POINTS,
    Expected,
    _falls,
    reject_expected,
)
from modicum.stats.multiplicity import fallback
from modicum.stats.sobol import sobol_points

THREE = fallback([0, 1, 2], [0.5, 0.3, 0.2], 3)
ALIKE = 0.5 * np.ones((3, 3)) + 0.5 * np.eye(3)
UNSURE = tuple(tuple(row) for row in (2 * np.eye(3) + 0.5).tolist())
MOST = binom.ppf(0.9995, 4000, 0.05) / 4000
HOPED = Expected((-2.0, -1.0, 0.5), UNSURE, (1.0, 2.0, 3.0), (0.5, 0.3, 0.2))


def wrong_share(at: list[float], alike: np.ndarray, hoped: Expected) -> float:
    """Part of 4,000 draws with a false rejection; a hypothesis at 0 or above is true."""
    drawn = np.random.default_rng(2).multivariate_normal(at, alike, 4000)
    return float((_falls(drawn, 0.05, alike, hoped) & (np.array(at) >= 0)).any(axis=1).mean())


def test_evenly_spread_points_find_the_chance_of_two_correlated_statistics() -> None:
    root = np.linalg.cholesky(np.array([[1.0, 0.6], [0.6, 1.0]]))
    drawn = norm.ppf(sobol_points(1 << 13, 2)) @ root.T
    both = np.mean((drawn <= -1.645).all(axis=1))
    exact = multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]]).cdf([-1.645, -1.645])
    assert both == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize(
    "at",
    [[0.0, 0.0, 0.0], [0.0, 0.0, 3.0], [0.0, 1.0, 1.0], [0.0, 2.0, 0.0], [-4.0, 0.0, 1.0]],
    ids=str,
)
def test_the_family_wise_error_stays_at_the_level(at: list[float]) -> None:
    assert wrong_share(at, ALIKE, HOPED) <= MOST


def test_what_is_hoped_for_falls_at_nearly_the_whole_level() -> None:
    found = reject_expected([0.04, 0.9, 0.9], 0.05, THREE, ALIKE, [0, 1, 2], HOPED)
    assert found.rejected == (True, False, False)


def test_a_level_says_with_which_p_value_it_would_have_fallen() -> None:
    level = reject_expected([0.2, 0.3, 0.9], 0.05, THREE, ALIKE, [0, 1, 2], HOPED).levels[0]
    assert 0.01 < level < 0.05
    assert reject_expected([level, 0.3, 0.9], 0.05, THREE, ALIKE, [0, 1, 2], HOPED).rejected[0]


def test_hypotheses_outside_the_chain_have_their_turn_once_it_fell() -> None:
    graph = fallback([0, 1, 2], [0.5, 0.5, 0.0], 3)
    hoped = Expected((-1.0, -1.0), ((1.0, 0.0), (0.0, 1.0)), (1.0, 2.0), (0.5, 0.5))
    assert reject_expected([0.01, 0.01, 0.04], 0.05, graph, np.eye(3), [0, 1], hoped).rejected[2]
    assert not reject_expected([0.01, 0.2, 0.001], 0.05, graph, np.eye(3), [0, 1], hoped).rejected[
        2
    ]


@pytest.mark.parametrize(
    "at",
    [
        [0.0] * 7,
        [0.0, 0.0, -3.0, -3.0, 0.0, -4.0, -4.0],
        [1.5, 0.0, 1.5, 0.0, 0.0, 0.0, -3.0],
        [2.5, 2.5, 0.0, 1.0, -2.0, 0.0, -4.0],
    ],
    ids=str,
)
def test_seven_that_only_savings_tell_apart_keep_the_level(at: list[float]) -> None:
    savings, alike = np.linspace(4.5, 0.5, 7), 0.5 * np.ones((7, 7)) + 0.5 * np.eye(7)
    hoped = worlds_without_tune(np.full(7, 0.25), savings, 0.02, 1000).expected(range(7), savings)
    assert wrong_share(at, alike, hoped) <= MOST


def fell_by_definition(z: np.ndarray, correlation: np.ndarray, hoped: Expected) -> list[bool]:
    """Closed testing written out, every intersection on all points drawn at its boundary."""
    size, mean, cov = len(z), np.array(hoped.mean), np.array(hoped.covariance)
    correlation = 0.999 * correlation + 0.001 * np.eye(size)
    drawn = norm.ppf(sobol_points(POINTS, size)) @ np.linalg.cholesky(correlation).T
    rows = np.vstack([drawn, z])
    falls = {(k,): rows[:, [k]] <= norm.ppf(0.05) for k in range(size)}
    for among in (a for n in range(2, size + 1) for a in combinations(range(size), n)):
        part, chosen = np.ix_(among, among), list(among)
        at_boundary = multivariate_normal(np.zeros(len(among)), correlation[part])
        as_hoped = multivariate_normal(mean[chosen], (correlation + cov)[part])
        ratio = as_hoped.logpdf(rows[:, chosen]) - at_boundary.logpdf(rows[:, chosen])
        free = np.ones((len(rows), len(among)), bool)
        for k, gone in product(range(len(among)), repeat=2):
            others = [j for j in among if j != among[gone]]
            if k != gone:
                free[:, k] &= falls[tuple(others)][:, others.index(among[k])]
        worth = np.where(free, hoped.worth(among), 0.0).max(axis=1)
        value = np.exp(ratio) * worth
        falls[among] = free & (value >= np.quantile(value[:-1], 0.95, method="higher"))[:, None]
    return [bool(fell) for fell in falls[tuple(range(size))][-1]]


def test_it_is_closed_testing_as_it_stands_in_the_book() -> None:
    rng, ended = np.random.default_rng(5), set[bool]()
    for _ in range(12):
        z = rng.multivariate_normal([-2.0, -1.5, -0.5], ALIKE)
        found = reject_expected(norm.cdf(z), 0.05, THREE, ALIKE, [0, 1, 2], HOPED).rejected
        assert list(found) == fell_by_definition(z, ALIKE, HOPED)
        ended |= set(found)
    assert ended == {True, False}
