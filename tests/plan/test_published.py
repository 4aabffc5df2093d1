"""Trainings published elsewhere: predicted blind, and made again from their own inputs."""

import sys
from pathlib import Path

import pytest

from modicum.plan.chips import find_chip
from modicum.plan.tables import rows
from modicum.plan.train import Site, Workload, train_from_size

PUBLISHED = {
    # active parameters, tokens, chip, PUE, MWh
    "Gopher, Rae et al. 2021": (280e9, 300e9, "tpu-v3", 1.08, 1151.0),
    "OPT 175B, Luccioni et al. 2022": (175e9, 180e9, "a100", 1.09, 324.0),
    "PaLM 540B, Chowdhery et al. 2022": (540e9, 780e9, "tpu-v4", 1.08, 3436.0),
    "BLOOM 176B, Luccioni et al. 2022": (176e9, 366e9, "a100", 1.0, 433.0),
    "Llama 3.1 405B, 30.84 million hours of 700 W": (405.9e9, 15.6e12, "h100", 1.0, 21588.0),
    "DeepSeek-V3, 2.66 million hours of 700 W": (37e9, 14.8e12, "h800", 1.0, 1865.0),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_interval_without_a_utilisation_holds_what_was_published(name: str) -> None:
    active, tokens, chip, pue, mwh = PUBLISHED[name]
    work = Workload(active, tokens, find_chip(chip))
    energy = train_from_size(work, site=Site(pue=pue)).footprint.energy_j.to("MWh")
    low, high = energy.low or 0.0, energy.high or 0.0
    assert low <= mwh <= high
    assert high <= 3 * low


def test_every_published_row_is_made_again_from_its_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import published

    found = list(published.read_answers(published.MORE))
    assert len(found) >= 30
    assert [a.name for a in found if not a.met] == []
    sys.modules.pop("published")


def test_no_size_of_an_open_model_is_unconfirmed() -> None:
    assert [r["model"] for r in rows("models") if "unconfirmed" in r["source"]] == []
