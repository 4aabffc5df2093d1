from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from every_figure import faults
from rich.console import Console
from shown_numbers import Buttons, at, holds

from modicum.decision.document import DecisionDocument, IntervalDocument
from modicum.report.beside import Beside
from modicum.report.language import language, languages
from modicum.report.readers_page import render_readers
from modicum.report.reading import Reading
from modicum.report.tour import tour
from modicum.report.tour_terminal import stations
from modicum.report.view import View

Make = Callable[[str], DecisionDocument]
KINDS = ["win", "kept", "undecided", "failed", "unknown-money", "slices", "crowded", "hostile"]


def toured(decision: DecisionDocument, code: str = "en") -> tuple[View, Reading]:
    say = language(code)
    view = View.speaking(decision, say)
    return view, tour(view, "runs/intent", say)


def printed(decision: DecisionDocument, code: str = "en", width: int = 80) -> str:
    view, reading = toured(decision, code)
    console = Console(width=width, no_color=True, highlight=False)
    with console.capture() as captured:
        for station in stations(view, reading, language(code)):
            for piece in station:
                console.print(piece, markup=False)
    return captured.get()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", languages())
def test_every_decision_has_a_tour_of_seven_stations_within_80_columns(
    make: Make, kind: str, code: str
) -> None:
    text = printed(make(kind), code)
    assert re.findall(r"^(\d)/7 ", text, re.MULTILINE) == list("1234567")
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("kind", ["win", "kept", "slices", "unknown-money"])
def test_every_figure_of_the_page_has_its_unit_interval_and_boundary(
    make: Make, kind: str, code: str
) -> None:
    view, reading = toured(make(kind), code)
    page = render_readers(view, [reading], Beside(), {})
    assert list(faults(page, language(code))) == []


@pytest.mark.parametrize("kind", ["win", "kept", "slices", "unknown-money"])
def test_the_numbers_of_the_page_are_those_of_the_decision(make: Make, kind: str) -> None:
    decision = make(kind)
    view, reading = toured(decision)
    found = Buttons(render_readers(view, [reading], Beside(), {})).found
    compared = 0
    for place, shown in found:
        exact = at(decision, place)
        if exact is not None:
            compared += 1
            assert holds(shown, exact, "confidence" in exact), (place, shown, exact)
    assert compared >= 4


def test_the_tour_says_what_was_asked_promised_and_measured(make: Make) -> None:
    text = " ".join(printed(make("win"), width=2000).split())
    assert "The task banking-intent has 13,083 examples" in text
    assert "3,080 were kept for judging" in text
    assert "less than the margin, 2.0 points" in text
    assert "For 5 of them at most, on average" in text
    assert "tfidf-char-svm the high end is 3.3 times the low end" in text
    assert "its basis, modelled" in text
    assert "The factor between the two is known better" in text
    assert "modicum verify runs/intent" in text


def test_a_kept_reference_is_no_proof_that_nothing_smaller_would_do(make: Make) -> None:
    _, reading = toured(make("kept"))
    texts = " ".join(text for part in reading.parts for text in part.texts)
    assert "no proof that nothing smaller would do" in texts
    assert "Nothing changes, so nothing is saved." in texts
    assert not any(isinstance(n.value, IntervalDocument) and "difference" in n.place
                   for _, n in reading.numbers)  # fmt: skip


def test_what_is_missing_and_what_is_unknown_would_change_it(make: Make) -> None:
    _, reading = toured(make("undecided"))
    change = next(part for part in reading.parts if part.key == "tour-change")
    assert any("4,100 more judge examples" in item for item in change.items)
    _, reading = toured(make("unknown-money"))
    change = next(part for part in reading.parts if part.key == "tour-change")
    assert any(re.search(r"unknown so far: [1-9]", item) for item in change.items)


def test_each_word_is_explained_once_at_the_station_where_it_first_stands(make: Make) -> None:
    text = " ".join(printed(make("win"), width=2000).split())
    assert text.count("Percentage points: from 90% to 88%") == 1
    assert text.index("margin How much worse") < text.index("2/7")
