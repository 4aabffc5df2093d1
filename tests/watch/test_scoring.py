"""The loss of an audit is the loss that the judge split's disagreement was computed with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from modicum.decision.document import DecisionDocument, TaskDocument
from modicum.errors import DecisionError
from modicum.study.disagreement import beside_reference
from modicum.tasks.spec import TaskSection
from modicum.watch.audit import Audit, Choice
from modicum.watch.baseline import Baseline
from modicum.watch.detector import ChangeDetector
from modicum.watch.scoring import is_graded, scorer_of
from modicum.watch.watch import Watch

EXTRACT = {"kind": "extract", "fields": ["street", "town"]}
SAME, HALF = '{"street": "Elm", "town": "Bath"}', '{"street": "Oak", "town": "Bath"}'
CASES: list[tuple[dict[str, Any], list[str], list[str | None], list[float]]] = [
    ({"metric": "accuracy"}, ["a", "b", "a"], ["a", "a", None], [0, 1, 1]),
    ({"metric": "macro_f1"}, ["a", "b"], ["a", "a"], [0, 1]),
    ({"metric": "jaccard", "multi_label": True}, ['["a", "b"]'] * 2, ['["a"]', '["c"]'], [0.5, 1]),
    ({"metric": "fields", **EXTRACT}, [SAME, SAME], [HALF, SAME], [0.5, 0]),
    ({"metric": "all_fields", **EXTRACT}, [SAME, SAME], [HALF, SAME], [1, 0]),
    ({"metric": "token_f1", "kind": "generate"}, ["Paris"], ["in the Paris area"], [0.5]),
    ({"metric": "numeric", "kind": "generate", "tolerance": 0.1}, ["9", "9"], ["9.2", "8"], [0, 1]),
    ({"metric": "exact_match", "kind": "generate", "answer_pattern": "#### *(.*)"},
     ["12"], ["I add. #### 12"], [0]),
]  # fmt: skip


def document(**given: Any) -> TaskDocument:
    plain = {"name": "t", "kind": "classify", "classes": 2, "rows": 9, "objective": "energy"}
    return TaskDocument(**(plain | given))


@pytest.mark.parametrize(("given", "right", "mine", "losses"), CASES)
def test_an_audit_is_scored_as_the_study_scored(
    given: dict[str, Any], right: list[str], mine: list[str | None], losses: list[float]
) -> None:
    score = scorer_of(document(**given))
    assert [score(m, r) for m, r in zip(mine, right, strict=True)] == pytest.approx(losses)
    section = TaskSection(name="t", data="d", input="i", **given)
    trial: Any = SimpleNamespace(judge=SimpleNamespace(values=mine, rows=[*range(len(mine))]))
    reference: Any = SimpleNamespace(judge=SimpleNamespace(values=right, rows=[*range(len(right))]))
    assert beside_reference(section, trial, reference) == pytest.approx(losses)


def test_costs_are_graded_and_an_older_decision_without_them_is_not_watched() -> None:
    costs = {"fire": {"none": 10.0, "smoke": 2.0}, "none": {"fire": 1.0}}
    score = scorer_of(document(metric="cost", costs=costs))
    found = [score(m, r) for m, r in (("none", "fire"), ("smoke", "fire"), ("none", "none"))]
    assert found == [1.0, 0.2, 0.0]
    assert is_graded(document(metric="cost", costs=costs))
    with pytest.raises(DecisionError, match="does not tell its costs: size it again"):
        scorer_of(document(metric="cost"))


def test_small_losses_of_a_graded_task_are_no_alarm_where_zeros_and_ones_would_be(
    decision: DecisionDocument,
) -> None:
    task = document(metric="fields", **EXTRACT)
    score, rng = scorer_of(task), np.random.default_rng(4)
    graded, counted = (Watch(Baseline.of(decision, 0.025).streams) for _ in range(2))
    for wrong in rng.random(1500) < 0.16:  # half an address differs in 16 of 100: a loss of .08
        loss = score(HALF if wrong else SAME, SAME)
        graded.add(Audit("audit", loss, Choice(1.0, 1.0)))
        counted.add(Audit("audit", float(loss > 0), Choice(1.0, 1.0)))
    assert graded.rate() == pytest.approx(0.08, abs=0.01)
    assert graded.alarms == []
    assert counted.alarms  # the bound of .1 is on the mean loss


def test_a_rise_of_graded_losses_is_seen() -> None:
    rng = np.random.default_rng(5)
    detector = ChangeDetector(bound=0.1, alpha=0.025)
    for audit in range(3000):
        detector.update(float(rng.beta(1, 9) if audit < 1000 else rng.beta(2, 8)))
    assert detector.alarmed_at is not None
    assert 1000 < detector.alarmed_at < 1600
