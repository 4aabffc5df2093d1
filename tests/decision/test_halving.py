import numpy as np
import pytest

from modicum.decision.halving import Ask, Stakes, search


def curve(rate: float, n: int = 500) -> np.ndarray:
    return (np.arange(n) < rate * n).astype(float)


def test_a_poor_recipe_is_never_fitted_whole() -> None:
    asked: list[Ask] = []

    def losses_of(ask: Ask) -> np.ndarray:
        asked.append(ask)
        return curve({1 / 16: 0.4, 1 / 4: 0.35, 1.0: 0.33}[ask.share])

    found = search({"poor": [["a"]]}, Stakes(curve(0.1), 0.02, 1000), losses_of)
    assert found.chosen == {}
    assert "25%" in found.stopped["poor"]
    assert [ask.share for ask in asked] == [1 / 16, 1 / 4]


def test_a_recipe_that_still_learns_fast_is_not_given_up() -> None:
    rates = {1 / 16: 0.40, 1 / 4: 0.20, 1.0: 0.10}
    found = search(
        {"late": [["a"]]}, Stakes(curve(0.1), 0.02, 1000), lambda ask: curve(rates[ask.share])
    )
    assert list(found.chosen) == ["late"]


def test_a_ladder_is_climbed_and_only_the_best_is_fitted_whole() -> None:
    asked: list[Ask] = []
    best = {f"c{k}": 0.1 + 0.02 * abs(k - 4) for k in range(7)}

    def losses_of(ask: Ask) -> np.ndarray:
        asked.append(ask)
        return curve(best[ask.setting])

    found = search({"one": [list(best)]}, Stakes(curve(0.1), 0.02, 1000), losses_of)
    assert found.chosen["one"][0] == "c4"
    assert [ask.setting for ask in asked if ask.share == 1.0] == ["c4"]
    assert sum(ask.share == 1 / 16 for ask in asked) == 3


def test_nothing_larger_is_fitted_once_a_smaller_one_is_nearly_sure() -> None:
    found = search(
        {"small": [["a"]], "large": [["a"]]},
        Stakes(curve(0.1, 2000), 0.02, 3000),
        lambda _: curve(0.1, 2000),
    )
    assert list(found.chosen) == ["small"]
    assert "small" in found.stopped["large"]


@pytest.mark.parametrize(("requests", "fitted"), [(1e3, False), (1e9, True), (None, True)])
def test_a_step_that_costs_more_than_it_may_save_is_not_taken(
    requests: float | None, fitted: bool
) -> None:
    stakes = Stakes(
        curve(0.1), 0.02, 1000, saved_j={"one": 1e-3}, requests=requests, cost_j=lambda _: 50.0
    )
    found = search({"one": [["a"]]}, stakes, lambda _: curve(0.1))
    assert bool(found.chosen) is fitted
