from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from report_decisions import EVERY

from modicum.decision.approvals import add_approval, read_approvals
from modicum.decision.document import DecisionDocument, DoubtDocument, FigureDocument
from modicum.errors import FigureError
from modicum.figures import Figure
from modicum.report.beside import Beside, Said, Stated
from modicum.report.business import business
from modicum.report.language import language
from modicum.report.reading import Number, Reading
from modicum.report.view import View

Make = Callable[[str], DecisionDocument]
KINDS = ["win", "kept", "undecided", "failed", "unknown-money", "slices", "crowded"]
EASY = 50.0


def told(decision: DecisionDocument, stated: Stated | None = None) -> Reading:
    return business(View(decision), Beside(stated=stated or Stated()), language("en"))


def reading_ease(text: str) -> float:
    """Flesch's reading ease (Flesch, 1948), syllables counted as groups of vowels."""
    sentences = len(re.findall(r"[.!?:]+(?:\s|$)", text))
    words = re.findall(r"[A-Za-z]+", text)
    syllables = 0
    for word in words:
        groups = len(re.findall(r"[aeiouy]+", word.lower()))
        silent = word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1
        syllables += max(groups - silent, 1)
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)


def number(reading: Reading, label: str) -> Number:
    return next(n for _, n in reading.numbers if n.label.startswith(label))


def with_costs(decision: DecisionDocument, saved: float, search: float) -> DecisionDocument:
    def euros(value: float) -> FigureDocument:
        figure = Figure.of(
            value, value * 0.9, value * 1.1, "EUR", basis="reported", source="bill", boundary="all"
        )
        return FigureDocument.of(figure)

    assert decision.saving_per_month is not None
    return decision.model_copy(
        update={
            "saving_per_month": decision.saving_per_month.model_copy(update={"cost": euros(saved)}),
            "search": decision.search.model_copy(update={"cost": euros(search)}),
        }
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_for_business_are_easy_to_read(make: Make, kind: str) -> None:
    reading = told(make(kind))
    text = " ".join(text for part in reading.parts for text in part.texts)
    assert reading_ease(text) >= EASY


def test_the_measure_of_ease_knows_hard_words_from_easy_ones() -> None:
    assert reading_ease("The cat sat on the mat. It was glad.") > 100
    assert reading_ease("Organisational considerations necessitate deliberation.") < 0


def test_break_even_counts_hosting_labelling_and_upkeep(make: Make) -> None:
    decision = with_costs(make("win"), saved=100.0, search=10.0)
    without = number(told(decision), "Paid back in money")
    stated = Stated(hosting_per_month=20.0, labelling=290.0, upkeep_per_month=30.0)
    with_all = number(told(decision, stated), "Paid back in money")
    assert without.value.value == pytest.approx(0.1)
    assert with_all.value.value == pytest.approx((10 + 290) / (100 - 20 - 30))
    left = number(told(decision, stated), "Left of it")
    assert left.value.value == pytest.approx(50.0)


def test_what_eats_the_saving_is_said_to_never_pay(make: Make) -> None:
    decision = with_costs(make("win"), saved=100.0, search=10.0)
    found = number(told(decision, Stated(hosting_per_month=95.0)), "Paid back in money").value
    assert found.value is None
    assert isinstance(found, Figure)
    assert found.reason == "it is not shown that the change saves money each month"


def test_an_amount_below_nothing_is_refused(make: Make) -> None:
    with pytest.raises(FigureError, match="give an amount of 0 or more"):
        told(make("win"), Stated(upkeep_per_month=-1.0))


def test_what_nobody_stated_is_named_with_its_option(make: Make) -> None:
    text = " ".join(t for p in told(make("win"), Stated(labelling=5.0)).parts for t in p.texts)
    assert "no one gave it: hosting, upkeep. Add it with --hosting-per-month, --upkeep-per" in text


def test_a_stated_zero_is_stated(make: Make) -> None:
    reading = told(make("win"), Stated(0.0, 0.0, 0.0))
    assert "Not in these sums" not in " ".join(t for p in reading.parts for t in p.texts)
    assert number(reading, "Hosting a month").value.value == 0.0


def test_without_a_volume_money_is_of_a_million_requests(make: Make) -> None:
    decision = make("win")
    task = decision.task.model_copy(update={"requests_per_month": None})
    reading = told(decision.model_copy(update={"task": task, "saving_per_month": None}))
    best = decision.candidate("tfidf-char-svm").footprint
    assert best is not None
    assert best.cost.value is not None
    assert number(reading, "Then, with").value.value == pytest.approx(best.cost.value * 1e6)
    assert number(reading, "Paid back in money").value.value is None


def test_a_loss_that_counts_no_answers_is_not_called_a_share_of_them(make: Make) -> None:
    decision = make("win")
    assert number(told(decision), "Share of the job that").value.value == 0.078
    task = decision.task.model_copy(update={"metric": "macro_f1"})
    assert number(told(decision.model_copy(update={"task": task})), "Loss of").value.value == 0.078


def test_open_groups_are_named_in_the_risk(make: Make) -> None:
    risk = next(p for p in told(make("slices")).parts if p.key == "business-risk")
    assert "language Türkçe, language 日本語" in risk.texts[1]


def test_who_approved_stands_on_the_page(make: Make, tmp_path: Path) -> None:
    (tmp_path / "decision.json").write_text(make("win").model_dump_json())
    clock = lambda: datetime(2026, 11, 24, tzinfo=UTC)  # noqa: E731
    add_approval(tmp_path, role="business", name="A. Boateng", kind="approve", clock=clock)
    line = read_approvals(tmp_path)[0]
    beside = Beside(approvals=(Said(line, stale=False),))
    view = View(make("win"))
    grid = business(view, beside, language("en")).parts[-1].grid
    assert grid is not None
    assert grid.rows == (("2026-11-24", "Business", "A. Boateng", "yes", ""),)
    changed = replace(beside, approvals=(Said(line, stale=True),))
    grid = business(view, changed, language("en")).parts[-1].grid
    assert grid is not None
    assert "on a decision that has since changed" in grid.rows[0][3]


def test_groups_stand_side_by_side_the_worst_first_with_who_signed() -> None:
    signed = Beside(accepted={"language=日本語": "A. Boateng, 2026-11-24"})
    reading = business(View(EVERY["slices"]()), signed, language("en"))
    (part,) = [p for p in reading.parts if p.key == "business-slices"]
    assert [n.label for n in part.numbers] == [
        "language 日本語, 60 cases: worse (signed for by A. Boateng, 2026-11-24)",
        "language Türkçe, 190 cases: not yet shown",
        "language Deutsch, 620 cases: safe",
        "language English, 2,210 cases: safe",
    ]
    (ask,) = [p for p in reading.parts if p.key == "business-ask"]
    assert ask.texts[-1].endswith("for: language=Türkçe.")


def test_a_candidate_good_on_average_is_not_sold_for_the_average() -> None:
    decision = EVERY["slices"]()
    rows = [r.model_copy(update={"adequate": None}) if r.slices else r for r in decision.candidates]
    kept = decision.model_copy(update={"candidates": rows, "recommended": decision.reference})
    reading = business(View(kept), Beside(), language("en"))
    (part,) = [p for p in reading.parts if p.key == "business-slices"]
    assert "no group pays for the mean of all" in part.texts[0]
    assert len(part.numbers) == 4


def test_a_task_without_groups_has_no_such_part() -> None:
    assert not [p for p in told(EVERY["win"]()).parts if p.key == "business-slices"]


@pytest.mark.parametrize("kind", ["win", "kept"])
def test_a_reference_that_is_hardly_ever_right_is_a_risk(make: Make, kind: str) -> None:
    decision = make(kind)
    doubted = decision.model_copy(update={"doubt": DoubtDocument(examples=200, loss=1.0)})
    said = [
        next(part for part in told(one).parts if part.key == "business-risk").texts
        for one in (decision, doubted)
    ]
    assert said[1][1:] == said[0]
    assert said[1][0].startswith(f"{decision.reference} itself is hardly ever right in our tests")
