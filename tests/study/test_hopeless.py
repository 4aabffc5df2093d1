import numpy as np

from modicum.study.asking import Asked
from modicum.study.hopeless import LEVEL, Hopeless

MARGIN = 0.02


def stopped_at(gap: float, seed: int, most: int = 1000) -> int | None:
    """After how many examples a candidate that is `gap` worse is called hopeless, if ever."""
    rng = np.random.default_rng(seed)
    reference = Asked(losses=(rng.random(most) < 0.1).astype(float).tolist())
    both = np.array(reference.losses)
    worse = np.where(rng.random(most) < gap / 0.9, 1.0, both)
    stop, asked = Hopeless(reference, MARGIN), Asked()
    for count in range(32, most + 1, 32):
        asked.losses = worse[:count].tolist()
        if stop(asked):
            return count
    return None


def test_a_candidate_ten_points_worse_is_stopped_early() -> None:
    found = [stopped_at(0.10, seed) for seed in range(60)]
    assert np.median([count or 1000 for count in found]) <= 200


def test_a_candidate_at_the_margin_is_rarely_stopped() -> None:
    found = [stopped_at(MARGIN, seed) for seed in range(300)]
    # At most LEVEL, and a binomial with 300 draws stays below 30 with probability .9999.
    assert sum(count is not None for count in found) < 30
    assert LEVEL == 0.05


def test_looking_again_without_new_answers_changes_nothing() -> None:
    reference = Asked(losses=[0.0] * 10)
    stop, asked = Hopeless(reference, MARGIN), Asked(losses=[1.0] * 4)
    stop(asked)
    before = stop.e_value
    stop(asked)
    assert (stop.e_value, stop.count) == (before, 4)
