from __future__ import annotations

from collections.abc import Callable

from modicum.decision.document import DecisionDocument
from modicum.report.track import tracked

Make = Callable[[str], DecisionDocument]


def test_every_known_figure_is_a_metric_with_its_unit_and_both_ends(make: Make) -> None:
    decision = make("win")
    found = tracked(decision).metrics
    best = decision.candidate(decision.recommended)
    assert best.footprint is not None
    energy = best.footprint.energy_j
    assert found["recommended/energy.J"] == energy.value
    assert found["recommended/energy.J.low"] == energy.low
    assert found["recommended/energy.J.high"] == energy.high
    assert best.difference is not None
    assert found["candidates/tfidf-char-svm/difference.high"] == best.difference.high
    assert found["saving_per_month/energy.kWh"] > 0
    assert found["break_even.request"] == decision.break_even_requests.value


def test_an_unknown_figure_has_a_reason_and_no_metric(make: Make) -> None:
    found = tracked(make("unknown-money"))
    assert not any(name.startswith("reference/cost") for name in found.metrics)
    assert "provider's charge is not known" in found.tags["unknown.reference/cost"]


def test_what_was_asked_and_decided_stands_in_parameters_and_tags(make: Make) -> None:
    found = tracked(make("kept"))
    assert found.parameters["margin"] == "0.02"
    assert found.parameters["split_judge"] == "3080"
    assert found.tags["modicum.kept"] == "true"
    assert found.tags["state.candidates/tfidf-char-svm"] == "no"
