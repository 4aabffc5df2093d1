"""Period's figures are counts times constants, and audits are charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from modicum.figures import Figure
from modicum.ledger import Ledger, open_ledger
from modicum.ledger.period import DAY_MS, days_there, read_days, read_today
from modicum.ledger.records import HOUR_MS, RequestRecord
from modicum.ledger.traffic import TrafficStore

NOW = 500_000 * HOUR_MS + 1000
FIGURE = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = open_ledger(str(tmp_path / "l.sqlite"))
    yield book
    book.close()


def constants(store: TrafficStore, name: str, quantity: str, per: str, figure: Figure) -> None:
    plain = {key: getattr(figure, key) for key in FIGURE}
    store.add_constants([{"id": name, "quantity": quantity, "per": per, **plain}])


def joules(value: float, factor: float = 2.0) -> Figure:
    return Figure.within(value, factor, "J", basis="modelled", source="model", boundary="CPU")


def request(
    sequence: int, route: str, constants: str, *, endpoint: str = "chat", at: int = NOW,
    status: int = 200, tokens: int | None = 0, latency: int = 1000,
) -> RequestRecord:  # fmt: skip
    return RequestRecord(
        sequence, at, endpoint, "sort", "sort", route, "", constants, "k", "", "", 1, tokens, 0, 0,
        latency, None, status, 1, "",
    )  # fmt: skip


@pytest.fixture
def store(ledger: Ledger) -> TrafficStore:
    store = TrafficStore(ledger.engine)
    constants(store, "small", "energy_j", "request", joules(0.5))
    constants(store, "judged", "energy_j", "request", joules(8.0))
    constants(store, "big", "energy_j", "token_in", joules(2.0))
    store.add_route(1, "sort", "svm", "reference", "judged", "d")
    return store


def test_nothing_asked_is_an_empty_day(ledger: Ledger) -> None:
    today = read_today(ledger.engine, NOW)
    assert (today.requests, today.tasks, len(today.hours)) == (0, [], 24)


def test_before_the_reference_answered_the_study_tells_what_it_would_have_used(
    ledger: Ledger, store: TrafficStore
) -> None:
    store.add(1, [request(k, "tfidf", "small") for k in range(10)])
    (task,) = read_today(ledger.engine, NOW).tasks
    assert task.used["energy_j"].value == pytest.approx(5.0)
    assert task.reference["energy_j"].value == pytest.approx(80.0)
    assert task.saved("energy_j").value == pytest.approx(75.0)


def test_audits_are_charged_but_are_no_requests(ledger: Ledger, store: TrafficStore) -> None:
    store.add(1, [request(k, "tfidf", "small") for k in range(10)])
    store.add(1, [request(20, "up/gpt", "big", endpoint="audit", tokens=30)])
    today = read_today(ledger.engine, NOW)
    (task,) = today.tasks
    assert (today.requests, task.audited) == (10, 1)
    assert [share.route for share in task.shares] == ["tfidf"]
    assert task.audits["energy_j"].value == pytest.approx(60.0)
    assert task.used["energy_j"].value == pytest.approx(65.0)
    # What the reference used on what it did see, taken for all ten.
    assert task.reference["energy_j"].value == pytest.approx(600.0)


def test_a_thousand_requests_do_not_shrink_the_error_of_their_constant(
    ledger: Ledger, store: TrafficStore
) -> None:
    store.add(1, [request(k, "tfidf", "small") for k in range(1000)])
    used = read_today(ledger.engine, NOW).tasks[0].used["energy_j"]
    assert (used.low, used.high) == (pytest.approx(250.0), pytest.approx(1000.0))


def test_unknown_tokens_make_the_sum_unknown_and_say_why(
    ledger: Ledger, store: TrafficStore
) -> None:
    store.add(1, [request(1, "up/gpt", "big", tokens=None), request(2, "up/gpt", "big", tokens=5)])
    used = read_today(ledger.engine, NOW).tasks[0].used["energy_j"]
    assert used.value is None
    assert "1 of 2 requests did not tell their tokens" in str(used.reason)


def test_few_requests_without_tokens_count_as_the_mean_of_the_others_and_widen(
    ledger: Ledger, store: TrafficStore
) -> None:
    store.add(1, [request(k, "up/gpt", "big", tokens=5) for k in range(99)])
    store.add(1, [request(100, "up/gpt", "big", tokens=None)])
    used = read_today(ledger.engine, NOW).tasks[0].used["energy_j"]
    assert used.value == pytest.approx(100 * 5 * 2.0)
    assert used.basis == "assumed"


def test_whole_days_hold_what_their_hours_hold(ledger: Ledger, store: TrafficStore) -> None:
    day = NOW // DAY_MS
    batch = [request(k, "tfidf", "small", at=(day - 1) * DAY_MS + k * HOUR_MS) for k in range(48)]
    store.add(1, [*batch, request(50, "up/gpt", "big", endpoint="audit", tokens=7, at=NOW)])
    hours = read_today(ledger.engine, (day + 1) * DAY_MS - 1, hours=48)
    days = read_days(ledger.engine, day - 1, day)
    assert [replace(task, again=None) for task in days.tasks] == hours.tasks
    assert days.tasks[0].again == 0
    assert days.hours == [(day - 1, 24), (day, 24)]
    assert days_there(ledger.engine) == (day - 1, day)


def test_an_empty_ledger_has_no_days(ledger: Ledger) -> None:
    assert days_there(ledger.engine) is None


def test_older_hours_and_refusals_are_left_out(ledger: Ledger, store: TrafficStore) -> None:
    store.add(1, [request(1, "tfidf", "small", at=NOW - 25 * HOUR_MS)])
    store.add(1, [request(2, "tfidf", "small"), request(3, "tfidf", "small", status=429)])
    today = read_today(ledger.engine, NOW)
    assert (today.requests, today.refused, today.failed) == (1, 1, 0)
    assert today.hours[-1][1] == 1


def test_latency_is_read_from_its_buckets(ledger: Ledger, store: TrafficStore) -> None:
    store.add(1, [request(k, "tfidf", "small", latency=1000) for k in range(90)])
    store.add(1, [request(k, "tfidf", "small", latency=64_000) for k in range(100, 110)])
    (task,) = read_today(ledger.engine, NOW).tasks
    assert task.p50_us == pytest.approx(1000, rel=0.1)
    assert task.p95_us == pytest.approx(64_000, rel=0.1)
