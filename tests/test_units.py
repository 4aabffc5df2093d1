from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modicum import units
from modicum.errors import FigureError

SYMBOLS = ["J", "kWh", "W", "s", "h", "gCO2e", "tCO2e", "L", "mL", "request", "EUR"]
ENERGY = ["J", "kJ", "MJ", "Wh", "kWh", "MWh", "GWh", "TWh"]


@st.composite
def written(draw: st.DrawFn) -> str:
    over = draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=3, unique=True))
    rest = [s for s in SYMBOLS if s not in over]
    under = draw(st.lists(st.sampled_from(rest), max_size=2, unique=True))
    return "/".join(["*".join(over), *under])


@given(unit=written())
def test_a_unit_written_and_read_is_the_same_unit(unit: str) -> None:
    assert units.text(units.parse(unit)) == unit


@given(have=st.sampled_from(ENERGY), want=st.sampled_from(ENERGY), via=st.sampled_from(ENERGY))
def test_factors_compose_and_undo_each_other(have: str, want: str, via: str) -> None:
    there, back = units.factor(have, want), units.factor(want, have)
    assert there * back == pytest.approx(1.0)
    assert units.factor(have, via) * units.factor(via, want) == pytest.approx(there)


@given(left=written(), right=written())
def test_a_product_divided_again_measures_what_it_did(left: str, right: str) -> None:
    product, by = units.product(left, right)
    back, again = units.product(product, right, inverse=True)
    assert by * again * units.factor(back, left) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("left", "right", "inverse", "unit", "factor"),
    [
        ("kWh", "gCO2e/kWh", False, "gCO2e", 1.0),
        ("J", "gCO2e/kWh", False, "gCO2e", 1 / 3.6e6),
        ("W", "s", False, "J", 1.0),
        ("kW", "h", False, "J", 3.6e6),
        ("J", "h", True, "W", 1 / 3600),
        ("J", "request", True, "J/request", 1.0),
        ("J", "kWh", True, "1", 1 / 3.6e6),
    ],
)
def test_products_are_in_plain_units(
    left: str, right: str, inverse: bool, unit: str, factor: float
) -> None:
    assert units.product(left, right, inverse=inverse) == (unit, pytest.approx(factor))


@pytest.mark.parametrize("unit", ["", "J ", "J//s", "*J", "J/", "k Wh"])
def test_what_is_not_a_unit_is_refused(unit: str) -> None:
    with pytest.raises(FigureError, match="unit"):
        units.parse(unit)


@pytest.mark.parametrize(("have", "want"), [("J", "W"), ("gCO2e", "J"), ("EUR", "USD")])
def test_what_measures_something_else_is_refused(have: str, want: str) -> None:
    with pytest.raises(FigureError, match="different things"):
        units.factor(have, want)
