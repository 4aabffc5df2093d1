from __future__ import annotations

import pytest

from modicum.figures import Figure
from modicum.report.numbers import milliseconds, seconds, show, significant


def figure(value: float, low: float, high: float, unit: str) -> Figure:
    return Figure.of(value, low, high, unit, basis="measured", source="meter", boundary="CPU")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (figure(0.0123, 0.0041, 0.037, "J"), "12 mJ (4.1 to 37)"),
        (figure(0.171, 0.168, 0.175, "J/request"), "171 mJ (168 to 175)"),
        (figure(2.5e6, 2e6, 3e6, "J"), "690 Wh (560 to 830)"),
        (figure(0.046, 0.027, 0.089, "kWh"), "46 Wh (27 to 89)"),
        (figure(1234, 900, 2000, "kWh"), "1.2 MWh (0.90 to 2.0)"),
        (figure(0.39, 0.23, 0.77, "gCO2e"), "390 mg CO₂e (230 to 770)"),
        (figure(16, 9, 31, "kgCO2e"), "16 kg CO₂e (9.0 to 31)"),
        (figure(0.0021, 0.001, 0.004, "L"), "2.1 mL (1.0 to 4.0)"),
        (figure(1250.5, 1240, 1260, "EUR"), "1,250 EUR (1,240 to 1,260)"),
        (figure(-3, -9, 4, "kWh"), "-3.0 kWh (-9.0 to 4.0)"),
        (figure(0, -2, 3, "J"), "0 J (-2.0 to 3.0)"),
        (figure(2.5e6, 2e6, 3e6, "request"), "2.5 million requests (2.0 to 3.0)"),
        (Figure.exact(7, "EUR", basis="reported", source="bill", boundary=""), "7.00 EUR"),
    ],
)
def test_a_figure_reads_with_prefix_unit_and_interval(given: Figure, text: str) -> None:
    assert str(show(given)) == text


def test_another_functional_unit_scales_value_and_interval() -> None:
    cost = figure(2e-7, 1e-7, 4e-7, "EUR")
    assert str(show(cost, 1e6, "per million")) == "0.20 EUR per million (0.10 to 0.40)"


def test_an_unknown_figure_has_nothing_to_show() -> None:
    assert show(Figure.unknown("J", "no meter")) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (9.996, "10.0"),
        (0.09996, "0.100"),
        (1e-9, "1.00e-09"),
        (-12.34, "-12.3"),
        (99950, "100,000"),
    ],
)
def test_rounding_up_to_the_next_power_keeps_the_digits(number: float, text: str) -> None:
    assert significant(number) == text


def test_durations_have_a_unit() -> None:
    assert (seconds(0.004), seconds(90), milliseconds(2500)) == ("4.0 ms", "1.5 min", "2.5 s")
