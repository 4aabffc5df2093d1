import numpy as np
import pytest
from scipy.stats import qmc

from modicum.stats import sobol
from modicum.stats.sobol import sobol_points


def test_the_points_are_those_of_scipy_but_for_the_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np.random, "default_rng", lambda seed: Unshifted())
    theirs = qmc.Sobol(7, scramble=False).random(256)
    assert sobol_points(256, 7) == pytest.approx(theirs, abs=2.0**-sobol.BITS)


class Unshifted:
    def integers(self, high: int, size: int) -> np.ndarray:
        return np.zeros(size, np.int64)


def test_every_pair_of_coordinates_is_filled_evenly() -> None:
    points = np.floor(8 * sobol_points(1024, 7)).astype(int)
    for one in range(7):
        for other in range(one):
            cells = np.bincount(8 * points[:, one] + points[:, other], minlength=64)
            assert cells.min() >= 12, (one, other)  # 16 where it is even
            assert cells.max() <= 20, (one, other)
