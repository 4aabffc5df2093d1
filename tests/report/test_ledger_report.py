"""A ledger told to three readers: every number is the ledger's, and none contradicts another."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from every_figure import faults
from report_ledgers import fill, requests, used
from shown_numbers import Buttons, holds, of_markdown
from test_business import reading_ease
from test_page import Reader as PageReader

from modicum.cli.report_asked import Asked
from modicum.cli.report_focus import render_focus
from modicum.cli.report_ledger import ledger_view, render_ledger
from modicum.errors import LedgerError
from modicum.ledger import Ledger, open_ledger
from modicum.report.language import language
from modicum.report.ledger_readers import ledger_readings
from modicum.report.reading import READERS, Reader

QUANTITIES = ("energy_j", "carbon_g", "cost")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    ledger = fill(tmp_path / "l.sqlite")
    yield ledger
    ledger.close()


def expected() -> dict[str, float]:
    """Values by place, summed from the requests themselves."""
    ok = [r for r in requests() if r.status == 200]
    found = {f"used.{q}": used(ok, q) for q in QUANTITIES}
    for task in ("", "question-type"):
        own = [r for r in ok if r.task == task]
        found |= {f"tasks[{task}].used.{q}": used(own, q) for q in QUANTITIES}
    named = [r for r in ok if r.task]
    big = [r for r in named if r.constants == "big"]
    answered = [r for r in named if r.endpoint == "chat"]
    for quantity in QUANTITIES:
        reference = used(big, quantity) / len(big) * len(answered)
        saved = reference - used(named, quantity)
        found |= {f"saved.{quantity}": saved, f"tasks[question-type].saved.{quantity}": saved}
        small = [r for r in ok if r.constants == "small"]
        found[f"own.{quantity}"] = used(small, quantity)
        found[f"hosted.{quantity}"] = used([r for r in ok if r not in small], quantity)
    audits = [r for r in ok if r.endpoint == "audit"]
    return found | {"tasks[question-type].audits.energy_j": used(audits, "energy_j")}


def numbers(book: Ledger) -> list[dict[str, Any]]:
    plain = json.loads(render_ledger(book, "json"))
    return [n for r in plain["readers"] for p in r["parts"] for n in p["numbers"]]


def test_every_number_follows_from_the_requests(book: Ledger) -> None:
    right, checked = expected(), set()
    for number in numbers(book):
        if number["place"] in right:
            assert number["value"] == pytest.approx(right[number["place"]], rel=1e-9), number
            checked.add(number["place"])
    unseen = {"own.cost", "hosted.cost"}  # money is told by task and model, not by scope
    assert checked == right.keys() - unseen


def test_every_form_shows_the_same_numbers(book: Ledger) -> None:
    exact = {n["place"]: n for n in numbers(book) if n["place"] in expected()}
    rows = list(csv.DictReader(io.StringIO(render_ledger(book, "csv"))))
    assert {r["reader"] for r in rows} == set(READERS)
    for row in rows:
        if row["place"] in exact:
            assert float(row["value"]) == exact[row["place"]]["value"]
    for shown in (
        Buttons(render_ledger(book, "html")).found,
        of_markdown(render_ledger(book, "md")),
    ):
        seen = [(place, told) for place, told in shown if place in exact]
        assert len(seen) >= len(exact)
        for place, told in seen:
            assert holds(told, exact[place], confidence=False), (place, told, exact[place])


def test_numbers_at_one_place_are_the_same_for_every_reader(book: Ledger) -> None:
    seen: dict[str, Any] = {}
    shared = 0
    for number in numbers(book):
        if not number["place"]:
            continue
        triple = (number["value"], number["low"], number["high"])
        shared += number["place"] in seen
        assert seen.setdefault(number["place"], triple) == triple
    assert shared >= 5


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_page_is_one_well_formed_file_with_a_switch(book: Ledger, code: str) -> None:
    page = render_ledger(book, "html", asked=Asked(lang=code))
    found = PageReader(page)
    ids = [a["id"] for _, a in found.tags if "id" in a]
    targets = {a["popovertarget"] for _, a in found.tags if "popovertarget" in a}
    assert found.open == []
    assert len(ids) == len(set(ids))
    assert targets <= set(ids)
    assert {f"reader-{r}" for r in READERS} <= set(ids)
    assert len(page.encode()) < 1_000_000


def test_no_english_sentence_stands_on_the_german_page(book: Ledger) -> None:
    page = PageReader(render_ledger(book, "html", asked=Asked(lang="de"))).text
    german = language("de").sentences
    for key, text in language("en").sentences.items():
        longest = max(re.split(r"\{\w+\}", text), key=len).strip()
        if not key.startswith("names.") and len(longest) > 12 and german[key] != text:
            assert longest not in page, key


def test_what_the_business_reads_is_easy(book: Ledger) -> None:
    view = ledger_view(book, Asked())
    (told,) = ledger_readings(view, ("business",))
    # The finders' own sentences name options and files; they are quoted, as sources are.
    texts = [t for part in told.parts for t in part.texts]
    assert reading_ease(" ".join(texts)) >= 50


def test_a_model_asked_directly_has_no_decision_and_no_saving(book: Ledger) -> None:
    view = ledger_view(book, Asked())
    direct = next(t for t in view.tasks if not t.traffic.task)
    assert (direct.decision, direct.small) == (None, None)
    assert [t.traffic.task for t in view.compared] == ["question-type"]


def test_scopes_and_rows_follow_what_is_stated(book: Ledger) -> None:
    from modicum.cli.report_accounts import Means

    def rows(asked: Asked) -> dict[str, Any]:
        return {f"{r.standard} {r.datapoint} {r.label}": r.figure
                for r in ledger_view(book, asked).scopes.rows}  # fmt: skip

    plain = rows(Asked())
    market = "ESRS 2025-draft E1-8 Gross Scope 2 GHG emissions, market-based"
    assert plain[market].value is None
    assert "--supplier-g-per-kwh" in str(plain[market].reason)
    stated = rows(Asked(region="DE", means=Means(20.0, "server", 0.1)))
    own = used([r for r in requests() if r.status == 200 and r.constants == "small"], "energy_j")
    assert stated[market].value == pytest.approx(own / 3.6e6 * 20 / 1e6)
    goods = "GHG Protocol 2015 scope 3, category 1 purchased goods and services"
    assert stated[goods].value == pytest.approx(expected()["hosted.carbon_g"] / 1e6)


def test_focus_rows_add_up_to_the_report(book: Ledger) -> None:
    rows = list(csv.DictReader(io.StringIO(render_focus(book, Asked(region="DE")))))
    assert {row["ServiceName"] for row in rows} == {"question-type", "models asked directly"}
    answered = [r for r in requests() if r.status == 200 and r.endpoint == "chat"]
    whole = sum(float(row["x_EnergyKwh"]) for row in rows)
    assert whole == pytest.approx(used(answered, "energy_j") / 3.6e6)
    assert rows[0]["ChargePeriodStart"] == "2024-10-04T00:00:00Z"
    assert all(row["x_CarbonMarketKg"] == "" for row in rows)


def test_an_empty_ledger_is_refused_with_what_to_do(tmp_path: Path) -> None:
    book = open_ledger(str(tmp_path / "empty.sqlite"))
    with pytest.raises(LedgerError, match="modicum serve"):
        render_ledger(book, "md")
    book.close()


def test_a_password_never_reaches_the_page(book: Ledger) -> None:
    url = "postgresql+psycopg://me:sesame@db/x"
    page = render_ledger(book, "html", asked=Asked(url=url))
    assert "sesame" not in page
    assert "me:***@db" in page


@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize("reader", READERS)
def test_no_figure_stands_without_unit_interval_and_boundary_one_click_away(
    book: Ledger, reader: Reader, code: str
) -> None:
    page = render_ledger(book, "html", (reader,), Asked(lang=code))
    assert list(faults(page, language(code))) == []
