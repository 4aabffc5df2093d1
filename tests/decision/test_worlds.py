import numpy as np

from modicum.decision.shares import best_chain
from modicum.decision.worlds import possible_worlds


def gaps_of(rates: list[float], n: int = 500) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.column_stack([(rng.random(n) < 0.1 + r) - 1.0 * (rng.random(n) < 0.1) for r in rates])


def test_the_same_losses_give_the_same_worlds() -> None:
    gaps, savings = gaps_of([0.0, 0.05]), np.array([1.0, 2.0])
    first, second = (
        possible_worlds(gaps, gaps.std(axis=0), savings, 0.02, 1000).p for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_a_candidate_far_from_the_trend_is_drawn_towards_it() -> None:
    gaps = gaps_of([0.05, 0.05, 0.05, 0.05, 0.05, -0.02], n=150)
    savings = np.arange(6.0)
    alone = gaps[:, 5:]
    together = possible_worlds(gaps, gaps.std(axis=0), savings, 0.02, 1000).p[:, 5]
    single = possible_worlds(alone, alone.std(axis=0), savings[5:], 0.02, 1000).p[:, 0]
    assert np.mean(together <= 0.05) < np.mean(single <= 0.05)


def test_a_chain_runs_from_the_least_saving_to_the_most() -> None:
    rng = np.random.default_rng(4)
    p = np.column_stack([rng.uniform(0, 1.5, 400), rng.uniform(0, 4, 400)])
    chain = best_chain(p, [1.0, 3.0])
    assert chain.order == (0, 1)
    assert abs(sum(chain.shares) - 1) < 1e-9
