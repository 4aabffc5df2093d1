"""Serving against measured rows and its own physics."""

import csv
import sys
from dataclasses import astuple
from importlib import resources
from pathlib import Path

import pytest

from modicum.errors import PlanError
from modicum.figures import total
from modicum.plan.chips import find_chip
from modicum.plan.quoted import (
    request_from_flops,
    request_from_parts,
    request_from_total,
    water_of_request,
)
from modicum.plan.roofline import FITTED
from modicum.plan.serve import plan_serve, request_parts
from modicum.plan.serving import Serving, find_engine


def joules(**changes: float) -> float:
    inputs = {"active_params": 8e9, "batch": 16} | changes
    serving = Serving(chip=find_chip("h100"), **inputs)  # type: ignore[arg-type]
    return total(request_parts(serving).values(), "J").value or 0.0


def measured() -> list[tuple[Serving, str, float]]:
    lines = (resources.files("modicum.plan") / "data" / "served.csv").read_text().splitlines()
    return [
        (
            Serving(
                active_params=float(r["active_params"]),
                chip=find_chip(r["chip"]),
                total_params=float(r["total_params"]),
                tokens_in=float(r["tokens_in"]),
                tokens_out=float(r["tokens_out"]),
                batch=float(r["batch"]),
                bytes_per_param=float(r["bytes_per_param"]),
                engine=find_engine(r["engine"]),
                chips=int(r["chips"]),
                requests_per_hour=float(r["requests_per_hour"] or 0) or None,
            ),
            r["boundary"],
            float(r["joules"]),
        )
        for r in csv.DictReader(lines)
    ]


def test_rows_of_a_chip_left_out_of_the_fit_are_within_a_factor_of_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import served

    rows = served.measured()
    for left_out in (("ml.energy v3", "b200"), ("ml.energy v1", "v100")):
        fitted = served.fit([r for r in rows if served.by_source_and_chip(r) != left_out])
        rest = [r for r in rows if served.by_source_and_chip(r) == left_out]
        fold = served.judged(left_out, rest, fitted)
        assert sum(fold.near) / len(fold.near) >= 0.90
        assert sum(fold.inside) / len(fold.inside) >= 0.85
    sys.modules.pop("served")


def test_the_constants_are_those_of_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import served

    again = astuple(served.fit(served.measured()))
    assert again == pytest.approx(astuple(FITTED), rel=0.02)
    sys.modules.pop("served")


def test_nine_in_ten_measured_rows_lie_within_a_factor_of_two() -> None:
    ratios = [
        (total(request_parts(s, b).values(), "J").value or 0) / j  # type: ignore[arg-type]
        for s, b, j in measured()
    ]
    assert sum(0.5 <= r <= 2 for r in ratios) / len(ratios) >= 0.90


def test_the_interval_covers_most_measured_rows() -> None:
    energies = [(total(request_parts(s, b).values(), "J"), j) for s, b, j in measured()]  # type: ignore[arg-type]
    inside = sum((e.low or 0) <= j <= (e.high or 0) for e, j in energies)
    assert inside / len(energies) >= 0.85


def test_the_prompt_is_not_free() -> None:
    assert joules(tokens_in=4000) > 1.3 * joules(tokens_in=10)


def test_a_larger_batch_costs_less_for_each_request() -> None:
    assert joules(batch=1) > 5 * joules(batch=32)


def test_a_mixture_costs_as_its_active_parameters_alone_and_more_in_a_batch() -> None:
    small = {"bytes_per_param": 0.5, "tokens_in": 0, "chips": 1}
    alone = joules(active_params=13e9, total_params=47e9, batch=1, **small)
    assert alone == pytest.approx(joules(active_params=13e9, batch=1, **small), rel=1e-6)
    both = joules(active_params=13e9, total_params=47e9, batch=16, **small)
    assert both > 1.5 * joules(active_params=13e9, batch=16, **small)


def test_waiting_is_charged_to_the_few_requests_of_a_quiet_server() -> None:
    assert joules(requests_per_hour=10) > 10 * joules()


def test_an_unknown_batch_widens_the_interval_and_is_listed() -> None:
    serving = Serving(8e9, find_chip("h100"))
    known = Serving(8e9, find_chip("h100"), batch=16)
    wide, narrow = (plan_serve(s).request.energy_j for s in (serving, known))
    assert (wide.high or 0) / (wide.low or 1) > 2 * (narrow.high or 0) / (narrow.low or 1)
    assert any("batch not given" in a for a in plan_serve(serving).assumptions)


def test_a_month_is_the_request_so_many_times() -> None:
    plan = plan_serve(Serving(8e9, find_chip("h100")), requests_per_month=1000)
    assert plan.month is not None
    assert plan.month.energy_j.value == pytest.approx(1000 * (plan.request.energy_j.value or 0))


def test_published_requests_are_reproduced() -> None:
    assert request_from_total(914, 230768).value == pytest.approx(3.96, rel=0.01)
    epoch = request_from_flops(
        active_params=100e9,
        tokens_out=500,
        peak_flops=989e12,
        utilisation=0.10,
        watts=1500,
        power_share=0.7,
    )
    assert epoch.value == pytest.approx(0.295, rel=0.01)
    parts = request_from_parts({"chip": 0.14, "host": 0.06, "idle": 0.02, "over": 0.02}, "Wh")
    assert parts.value == pytest.approx(0.24)
    assert water_of_request(0.22, 1.15).value == pytest.approx(0.253)


def test_more_requests_than_the_chips_can_serve_are_refused() -> None:
    with pytest.raises(PlanError, match="1e\\+07 requests an hour"):
        joules(requests_per_hour=1e7, batch=1)


def test_fewer_parameters_in_all_than_active_are_refused() -> None:
    with pytest.raises(PlanError, match="total cannot be smaller"):
        joules(active_params=8e9, total_params=7e9)
