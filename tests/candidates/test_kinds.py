"""Recipes that serve several forms of task keep the protocol for each."""

from __future__ import annotations

import pytest

from modicum.candidates.registry import find_recipe
from modicum.checks.candidate import check_recipe

FORMS = [
    ("majority", "extract"),
    ("majority", "generate"),
    ("majority", "multi-label"),
    ("cache-words", "generate"),
]


@pytest.mark.parametrize(("recipe", "form"), FORMS, ids=[" ".join(pair) for pair in FORMS])
def test_a_recipe_keeps_the_protocol_for_its_form(recipe: str, form: str) -> None:
    check_recipe(find_recipe(recipe), form=form)
