"""A watched task folded from its ledger: the same in every worker and after every restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modicum.decision.document import DecisionDocument
from modicum.errors import DecisionError
from modicum.ledger.watch_store import AlarmRow, MoveRow, WatchStore
from modicum.watch.baseline import Baseline
from modicum.watch.opened import digest_of, received_by, state_of
from modicum.watch.shares import ALL, GOLD, SETTLED_MS, alpha_of, shared
from modicum.watch.summary import evidence, staleness, traffic

Open = Callable[[DecisionDocument], tuple[Any, Any]]
Add = Callable[..., list[int]]


def test_the_bound_is_the_judge_splits_upper_bound(decision: DecisionDocument) -> None:
    baseline = Baseline.of(decision, 0.02)
    assert baseline.bound == pytest.approx(0.1)
    assert baseline.limit == pytest.approx(0.1 + decision.margin)
    assert sum(s.alpha for s in baseline.streams) == pytest.approx(0.02)


def test_without_a_known_disagreement_both_losses_add_up(decision: DecisionDocument) -> None:
    old = decision.model_copy(
        update={
            "candidates": [c.model_copy(update={"disagreement": None}) for c in decision.candidates]
        }
    )
    small = old.candidate(old.recommended).loss
    big = old.candidate(old.reference).loss
    assert small is not None
    assert big is not None
    assert Baseline.of(old, 0.02).bound == pytest.approx(small.high + big.high)


def test_slices_of_the_decision_are_watched_apart(sliced: DecisionDocument) -> None:
    names = [s.name for s in Baseline.of(sliced, 0.02).streams]
    part = sliced.candidate(sliced.recommended).slices[0]
    assert names[:2] == [ALL, GOLD]
    assert f"{part.column}={part.slice}" in names


def test_a_kept_reference_has_nothing_to_be_compared_with(decision: DecisionDocument) -> None:
    kept = decision.model_copy(update={"recommended": decision.reference})
    with pytest.raises(DecisionError, match="keeps its reference"):
        Baseline.of(kept, 0.02)


def test_the_same_decision_is_the_same_watch_and_another_takes_the_next_share(
    decision: DecisionDocument, open_watch: Open
) -> None:
    first, _ = open_watch(decision)
    later = decision.model_copy(update={"created_at": "2027-01-01T00:00:00Z"})
    assert open_watch(later)[0].id == first.id
    prints = decision.fingerprints.model_copy(update={"judge": "f" * 64})
    other = decision.model_copy(update={"fingerprints": prints})
    assert digest_of(other) != digest_of(decision)
    second, state = open_watch(other)
    assert (first.number, second.number) == (1, 2)
    assert sum(s.alpha for s in state.baseline.streams) == pytest.approx(alpha_of(2))


def test_two_workers_come_to_the_same_state(
    decision: DecisionDocument, open_watch: Open, audited: Add, store: WatchStore
) -> None:
    row, one = open_watch(decision)
    for seed in range(4):
        audited(row.id, 60, 0.08, seed=seed)
        one.refresh()
    other = state_of(store, row.id, row.number, row.document)
    other.refresh()
    assert one.audits == other.audits == 240
    assert one.watch.detectors[ALL].e_value == other.watch.detectors[ALL].e_value
    assert one.proof.more_needed == other.proof.more_needed


def test_a_rise_raises_one_alarm_that_survives_a_restart(
    decision: DecisionDocument, open_watch: Open, audited: Add, store: WatchStore
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 200, 0.6)
    raised = state.refresh()
    assert [alarm.stream for alarm in raised] == [ALL]
    assert state.refresh() == []
    again = state_of(store, row.id, row.number, row.document)
    again.refresh()
    assert again.alarms == state.alarms
    assert "differ too often" in evidence(again)


def test_the_next_watch_has_what_an_alarm_passed_on(
    decision: DecisionDocument, open_watch: Open, audited: Add, store: WatchStore
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 200, 0.6)
    (alarm,) = state.refresh()
    told = (alarm.stream, alarm.audit, alarm.audits, alarm.e_value, alarm.bound, alarm.alpha)
    store.add_alarm(row.id, AlarmRow(5, *told, alarm.rate))
    again = store.open("resized", "d", row.document, 5 + SETTLED_MS)
    received = received_by(store, again.number)
    assert received == pytest.approx(alarm.alpha)
    after = state_of(store, again.id, again.number, again.document, received)
    assert sum(s.alpha for s in after.baseline.streams) == pytest.approx(
        alpha_of(2) + shared(alpha_of(1), [])[ALL]
    )
    assert received_by(store, row.number) == 0.0


def test_an_alarm_on_record_stands_and_is_not_raised_twice(
    decision: DecisionDocument, open_watch: Open, audited: Add, store: WatchStore
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 40, 0.0)
    store.add_alarm(row.id, AlarmRow(5, ALL, 30, 30, 60.0, 0.1, 0.02, 0.5))
    (alarm,) = state.refresh()
    assert (alarm.stream, alarm.audit, alarm.rate) == (ALL, 30, 0.5)
    assert "differ too often" in evidence(state)
    audited(row.id, 200, 0.6, seed=2)
    assert state.refresh() == []
    assert state.alarms == [alarm]


def test_a_bad_slice_is_found_while_all_looks_well(
    sliced: DecisionDocument, open_watch: Open, audited: Add
) -> None:
    row, state = open_watch(sliced)
    part = sliced.candidate(sliced.recommended).slices[0]
    name = f"{part.column}={part.slice}"
    audited(row.id, 600, 0.02, seed=1)
    audited(row.id, 60, 0.9, seed=2, slices=(name,))
    state.refresh()
    assert name in [alarm.stream for alarm in state.alarms]


def test_a_slice_that_was_never_judged_is_counted_not_tested(
    decision: DecisionDocument, open_watch: Open, audited: Add
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 5, 0.0, slices=("lang=xx",))
    state.refresh()
    assert state.watch.unseen == {"lang=xx": 5}


def test_gold_labels_are_tested_by_themselves(
    decision: DecisionDocument, open_watch: Open, audited: Add
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 80, 0.9, kind="gold")
    state.refresh()
    assert [alarm.stream for alarm in state.alarms] == [GOLD]
    assert state.audits == 0


def test_what_was_released_feeds_no_later_alarm(
    decision: DecisionDocument, open_watch: Open, audited: Add, store: WatchStore
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 6, 1.0)
    state.refresh()
    grown = state.watch.detectors[ALL].e_value
    store.add_release(row.id, 5, state.last_audit)
    audited(row.id, 1, 0.0)
    state.refresh()
    assert state.watch.detectors[ALL].e_value < 1 < grown
    fresh = state_of(store, row.id, row.number, row.document)
    fresh.refresh()
    assert fresh.watch.detectors[ALL].e_value == state.watch.detectors[ALL].e_value


def test_only_served_answers_of_this_step_count_for_the_next(
    decision: DecisionDocument, open_watch: Open, audited: Add, store: WatchStore
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 50, 0.0, kind="shadow")
    state.refresh()
    store.add_move(row.id, MoveRow(1, "canary", 0.05, "asked for", state.last_audit, "0.05,1;30"))
    audited(row.id, 20, 0.0)
    audited(row.id, 20, 0.0, kind="shadow")
    state.refresh()
    assert (state.share, state.audits_in_step) == (0.05, 20)
    assert state.plan.next_move(0.05, state.audits_in_step, []) is None
    audited(row.id, 10, 0.0)
    state.refresh()
    assert state.plan.next_move(0.05, state.audits_in_step, []).share == 1.0
    assert traffic(state) == "canary, serves 5%"


def test_the_summary_tells_how_much_evidence_is_missing(
    decision: DecisionDocument, open_watch: Open, audited: Add
) -> None:
    row, state = open_watch(decision)
    assert evidence(state) == "no audits yet"
    audited(row.id, 20, 0.0)
    state.refresh()
    assert evidence(state).startswith("not yet proven (0.0% of 20 audits differ; about ")
    needed = state.proof.more_needed
    audited(row.id, needed + 2, 0.0, seed=2)
    state.refresh()
    assert evidence(state).startswith("proven live (0.0% of ")


def test_at_the_limit_no_number_of_audits_would_do(
    decision: DecisionDocument, open_watch: Open, audited: Add
) -> None:
    row, state = open_watch(decision)
    audited(row.id, 20, 0.0)
    audited(row.id, 3, 1.0)
    state.refresh()
    assert state.proof.more_needed is None
    assert "more audits would not show" in evidence(state)


def test_a_changed_model_makes_the_decision_stale(
    decision: DecisionDocument, open_watch: Open, store: WatchStore
) -> None:
    row, state = open_watch(decision)
    store.add_condition(row.id, 1, "model", "big-2026-01")
    state.refresh()
    assert staleness(state) == ""
    store.add_condition(row.id, 2, "model", "big-2026-07")
    state.refresh()
    assert staleness(state) == ("the provider's model changed from big-2026-01 to big-2026-07")
