from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from every_figure import faults
from shown_numbers import Buttons, at, holds, of_markdown
from test_page import Reader as PageReader

from modicum.decision.document import DecisionDocument
from modicum.errors import DataError
from modicum.figures import Figure
from modicum.report.beside import Account, Beside, Confusion, Curve, Stated
from modicum.report.language import language
from modicum.report.readers import TRANSLATED, readers_of, render
from modicum.report.reading import READERS, Reader

Make = Callable[[str], DecisionDocument]
KINDS = ["win", "kept", "undecided", "failed", "unknown-money", "slices", "crowded"]
STATED = Stated(hosting_per_month=0.001, labelling=0.02, upkeep_per_month=0.0)


def beside_of(decision: DecisionDocument) -> Beside:
    unknown = Figure.unknown("gCO2e", "not given")
    account = Account("2", 1.0, unknown, unknown, unknown, "process tree")
    return Beside("DIR", STATED, accounts={decision.recommended: account})


def checked(decision: DecisionDocument, found: list[tuple[str, tuple[str, str]]]) -> int:
    """How many of the shown numbers stand in the decision; fails at the first that differs."""
    count = 0
    for place, shown in found:
        exact = at(decision, place)
        if exact is not None:
            assert holds(shown, exact, "confidence" in exact), (place, shown, exact)
            count += 1
    return count


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_on_a_page_stands_in_the_decision(
    make: Make, kind: str, reader: Reader
) -> None:
    decision = make(kind)
    page = render(decision, (reader,), "html", beside_of(decision))
    found = Buttons(page).found
    assert checked(decision, found) >= (2 if reader == "business" else 6)
    assert all(place for place, _ in found if reader != "engineer")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_a_record_stands_in_the_decision(
    make: Make, kind: str, reader: Reader
) -> None:
    decision = make(kind)
    text = render(decision, (reader,), "md", beside_of(decision))
    assert checked(decision, of_markdown(text)) >= (2 if reader == "business" else 6)


@pytest.mark.parametrize("kind", KINDS)
def test_csv_and_json_hold_the_numbers_of_the_decision_exactly(make: Make, kind: str) -> None:
    decision = make(kind)
    rows = list(csv.DictReader(io.StringIO(render(decision, READERS, "csv", beside_of(decision)))))
    plain = json.loads(render(decision, READERS, "json", beside_of(decision)))
    numbers = [n for r in plain["readers"] for p in r["parts"] for n in p["numbers"]]
    assert len(rows) == len(numbers)
    assert {row["reader"] for row in rows} == set(READERS)
    for row, number in zip(rows, numbers, strict=True):
        exact = at(decision, number["place"])
        for key in ("value", "low", "high"):
            assert row[key] == ("" if number[key] is None else repr(number[key]))
            if exact is not None:
                assert number[key] == (
                    None if exact[key] is None else pytest.approx(exact[key], rel=1e-9)
                )


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_at_one_place_are_the_same_for_every_reader(make: Make, kind: str) -> None:
    decision = make(kind)
    plain = json.loads(render(decision, READERS, "json", beside_of(decision)))
    seen: dict[str, tuple[float, float, float]] = {}
    shared = 0
    for number in (n for r in plain["readers"] for p in r["parts"] for n in p["numbers"]):
        triple = (number["value"], number["low"], number["high"])
        shared += number["place"] in seen
        assert seen.setdefault(number["place"], triple) == triple
    assert shared >= 6


def test_a_changed_number_on_a_page_is_noticed(make: Make) -> None:
    """The check above can fail: another decision's page does not agree with this one."""
    decision = make("win")
    best = decision.candidate("tfidf-char-svm")
    assert best.footprint is not None
    energy = best.footprint.energy_j.model_copy(update={"value": 0.0047})
    changed = best.footprint.model_copy(update={"energy_j": energy})
    rows = [
        row.model_copy(update={"footprint": changed}) if row is best else row
        for row in decision.candidates
    ]
    other = decision.model_copy(update={"candidates": rows})
    page = render(other, ("sustainability",), "html")
    with pytest.raises(AssertionError):
        checked(decision, Buttons(page).found)


def test_the_page_of_all_readers_is_one_well_formed_file_with_a_switch(make: Make) -> None:
    for kind in [*KINDS, "hostile"]:
        decision = make(kind)
        page = render(decision, READERS, "html", beside_of(decision))
        found = PageReader(page)
        ids = [a["id"] for _, a in found.tags if "id" in a]
        targets = {a["popovertarget"] for _, a in found.tags if "popovertarget" in a}
        assert found.open == []
        assert len(ids) == len(set(ids))
        assert targets <= set(ids)
        assert {f"for-{r}" for r in READERS} | {f"reader-{r}" for r in READERS} <= set(ids)
        assert [t for t, _ in found.tags].count("h1") == 1
        assert len(page.encode()) < 1_000_000
        assert not [a[k] for _, a in found.tags for k in ("src", "action", "style") if k in a]


def test_a_reader_is_told_by_name_and_an_unknown_one_is_refused() -> None:
    assert readers_of("all") == READERS
    assert readers_of("business", "de") == ("business",)
    assert readers_of("all", "de") == ("business", "sustainability")
    with pytest.raises(DataError, match="give one of engineer, business, sustainability or all"):
        readers_of("boss")
    with pytest.raises(DataError, match="in English only"):
        readers_of("engineer", "de")
    with pytest.raises(DataError, match="give one of de, en"):
        readers_of("business", "fr")


def test_what_is_taken_for_what_is_shown_where_answers_were_kept(make: Make) -> None:
    decision = make("win")
    found = Confusion("tfidf-char-svm", 3080, (("card lost", "card stolen", 14),))
    beside = replace(Beside(), confusions=(found,))
    assert "card stolen 14" in PageReader(render(decision, ("engineer",), "html", beside)).text
    assert "| card lost | card stolen | 14 |" in render(decision, ("engineer",), "md", beside)


def test_a_cell_is_never_a_formula_for_a_spreadsheet(make: Make) -> None:
    decision = make("win")
    row = decision.candidate("tfidf-char-svm").model_copy(update={"name": "=1+1"})
    rows = [row if r.name == "tfidf-char-svm" else r for r in decision.candidates]
    other = decision.model_copy(update={"candidates": rows, "recommended": "=1+1"})
    text = render(other, READERS, "csv")
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [c for c in cells if c[:1] in ("=", "@", "+")]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_figure_without_unit_interval_and_boundary_one_click_away(
    make: Make, kind: str, reader: Reader
) -> None:
    page = render(make(kind), (reader,), "html", beside_of(make(kind)))
    assert list(faults(page)) == []


def test_a_page_that_lacks_any_of_it_is_found_out(make: Make) -> None:
    page = render(make("win"), ("business",), "html")
    told, notes = page.split('<section id="notes"')
    for less in (
        re.sub(r'<span class="i">.*?</span>', "", told) + f'<section id="notes"{notes}',
        f'{told}<p>3 kWh</p><section id="notes"{notes}',
        f'{told}<section id="notes"{notes.replace("<dt>Boundary</dt>", "<dt>Other</dt>")}',
        told,
    ):
        assert list(faults(less)) != []


@pytest.mark.parametrize("reader", TRANSLATED)
def test_the_same_holds_in_german(make: Make, reader: Reader) -> None:
    page = render(make("slices"), (reader,), "html", beside_of(make("slices")), code="de")
    assert list(faults(page, language("de"))) == []


def test_latency_and_failures_to_read_are_plain_for_the_engineer(make: Make) -> None:
    plain = json.loads(render(make("failed"), ("engineer",), "json"))
    (part,) = [p for p in plain["readers"][0]["parts"] if p["part"] == "serving"]
    names = {row["Candidate"] for row in part["rows"]}
    assert names == {row.name for row in make("failed").candidates}
    assert any(row["p95"] for row in part["rows"])
    assert all("Without a valid answer" in row for row in part["rows"])


def test_learning_curves_are_shown_where_the_evidence_has_them(make: Make) -> None:
    curve = Curve("tfidf-svm", ((500, 0.31), (2000, 0.22)), given_up=True)
    beside = replace(Beside(), curves=(curve,))
    for form in ("html", "md"):
        text = render(make("win"), ("engineer",), form, beside)
        assert "What more data brought" in text
        assert "0.310" in text
        assert "given up" in text
    assert "What more data brought" not in render(make("win"), ("engineer",), "html")
