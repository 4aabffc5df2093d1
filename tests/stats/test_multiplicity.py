import numpy as np
import pytest

from modicum.stats.multiplicity import fallback, fixed_sequence, holm, reject


def holm_by_definition(p: list[float], alpha: float) -> list[bool]:
    found = [False] * len(p)
    for step, k in enumerate(np.argsort(p)):
        if p[k] > alpha / (len(p) - step):
            break
        found[int(k)] = True
    return found


def test_the_graph_of_holm_is_holm() -> None:
    rng = np.random.default_rng(4)
    for _ in range(100):
        p = list(rng.uniform(0, 0.06, 5))
        assert list(reject(p, 0.05, holm(5)).rejected) == holm_by_definition(p, 0.05)


def test_a_fixed_sequence_stops_at_the_first_that_stands() -> None:
    found = reject([0.01, 0.2, 0.01], 0.05, fixed_sequence([0, 1, 2], 3))
    assert found.rejected == (True, False, False)
    assert found.levels == (0.05, 0.05, 0.0)


def test_a_fallback_hands_its_share_to_the_next() -> None:
    graph = fallback([0, 1, 2], [0.6, 0.2, 0.2], 3)
    assert reject([0.02, 0.035, 0.045], 0.05, graph).rejected == (True, True, True)
    assert reject([0.04, 0.009, 0.02], 0.05, graph).rejected == (False, True, True)


def test_nothing_to_test_rejects_nothing() -> None:
    assert reject([], 0.05, holm(0)).rejected == ()


@pytest.mark.parametrize("graph", [holm(4), fallback([2, 0, 1, 3], [0.4, 0.3, 0.2, 0.1], 4)])
def test_true_hypotheses_fall_no_more_often_than_promised(graph: object) -> None:
    rng = np.random.default_rng(5)
    p = rng.uniform(size=(2000, 4))
    wrong = sum(any(reject(row, 0.05, graph).rejected) for row in p)  # type: ignore[arg-type]
    assert wrong <= 133
