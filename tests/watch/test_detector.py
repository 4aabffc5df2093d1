"""The change detector: false alarms over a lifetime, and how soon a real change is seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from modicum.errors import DecisionError
from modicum.watch.detector import FRACTIONS, ChangeDetector, unspent
from modicum.watch.shares import ALL, alpha_of, inherited, shared


def test_the_stake_is_spent_once_and_never_runs_out() -> None:
    parts = [unspent(k - 1) - unspent(k) for k in range(1, 5000)]
    assert min(parts) > 0
    assert sum(parts) + unspent(4999) == pytest.approx(1.0)


def test_one_step_multiplies_every_open_bet_and_opens_one_more() -> None:
    detector = ChangeDetector(0.2, 0.05)
    detector.update(1.0)
    first = 1 - unspent(1)
    gains = np.array(FRACTIONS) * (1 / 0.2 - 1) + 1
    weights = np.array([0.06, 0.83, 0.08, 0.03])
    assert detector.e_value == pytest.approx(first * gains @ weights + unspent(1))
    detector.update(0.0)
    second = unspent(1) - unspent(2)
    after = (first * gains + second) * (1 - np.array(FRACTIONS))
    assert detector.e_value == pytest.approx(after @ weights + unspent(2))


@pytest.mark.parametrize("mean", [0.1, 0.05])
def test_false_alarms_over_a_lifetime_stay_below_alpha(mean: float) -> None:
    rng, runs = np.random.default_rng(11), 500
    detector = ChangeDetector(0.1, 0.05, runs)
    for _ in range(3000):
        detector.update((rng.random(runs) < mean).astype(float))
    assert (detector.alarms > 0).sum() <= binom.ppf(0.9995, runs, 0.05)


def test_all_watches_and_slices_together_stay_below_alpha() -> None:
    rng, runs = np.random.default_rng(12), 400
    wrong = np.zeros(runs, dtype=bool)
    for number in (1, 2, 3):
        for alpha in shared(alpha_of(number), ["a=1", "a=2"]).values():
            detector = ChangeDetector(0.1, alpha, runs)
            for _ in range(800):
                detector.update((rng.random(runs) < 0.1).astype(float))
            wrong |= detector.alarms > 0
    assert wrong.sum() <= binom.ppf(0.9995, runs, 0.05)


@pytest.mark.parametrize("change", [1, 2000])
def test_a_rise_of_five_points_is_seen_within_600_audits(change: int) -> None:
    rng, runs = np.random.default_rng(13), 300
    detector = ChangeDetector(0.1, shared(alpha_of(1), [])[ALL], runs)
    for at in range(1, change + 1500):
        mean = 0.15 if at >= change else 0.1
        detector.update((rng.random(runs) < mean).astype(float))
    found = np.where(detector.alarms > 0, detector.alarms, 10**6)
    assert np.median(found[found >= change] - change + 1) <= 600


def test_what_alarms_pass_on_keeps_all_watches_together_below_alpha() -> None:
    """The first decision got worse and alarms; the next two hold, with what it passed on."""
    rng, runs = np.random.default_rng(15), 400
    opened = [(1, 0), (2, 10**6), (3, 2 * 10**6)]
    bad = ChangeDetector(0.1, alpha_of(1), runs)
    for _ in range(1500):
        bad.update((rng.random(runs) < 0.2).astype(float))
    assert (bad.alarms > 0).all()
    wrong = np.zeros(runs, dtype=bool)
    for number in (2, 3):
        alpha = alpha_of(number) + inherited(number, opened, [(1, 5, alpha_of(1))])
        detector = ChangeDetector(0.1, alpha, runs)
        for _ in range(1500):
            detector.update((rng.random(runs) < 0.1).astype(float))
        wrong |= detector.alarms > 0
    assert wrong.sum() <= binom.ppf(0.9995, runs, 0.05)


def test_each_alarm_passes_its_rate_on_once_to_the_next_watch_that_begins() -> None:
    opened = [(1, 0), (2, 100_000), (3, 500_000), (4, 900_000)]
    alarms = [(1, 50_000, 0.01), (1, 300_000, 0.002), (3, 950_000, 0.004)]
    # the second watch began too soon after the first alarm for every worker to know of it
    given = [inherited(number, opened, alarms) for number in (1, 2, 3, 4, 5)]
    assert given == pytest.approx([0.0, 0.0, 0.012, 0.0, 0.0])


def test_unequal_audits_with_their_weights_raise_no_false_alarm() -> None:
    """Unsure answers err more and are audited more: without weights this would alarm at once."""
    rng, runs = np.random.default_rng(14), 300
    weighted, blind = ChangeDetector(0.1, 0.05, runs), ChangeDetector(0.1, 0.05, runs)
    for _ in range(1000):
        unsure = rng.random(runs) < 0.5
        wrong = (rng.random(runs) < np.where(unsure, 0.34, 0.04)).astype(float)
        weighted.update(wrong, np.where(unsure, 0.25, 1.0))
        blind.update(wrong)
    assert (weighted.alarms > 0).sum() <= binom.ppf(0.9995, runs, 0.05)
    assert (blind.alarms > 0).mean() > 0.9


def test_what_was_released_can_never_feed_an_alarm() -> None:
    detector = ChangeDetector(0.1, 0.05)
    for _ in range(3):
        detector.update(1.0)
    before = detector.e_value
    detector.release()
    assert detector.e_value == unspent(3) < before
    assert detector.alarmed_at is None


def test_one_stream_is_what_many_are() -> None:
    rng = np.random.default_rng(15)
    one, many = ChangeDetector(0.1, 0.01), ChangeDetector(0.1, 0.01, 2)
    for _ in range(400):
        loss, thinning = float(rng.random() < 0.25), float(rng.choice([0.25, 1.0]))
        one.update(loss, thinning)
        many.update(np.array([loss, loss]), thinning)
    assert one.e_value == pytest.approx(many.wealth[0])
    assert one.alarmed_at == many.alarms[0] > 0


def test_an_alarm_stays() -> None:
    detector = ChangeDetector(0.1, 0.05)
    for loss in [1.0] * 20 + [0.0] * 5000:
        detector.update(loss)
    assert detector.alarmed_at is not None
    assert detector.alarmed_at <= 20
    assert detector.e_value < 20
    assert detector.nearness < 1


@pytest.mark.parametrize(("bound", "alpha"), [(0.0, 0.05), (1.0, 0.05), (0.1, 0.0), (0.1, 1.0)])
def test_bounds_and_error_rates_lie_between_0_and_1(bound: float, alpha: float) -> None:
    with pytest.raises(DecisionError, match="between 0 and 1"):
        ChangeDetector(bound, alpha)


@pytest.mark.parametrize("thinning", [0.0, -1.0, 1.5])
def test_a_weight_above_one_is_refused(thinning: float) -> None:
    with pytest.raises(DecisionError, match="thinning"):
        ChangeDetector(0.1, 0.05).update(1.0, thinning)
