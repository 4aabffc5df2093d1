"""Each finder finds what was put there, says what it saves, and says when it cannot look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report_decisions import EVERY

from modicum.errors import PluginError
from modicum.ledger import Ledger
from modicum.ledger import traffic_schema as tables
from modicum.ledger.traffic import TrafficStore
from modicum.opportunities import (
    FINDERS,
    LoggedJob,
    NotLooked,
    Opportunity,
    Saving,
    Seen,
    as_data,
    find_opportunities,
    see,
)
from modicum.opportunities.seen import DAYS_A_MONTH, MeterDay
from modicum.report.language import language

Asked = Callable[..., None]
ENGLISH = language("en")
MONTHS = DAYS_A_MONTH / 14
FIRST_DAY, DAYS = 20_000, 14


def found(seen: Seen, finder: str) -> list[Opportunity]:
    told = FINDERS[finder](seen)
    assert not isinstance(told, NotLooked), told
    return told


def why(seen: Seen, finder: str) -> str:
    told = FINDERS[finder](seen)
    assert isinstance(told, NotLooked)
    return told.why.said(ENGLISH)


def todo(one: Opportunity) -> str:
    return one.todo.said(ENGLISH)


def decided(book: Ledger, store: TrafficStore) -> None:
    """A decision on "sort" whose recommended candidate is known to the ledger."""
    document = EVERY["win"]()
    named = document.model_copy(update={"task": document.task.model_copy(update={"name": "sort"})})
    book.add_decision(book.start_run("size", "sort"), named.model_dump_json())
    store.add_route(1, "sort", named.recommended, "recommended", "small", "d")


def test_an_empty_ledger_finds_nothing_and_says_why(book: Ledger) -> None:
    told = find_opportunities(see(book))
    assert told.opportunities == ()
    assert {n.finder for n in told.not_looked} == set(FINDERS)
    assert all(n.why.said(ENGLISH) for n in told.not_looked)


def test_requests_past_a_proven_candidate_are_worth_what_it_would_save(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    decided(book, store)
    asked(1000)
    (one,) = found(see(book), "big-model")
    assert one.saving.energy_j.value == pytest.approx(1000 * (100 * 2.0 - 0.5) * MONTHS, rel=1e-6)
    assert one.saving.cost.value == pytest.approx(1000 * (1e-4 - 5e-8) * MONTHS, rel=1e-6)
    assert one.saving.energy_j.low is not None
    assert one.saving.energy_j.low < 1000 * 199 * MONTHS
    assert one.effort == "setting"
    assert one.step == "modicum promote sort"


def test_what_the_small_candidate_handed_on_needed_the_big_one(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    decided(book, store)
    asked(1000, tried="cascade")
    assert found(see(book), "big-model") == []


def test_a_model_asked_with_no_decision_is_at_stake_but_its_saving_is_unknown(
    book: Ledger, asked: Asked
) -> None:
    asked(1000, task="")
    (one,) = found(see(book), "big-model")
    assert (one.task, one.place) == ("", "up/gpt")
    assert one.saving.energy_j.value is None
    assert one.at_stake.energy_j.value == pytest.approx(200_000 * MONTHS, rel=1e-6)


def test_long_requests_count_only_with_what_lies_beyond_the_usual_length(
    book: Ledger, asked: Asked
) -> None:
    asked(900)
    asked(100, tokens_in=2000)
    (one,) = found(see(book), "context")
    most = 100 * (2000 - 100) * 2.0 * MONTHS
    assert one.saving.energy_j.value == pytest.approx(most / 2, rel=0.01)
    assert one.saving.energy_j.low == 0.0
    assert one.saving.energy_j.basis == "assumed"
    assert todo(one).startswith("100 requests")


def test_requests_of_one_length_are_not_oversized(book: Ledger, asked: Asked) -> None:
    asked(1000)
    assert found(see(book), "context") == []


def test_calls_made_again_are_counted_with_their_cost(book: Ledger, asked: Asked) -> None:
    asked(900)
    asked(100, attempts=3)
    (one,) = found(see(book), "retries")
    assert todo(one).startswith("calls made again: 200, 20.0%")
    assert one.saving.energy_j.value == pytest.approx(200 * 200 * MONTHS / 2, rel=1e-6)


def test_answers_nobody_waited_for_are_told(book: Ledger, asked: Asked) -> None:
    asked(900)
    asked(100, status=499)
    (one,) = found(see(book), "retries")
    assert todo(one).startswith("callers who left before the answer: 100")
    assert one.at_stake.energy_j.value == pytest.approx(100 * 200 * MONTHS, rel=1e-6)


def test_repeated_inputs_are_counted_where_they_may_be_kept(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    asked(1000)
    assert "keeps no inputs" in why(see(book), "duplicates")
    rows = [
        {"worker": 1, "sequence": k, "at": 1, "expires_at": 2, "user_id": "", "task": "sort",
         "input": f"text {k % 80}", "reply": ""}
        for k in range(200)
    ]  # fmt: skip
    with book.engine.begin() as connection:
        connection.execute(tables.texts.insert(), rows)
    (one,) = found(see(book), "duplicates")
    assert todo(one).startswith("60% of 200 kept inputs")
    assert one.saving.energy_j.value == pytest.approx(0.6 * 200_000 * MONTHS / 2, rel=1e-6)


def test_a_machine_that_runs_on_quiet_days_is_idle(book: Ledger, asked: Asked) -> None:
    asked(14)  # one a day
    seen = see(book)
    assert "--exports" in why(seen, "idle")
    meters = tuple(MeterDay(FIRST_DAY + k, "box", 2.4, cost=1.0) for k in range(DAYS))
    assert found(replace(seen, meters=meters), "idle") == []
    busy = frozenset(range(FIRST_DAY, FIRST_DAY + 7))
    (one,) = found(replace(seen, meters=meters, busy_days=busy), "idle")
    assert todo(one).startswith("it ran on 7 of 14 days")
    assert one.saving.energy_j.value == pytest.approx(7 * 2.4 * 3.6e6 * MONTHS, rel=1e-3)
    assert one.saving.energy_j.basis == "measured"
    assert one.saving.cost.value == pytest.approx(7 * MONTHS, rel=1e-3)
    assert one.saving.carbon_g.value is not None


def test_work_asked_when_the_grid_is_dirty_could_wait(book: Ledger, asked: Asked) -> None:
    asked(1000)
    assert "--grid-hours" in why(see(book), "waiting")
    hours = tuple(100.0 if 2 <= h < 6 else 400.0 for h in range(24))
    (one,) = found(see(book, intensity=hours, intensity_source="grid.csv"), "waiting")
    assert "from 2 to 6 h UTC it is 100" in todo(one)
    kwh = 200_000 * MONTHS / 3.6e6
    assert one.saving.carbon_g.value == pytest.approx(kwh * (350 - 100), rel=0.02)
    assert one.saving.energy_j.value == 0.0
    assert "only you know" in one.assumptions[0].said(ENGLISH)
    named = see(book, intensity=hours, intensity_source="g", can_wait=frozenset({"other"}))
    assert found(named, "waiting") == []


def test_a_small_candidate_that_nobody_checks_is_a_risk_not_a_saving(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    asked(50, route="tfidf", constants="small")
    (one,) = found(see(book), "unaudited")
    assert "none of 50 answers was checked" in todo(one)
    assert one.saving.energy_j.value is None
    assert one.at_stake.energy_j.value == pytest.approx(25 * MONTHS, rel=1e-6)
    assert found(replace(see(book), audits={"sort": 3}), "unaudited") == []


def test_the_largest_known_saving_comes_first_and_unknown_ones_last(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    decided(book, store)
    asked(1000)
    asked(500, task="", tokens_in=5000)
    asked(300, attempts=2, tokens_in=100)
    told = find_opportunities(see(book))
    values = [one.saving.energy_j.value for one in told.opportunities]
    known = [v for v in values if v is not None]
    assert known == sorted(known, reverse=True)
    assert values[len(known) :] == [None] * (len(values) - len(known))
    assert len(values) > len(known) > 1


def test_a_short_record_is_not_called_a_month(book: Ledger, asked: Asked) -> None:
    asked(100, at=FIRST_DAY * 86_400_000)
    told = find_opportunities(see(book))
    assert not told.monthly
    (one,) = [o for o in told.opportunities if o.finder == "big-model"]
    assert one.at_stake.energy_j.value == pytest.approx(20_000)


def test_since_leaves_out_what_was_before(book: Ledger, asked: Asked) -> None:
    asked(1400)
    assert see(book, FIRST_DAY + 7).requests == pytest.approx(700, abs=2)
    assert see(book, FIRST_DAY + 99).requests == 0


def test_jobs_of_a_log_are_looked_at_where_no_ledger_is(book: Ledger) -> None:
    job = LoggedJob(
        "label-tone", ("gpt-4o",), 1000.0, 0.3, True, "five labels", Saving.unknown(), True
    )
    seen = see(book, jobs=(job, replace(job, name="free", likely=False, repeated=0.0)))
    assert [o.task for o in found(seen, "big-model")] == ["label-tone"]
    assert [o.task for o in found(seen, "duplicates")] == ["label-tone"]


def test_an_unknown_finder_is_refused_with_the_known_ones(book: Ledger) -> None:
    with pytest.raises(PluginError, match="big-model, context"):
        find_opportunities(see(book), finders=["none"])


def test_every_opportunity_is_plain_data(book: Ledger, asked: Asked) -> None:
    asked(1000, attempts=2, task="")
    plain: dict[str, Any] = as_data(find_opportunities(see(book)), ENGLISH)
    assert {o["finder"] for o in plain["opportunities"]} == {"big-model", "retries"}
    figure = plain["opportunities"][0]["saving"]["energy_j"]
    assert {"value", "low", "high", "unit", "basis", "source", "boundary"} <= figure.keys()


def test_hours_are_means_of_the_day_and_bad_files_are_named(tmp_path: Path) -> None:
    from modicum.errors import DataError
    from modicum.opportunities.hours import read_hours

    path = tmp_path / "g.csv"
    lines = [f"2025-01-{d:02d}T{h:02d}:00:00,{h + d}" for d in (1, 3) for h in range(24)]
    path.write_text("time,g_per_kwh\n" + "\n".join(lines), encoding="utf-8")
    assert read_hours(path)[5] == 7.0
    path.write_text("time,g_per_kwh\n2025-01-01T00:00:00,5\n", encoding="utf-8")
    with pytest.raises(DataError, match="1 of the 24 hours"):
        read_hours(path)
    path.write_text("when,what\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column named like"):
        read_hours(path)
    path.write_text("time,g_per_kwh\nyesterday,5\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2"):
        read_hours(path)
