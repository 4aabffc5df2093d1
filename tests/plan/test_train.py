"""Trainings against published figures and hand-computed literals."""

import pytest

from modicum.errors import ModicumError, PlanError
from modicum.plan.chips import chips, find_chip
from modicum.plan.presets import find_preset, plan_preset, preset_workload
from modicum.plan.size import config_size
from modicum.plan.train import (
    Site,
    TrainPlan,
    Workload,
    needed_utilisation,
    train_from_chip_hours,
    train_from_energy,
    train_from_size,
    train_from_time,
)

FIVE = ("t5", "gpt-3", "gshard", "switch", "xlm")


def mwh(plan: TrainPlan) -> float:
    return plan.footprint.energy_j.to("MWh").value or 0.0


def test_gpt_3_by_preset_is_1287_mwh_and_552_tonnes_within_a_percent() -> None:
    plan = plan_preset("gpt-3")
    assert mwh(plan) == pytest.approx(1287, rel=0.01)
    assert plan.footprint.carbon_g.to("tCO2e").value == pytest.approx(552.1, rel=0.01)


def test_a_preset_takes_changed_inputs() -> None:
    assert mwh(plan_preset("gpt-3", chips=5000)) == pytest.approx(mwh(plan_preset("gpt-3")) / 2)


def test_ten_chips_of_500_watts_for_a_day_at_pue_1_2_are_144_kwh() -> None:
    plan = train_from_time(chips=10, watts=500, hours=24, site=Site("SWE", pue=1.2))
    assert plan.footprint.energy_j.to("kWh").value == pytest.approx(144)
    assert plan.footprint.carbon_g.to("kgCO2e").value == pytest.approx(144 * 0.0407)


def test_chip_hours_without_pue_are_it_energy_and_say_so() -> None:
    plan = train_from_chip_hours(1082990, 400, site=Site(grid_g_per_kwh=57))
    assert plan.footprint.energy_j.to("kWh").value == pytest.approx(433196)
    assert plan.footprint.energy_j.boundary == "IT equipment"
    assert any("no PUE given" in a for a in plan.assumptions)


def test_a_measured_energy_takes_pue_and_grid() -> None:
    plan = train_from_energy(131_000, site=Site(pue=1.2, grid_g_per_kwh=332))
    assert plan.footprint.carbon_g.to("tCO2e").value == pytest.approx(52.19, rel=1e-3)


@pytest.mark.parametrize("name", FIVE)
def test_prediction_with_utilisation_is_within_a_tenth(name: str) -> None:
    row = find_preset(name)
    site = Site(pue=float(row["pue"]))
    plan = train_from_size(preset_workload(name), site=site, watts=float(row["watts"]))
    assert mwh(plan) == pytest.approx(mwh(plan_preset(name)), rel=0.10)


@pytest.mark.parametrize("name", FIVE)
def test_prediction_without_utilisation_holds_the_published_in_its_interval(name: str) -> None:
    site = Site(pue=float(find_preset(name)["pue"]))
    energy = train_from_size(
        preset_workload(name, utilisation=False), site=site
    ).footprint.energy_j.to("MWh")
    assert (energy.low or 0) <= mwh(plan_preset(name)) <= (energy.high or 0)


@pytest.mark.parametrize("chip", sorted({c.name for c in chips().values()}))
def test_no_prediction_is_wider_than_a_factor_of_three(chip: str) -> None:
    work = Workload(70e9, 2e12, find_chip(chip))
    energy = train_from_size(work, site=Site(pue=1.2)).footprint.energy_j
    assert (energy.high or 0) / (energy.low or 1) <= 3.0


def test_what_was_not_given_is_listed_as_an_assumption() -> None:
    told = " ".join(train_from_size(Workload(1e9, 1e10, find_chip("a100"))).assumptions)
    for word in ("PUE", "region", "utilisation", "draw of a100"):
        assert word in told


def test_more_flops_than_the_chips_have_is_refused_with_both_numbers() -> None:
    work = Workload(1e12, 1e13, find_chip("h100"))
    with pytest.raises(PlanError, match=r"needs 6e\+25 FLOPs, but 8 h100 have 2.85e\+21"):
        needed_utilisation(work, chips=8, hours=100)


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        ({"chips": 0}, "chips is 0"),
        ({"watts": -1}, "watts is -1"),
        ({"hours": float("inf")}, "hours is inf"),
        ({"watts": float("nan")}, "watts is nan"),
    ],
)
def test_impossible_input_is_refused_with_its_number(change: dict[str, object], limit: str) -> None:
    inputs: dict[str, object] = {"chips": 1, "watts": 300, "hours": 1} | change
    with pytest.raises(PlanError, match=limit):
        train_from_time(**inputs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "limit"),
    [
        ({"pue": 0.9}, "PUE is 0.9, below its limit of 1"),
        ({"grid_g_per_kwh": -5}, "grid factor is -5"),
        ({"supplier_g_per_kwh": -1}, "supplier's factor is -1"),
        ({"pue": 1.2, "provider": "aws"}, "give one of them"),
        ({"provider": "awz"}, "aws"),
    ],
)
def test_an_impossible_place_is_refused_with_its_number(
    place: dict[str, object], limit: str
) -> None:
    with pytest.raises(ModicumError, match=limit):
        Site(**place).assumed()  # type: ignore[arg-type]


def test_utilisation_above_one_is_refused() -> None:
    with pytest.raises(PlanError, match=r"utilisation is 1\.2"):
        train_from_size(Workload(1e9, 1e9, find_chip("a100"), utilisation=1.2))


def test_an_unknown_chip_names_the_nearest() -> None:
    with pytest.raises(PlanError, match="nearest is h100"):
        find_chip("h1000")


def test_a_mixture_of_experts_is_counted_by_its_active_parameters() -> None:
    size = config_size(
        {
            "model_type": "mixtral",
            "hidden_size": 4096,
            "num_hidden_layers": 32,
            "intermediate_size": 14336,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "vocab_size": 32000,
            "num_local_experts": 8,
            "num_experts_per_tok": 2,
        }
    )
    assert size.total == pytest.approx(46.7e9, rel=0.01)
    assert size.active == pytest.approx(12.9e9, rel=0.01)
