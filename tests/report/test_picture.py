from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from modicum.decision.document import DecisionDocument
from modicum.report.markup import Html
from modicum.report.picture import NARROW, WIDE, Frame, picture, points
from modicum.report.view import View

Make = Callable[[str], DecisionDocument]


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_every_drawn_candidate_has_a_mark_and_a_label(
    any_decision: DecisionDocument, frame: Frame
) -> None:
    view = View(any_decision)
    svg = picture(view, frame)
    count = len(points(view))
    assert len(re.findall(r'class="mark ', svg)) == count
    assert len(re.findall(r'class="name ', svg)) == count


def test_better_is_higher_and_less_energy_is_further_left(make: Make) -> None:
    svg = picture(View(make("win")), WIDE)
    disc = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="9">', svg)
    diamond = re.search(r'class="mark reference"><path d="M([\d.]+) ([\d.]+)l', svg)
    assert disc is not None
    assert diamond is not None
    assert float(disc[1]) < float(diamond[1])
    assert float(disc[2]) > float(diamond[2]) + 8  # the tip of the diamond is 8 above its middle


def test_what_lies_below_the_picture_is_named_with_its_value(make: Make) -> None:
    assert "majority 1.8%" in picture(View(make("win")), WIDE)


def test_the_picture_tells_its_content_in_words(make: Make) -> None:
    svg = picture(View(make("win")), WIDE)
    assert "<title" in svg
    assert "tfidf-char-svm: 92.2% at 4.2 mJ, recommended" in svg


def test_without_energies_there_is_no_picture(make: Make) -> None:
    decision = make("win")
    rows = [row.model_copy(update={"footprint": None}) for row in decision.candidates]
    bare = decision.model_copy(update={"candidates": rows})
    assert picture(View(bare), WIDE) == Html("")
