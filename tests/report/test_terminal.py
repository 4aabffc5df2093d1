from __future__ import annotations

import io
import re
from collections.abc import Callable

from rich.console import Console

from modicum.decision.document import DecisionDocument
from modicum.report import decision_table, verdict_panel

Make = Callable[[str], DecisionDocument]


def printed(decision: DecisionDocument, width: int = 80) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, no_color=True, force_terminal=False)
    console.print(decision_table(decision))
    console.print(verdict_panel(decision))
    return file.getvalue()


def test_no_line_is_wider_than_80_columns(any_decision: DecisionDocument) -> None:
    assert max(len(line) for line in printed(any_decision).splitlines()) <= 80


def test_numbers_are_whole_at_80_columns_beside_long_names(make: Make) -> None:
    text = printed(make("crowded"))
    assert "student-00-…dding-head  not adequate    +11.0 points         2.0 mJ      240 µs" in text
    assert "energy per" in text
    assert "not adequate" in text


def test_names_that_would_be_shortened_alike_are_shown_whole(make: Make) -> None:
    decision = make("crowded")
    alike = ("smol-instruction1-examples-0", "smol-instruction2-examples-0")
    own = {decision.recommended, decision.reference}
    others = [c.name for c in decision.candidates if c.name not in own]
    names = dict(zip(others, alike, strict=False))
    every = [c.model_copy(update={"name": names.get(c.name, c.name)}) for c in decision.candidates]
    text = printed(decision.model_copy(update={"candidates": every}))
    assert [line.split()[0] for line in text.splitlines() if line.startswith("smol-")] == [
        "smol-instruction1-",
        "smol-instruction2-",
    ]
    assert sum(line.startswith("examples-0") for line in text.splitlines()) == 2


def test_the_state_and_the_interval_stand_in_words_and_numbers(make: Make) -> None:
    text = printed(make("win"))
    assert "recommended      n = 3,080        0.0 to +1.6     2.4 to 8.0  p95 800 µs" in text
    assert "0.8 points worse (0.0 to +1.6; margin 2.0)" in text
    assert "paid back after 250,000 requests (210,000 to 290,000)" in text


def test_escapes_in_a_name_never_reach_the_terminal(make: Make) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800-\udfff]", printed(make("hostile")))


def test_markup_in_a_name_is_not_read_as_style(make: Make) -> None:
    decision = make("win").model_copy(update={"verdict": "[red]not a style[/red]"})
    assert "[red]not a style[/red]" in printed(decision)


def test_the_panel_says_what_would_decide_more(make: Make) -> None:
    text = " ".join(printed(make("undecided")).replace("│", " ").split())
    assert "What would decide more: - tfidf-char-svm: about 4,100 more judge examples" in text


def test_an_unknown_saving_gives_its_reason(make: Make) -> None:
    text = " ".join(printed(make("unknown-money")).replace("│", " ").split())
    assert "unknown in EUR: the provider's charge is not known" in text


def test_units_print_in_a_western_windows_code_page() -> None:
    from modicum.report.terminal import plain

    assert plain("16 g CO₂e (9.1 to 31), 4 µJ, −2 …").encode("cp1252")
