from __future__ import annotations

import pytest

from modicum.report.axes import Axis, energy_axis, quality_axis


def test_a_log_axis_has_a_tick_a_decade_and_skips_some_when_long() -> None:
    assert Axis(0.5, 200.0, 0, 100, log=True).ticks(6) == [1.0, 10.0, 100.0]
    assert Axis(1e-6, 1e6, 0, 100, log=True).ticks(7) == pytest.approx(
        [1e-6, 1e-4, 1e-2, 1.0, 100.0, 1e4, 1e6]
    )


def test_a_short_log_axis_has_ticks_between() -> None:
    assert Axis(1.5, 6.0, 0, 100, log=True).ticks(6) == [2.0, 5.0]


def test_a_straight_axis_has_round_ticks() -> None:
    assert Axis(0.71, 0.96, 100, 0).ticks(6) == [0.75, 0.8, 0.85, 0.9, 0.95]


def test_energy_that_may_be_nothing_does_not_stretch_the_axis_for_ever() -> None:
    axis = energy_axis([(1.0, 0.0, 2.0), (10.0, 5.0, 20.0)], 0, 100)
    assert 0.05 < axis.low < 0.1
    assert axis.high > 20.0


def test_one_candidate_alone_still_gets_an_axis() -> None:
    axis = energy_axis([(1.0, 1.0, 1.0)], 0, 100)
    assert axis.at(1.0) == pytest.approx(50.0)


def test_quality_far_below_the_reference_stays_off_the_axis() -> None:
    axis = quality_axis([(0.02, 0.01, 0.03), (0.93, 0.92, 0.94)], 0.93, 0.02, 100, 0)
    assert axis.low > 0.7
    assert axis.at(0.02) == 100
