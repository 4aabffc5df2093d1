from __future__ import annotations

from collections.abc import Callable

import pytest

from modicum.decision.document import DecisionDocument
from modicum.report.card import render_card

hub = pytest.importorskip("huggingface_hub")
Make = Callable[[str], DecisionDocument]
KINDS = ["win", "kept", "undecided", "failed", "unknown-money", "slices", "crowded", "hostile"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_hub_reads_every_card_and_its_result(make: Make, kind: str) -> None:
    decision = make(kind)
    data = hub.ModelCard(render_card(decision, "runs/intent", "mit")).data
    assert (data.license, data.library_name) == ("mit", "modicum")
    loss = decision.candidate(decision.recommended).loss
    assert loss is not None
    (result,) = data.eval_results
    assert result.metric_value == pytest.approx(1 - loss.value, abs=1e-6)
    assert data.to_dict()["co2_eq_emissions"]["emissions"] == decision.search.carbon_g.value


def test_the_text_says_what_is_proven_with_intervals_and_boundary(make: Make) -> None:
    text = render_card(make("win"), "runs/intent")
    assert "| difference to the reference | 0.8 points worse (0.0 to +1.6) |" in text
    assert "| proven at 95% | yes |" in text
    assert "| energy per request | 4.2 mJ (2.4 to 8.0) |" in text
    assert "Counted: CPU and memory of the process tree" in text
    assert "license:" not in text
    assert "| licence | not stated |" in text


def test_a_kept_reference_is_not_called_proven(make: Make) -> None:
    assert "| proven at 95% | it is the reference |" in render_card(make("kept"), "runs/intent")
