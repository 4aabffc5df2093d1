"""Energy of a whole whose parts are reached by a share of the requests."""

from modicum.figures import Figure
from modicum.study.composed_serving import product, share_of, sum_above


def joules(value: float, factor: float) -> Figure:
    return Figure.within(value, factor, "J", basis="measured", source="meter", boundary="plug")


def test_a_share_has_its_exact_interval() -> None:
    share = share_of(0, 59)
    assert (share.value, share.low) == (0.0, 0.0)
    assert share.high is not None
    assert abs(share.high - 0.0495) < 1e-4


def test_energy_is_the_share_times_the_stages_own_and_never_negative() -> None:
    first, second = joules(1e-4, 2.0), joules(0.26, 2.3)
    found = sum_above([product(first, share_of(40, 40)), product(second, share_of(1, 40))])
    assert found.value is not None
    assert abs(found.value - (1e-4 + 0.26 / 40)) < 1e-12
    assert found.low is not None
    assert found.high is not None
    assert 4e-5 < found.low < found.value < found.high


def test_an_unknown_stage_stays_unknown() -> None:
    unknown = Figure.unknown("J", "nobody metered it")
    assert product(unknown, share_of(1, 2)).value is None
    assert sum_above([joules(1.0, 1.1), unknown]).value is None
