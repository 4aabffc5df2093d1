"""Hosted models through EcoLogits itself, its range widened."""

import sys

import pytest

from modicum.errors import MissingExtraError, PlanError
from modicum.plan.hosted import hosted_request
from modicum.plan.serve import plan_hosted
from modicum.plan.site import Site

NAME = "openai/gpt-4o-mini"


def test_the_range_is_wider_than_ecologits_own() -> None:
    utils = pytest.importorskip("ecologits.tracers.utils")
    told = hosted_request(NAME, 400)
    known = utils.models.find_model("openai", "gpt-4o-mini")
    rate = known.deployment.tps or 50
    theirs = utils.llm_impacts("openai", "gpt-4o-mini", 400, 400 / rate).energy.value
    assert (told.energy.low or 0) < theirs.min < theirs.max < (told.energy.high or 0)
    assert told.energy.value == pytest.approx((theirs.min + theirs.max) / 2)


def test_the_providers_overhead_is_never_added_twice() -> None:
    pytest.importorskip("ecologits")
    plain, twice = (plan_hosted(NAME, tokens_out=400, site=Site(pue=p)) for p in (None, 1.5))
    assert plain.request.energy_j.value == twice.request.energy_j.value
    assert [w.name for w in twice.warnings] == ["PUE applied twice"]


def test_a_region_replaces_the_providers(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ecologits")
    there = plan_hosted(NAME, tokens_out=400, site=Site("FR")).request.carbon_g.value or 0
    default = plan_hosted(NAME, tokens_out=400)
    assert there < (default.request.carbon_g.value or 0) / 4
    assert any("no region given" in a for a in default.assumptions)
    assert any("expect lower precision" in a for a in default.assumptions)
    assert capfd.readouterr().err == ""


def test_an_unknown_model_names_the_nearest() -> None:
    pytest.importorskip("ecologits")
    with pytest.raises(PlanError, match=r"nearest is openai/gpt-4o-mini"):
        hosted_request("openai/gpt4o-mini", 100)


def test_without_ecologits_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ecologits.tracers.utils", None)
    with pytest.raises(MissingExtraError, match="ecologits"):
        hosted_request(NAME, 100)
