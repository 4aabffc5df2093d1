"""Each known mistake gives a warning that names it, and right input gives none."""

import pytest

from modicum.plan.presets import plan_preset
from modicum.plan.traps import claim_traps, input_traps


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({"grid_g_per_kwh": 0.429}, "kg for g"),
        ({"watts": 700.0}, "TDP taken for draw"),
        ({"pue": 1.1, "watts_include_pue": True}, "PUE applied twice"),
        ({"grid_g_per_kwh": 20.0, "national_g_per_kwh": 383.55}, "market- for location-based"),
        ({"search": True}, "NAS taken for one training"),
        ({"statistic": "median"}, "median quoted as mean"),
    ],
)
def test_a_trap_in_the_inputs_is_named(inputs: dict[str, object], name: str) -> None:
    assert [t.name for t in input_traps(**inputs)] == [name]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claimed", "computed", "what", "name"),
    [
        (1287.0, 1_287_000.0, "energy", "MWh for kWh"),
        (552.1, 552_100.0, "carbon", "kg for g"),
        (1217.2, 552.1, "carbon", "lb for kg"),
        (1430.0, 1300.0, "energy", "PUE applied twice"),
        (1170.0, 1287.0, "energy", "PUE left out"),
        (57.0, 552.1, "carbon", "market- for location-based"),
    ],
)
def test_a_trap_in_a_claim_is_named(claimed: float, computed: float, what: str, name: str) -> None:
    assert [t.name for t in claim_traps(claimed, computed, pue=1.1, what=what)] == [name]


def test_right_inputs_give_no_warning() -> None:
    assert input_traps(watts=330, pue=1.1, grid_g_per_kwh=429, national_g_per_kwh=383.55) == []
    assert claim_traps(1287, 1289, pue=1.1) == []


def test_the_published_architecture_search_warns() -> None:
    names = [w.name for w in plan_preset("evolved-transformer-nas").warnings]
    assert names == ["NAS taken for one training"]
