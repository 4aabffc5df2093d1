"""Audited examples as data: what fed an alarm never judges."""

from __future__ import annotations

from modicum.watch.examples import Example, divide


def test_what_fed_an_alarm_is_only_fitted_on() -> None:
    found = divide([Example(k, k, f"t{k}", "a") for k in range(1, 11)], alarmed=10)
    assert found.judge == ()
    assert len(found.fit) == 10


def test_an_input_that_fed_an_alarm_does_not_come_back_as_judge() -> None:
    found = divide([Example(1, 1, "Where?", "a"), Example(9, 9, " where?", "b")], 5, fit_share=0)
    assert [e.audit for e in found.fit] == [1]
    assert found.judge == ()


def test_a_gold_label_goes_before_the_references_answer() -> None:
    made = [Example(1, 1, "t", "model says"), Example(2, 2, "t", "person says", gold=True)]
    found = divide(made, 0, fit_share=0.0)
    assert [e.label for e in found.judge] == ["person says"]


def test_the_newest_part_judges() -> None:
    found = divide([Example(k, 100 - k, f"t{k}", "a") for k in range(1, 11)], 0)
    assert max(e.at for e in found.fit) < min(e.at for e in found.judge)
