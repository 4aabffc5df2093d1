import numpy as np
import pytest
from scipy.stats import binom, multinomial

from modicum.stats.exact import paired_interval, paired_p_value
from modicum.stats.tango import tango_p_value


def brute_force(worse: int, better: int, n: int, margin: float) -> float:
    from modicum.stats.tango import constrained_better, tango_z

    q = float(constrained_better(worse, better, n, margin))
    z = float(tango_z(worse, better, n, margin))
    model = multinomial(n, [q + margin, q, 1 - 2 * q - margin])
    cells = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    return sum(
        float(model.pmf([b, c, n - b - c]))
        for b, c in cells
        if float(tango_z(b, c, n, margin)) <= z + 1e-9
    )


@pytest.mark.parametrize(
    ("worse", "better", "margin"), [(1, 2, 0.1), (0, 3, 0.05), (4, 4, 0.2), (6, 2, -0.05)]
)
def test_enumeration_agrees_with_every_outcome_counted(
    worse: int, better: int, margin: float
) -> None:
    assert paired_p_value(worse, better, 30, margin) == pytest.approx(
        brute_force(worse, better, 30, margin), abs=1e-8
    )


def test_without_a_loss_of_the_reference_alone_it_is_the_exact_binomial() -> None:
    for worse in range(6):
        assert paired_p_value(worse, 0, 400, 0.02) == pytest.approx(binom.cdf(worse, 400, 0.02))


def test_too_many_losses_are_read_from_the_upper_tail() -> None:
    assert (
        paired_p_value(0, 25, 1000, -0.02)
        == pytest.approx(float(binom.sf(24, 1000, 0.02)), rel=1e-6)
        or paired_p_value(0, 25, 1000, -0.02) > 0.1
    )


def test_many_disagreements_read_the_normal_distribution() -> None:
    assert paired_p_value(300, 280, 5000, 0.02) == float(tango_p_value(300, 280, 5000, 0.02))


def test_test_and_interval_say_the_same() -> None:
    for worse in range(0, 50, 7):
        high = paired_interval(worse, 12, 600, 0.05).high
        assert (high < 0.02) == (paired_p_value(worse, 12, 600, 0.02) <= 0.05)


@pytest.mark.parametrize("rest", [0.0, 0.002, 0.01, 0.05])
@pytest.mark.parametrize("level", [0.05, 0.01])
def test_size_on_the_boundary_is_the_level(rest: float, level: float) -> None:
    n, margin = 200, 0.02
    size = 0.0
    for better in range(int(n * rest + 7 * np.sqrt(n * rest) + 5)):
        worse = -1
        while paired_p_value(worse + 1, better, n, margin) <= level:
            worse += 1
        if worse >= 0:
            chance = binom.cdf(worse, n - better, (rest + margin) / (1 - rest))
            size += float(binom.pmf(better, n, rest) * chance)
    assert size <= 1.03 * level
