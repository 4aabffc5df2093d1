import pytest

from modicum.candidates.protocol import Usage
from modicum.figures import Figure
from modicum.metering.tokens import energy_of_tokens
from modicum.study.footprint import break_even, monthly_saving, per_request
from modicum.study.serving import Serving, charge_of
from modicum.study.used import NOTHING
from modicum.tasks.spec import VolumeSection


def joules(value: float, factor: float = 1.5, error: str | None = None) -> Figure:
    return Figure.within(
        value, factor, "J", basis="modelled", source="model", boundary="cpu", error=error
    )


def serving(energy: Figure, charge: Figure | None = None) -> Serving:
    return Serving(energy, charge, 1.0, 2.0, 10, NOTHING)


def test_a_shared_power_model_cancels_in_the_break_even() -> None:
    model = "power-model:x"
    found = break_even(joules(100, 2, model), joules(1, 2, model), joules(11, 2, model))
    assert found.unit == "request"
    assert found.value == pytest.approx(10)
    assert found.low == pytest.approx(10)
    assert found.high == pytest.approx(10)


def test_no_saving_means_no_break_even_and_says_why() -> None:
    found = break_even(joules(100), joules(2), joules(2))
    assert found.value is None
    assert found.reason == "the recommended candidate is not shown to use less per request"


def test_a_month_saves_the_difference_times_the_volume() -> None:
    volume = VolumeSection(requests_per_month=3_600_000, region="FRA")
    small, big = (per_request(serving(joules(j)), volume, remote=False) for j in (1.0, 3.0))
    saving = monthly_saving(small, big, volume)
    assert saving is not None
    assert saving.energy.unit == "kWh"
    assert saving.energy.value == pytest.approx(2.0)
    assert saving.carbon.unit == "kgCO2e"


def test_without_a_volume_nothing_is_promised_for_a_month() -> None:
    volume = VolumeSection()
    one = per_request(serving(joules(1.0)), volume, remote=False)
    assert monthly_saving(one, one, volume) is None


def test_money_in_two_currencies_is_unknown_until_a_rate_is_given() -> None:
    charge = charge_of([Usage(cost=0.01, currency="USD"), Usage(cost=0.03, currency="USD")])
    plain = VolumeSection(requests_per_month=10, region="FRA")
    rated = VolumeSection(
        requests_per_month=10, region="FRA", currency="EUR", exchange={"USD": 0.9}
    )
    for volume, known in ((plain, False), (rated, True)):
        hosted = per_request(serving(joules(9.0), charge), volume, remote=True)
        local = per_request(serving(joules(1.0)), volume, remote=False)
        saving = monthly_saving(local, hosted, volume)
        assert saving is not None
        assert saving.cost.known is known
        if known:
            assert saving.cost.value == pytest.approx(10 * 0.02 * 0.9, rel=1e-3)
        else:
            assert "give currency under [volume]" in str(saving.cost.reason)


def test_a_charge_known_for_some_answers_only_is_unknown() -> None:
    charge = charge_of([Usage(cost=0.01), Usage()])
    assert charge is not None
    assert (charge.value, charge.reason) == (None, "1 answers have no known cost")


def test_a_machine_elsewhere_is_not_in_the_tasks_region() -> None:
    volume = VolumeSection(region="SWE")
    here = per_request(serving(joules(1.0)), volume, remote=False)
    there = per_request(serving(joules(1.0)), volume, remote=True)
    assert here.carbon_g.value is not None
    assert there.carbon_g.value is not None
    assert there.carbon_g.value > here.carbon_g.value
    assert there.cost.value is None


def test_tokens_written_weigh_ten_times_those_read_within_a_factor_of_eight() -> None:
    figure = energy_of_tokens([Usage(tokens_in=100, tokens_out=10)])
    assert (figure.value, figure.low, figure.high) == (40.0, 5.0, 320.0)
    assert figure.basis == "modelled"


def test_the_token_models_error_does_not_shrink_over_many_answers() -> None:
    figure = energy_of_tokens([Usage(tokens_in=100, tokens_out=10)] * 50)
    assert figure.high == pytest.approx(50 * 320.0)


def test_unknown_tokens_are_unknown_energy() -> None:
    figure = energy_of_tokens([Usage(tokens_in=1, tokens_out=1), Usage()])
    assert figure.value is None
    assert "no token counts" in str(figure.reason)


def test_reported_energy_is_called_reported() -> None:
    assert energy_of_tokens([Usage(energy_j=5.0)]).basis == "reported"
