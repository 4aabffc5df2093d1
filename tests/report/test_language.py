from __future__ import annotations

import re
from collections.abc import Callable
from string import Formatter

import pytest
from test_page import Reader as PageReader

from modicum.decision.document import DecisionDocument
from modicum.errors import DataError
from modicum.report.language import language, languages
from modicum.report.readers import TRANSLATED, render

Make = Callable[[str], DecisionDocument]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", languages())
def test_every_language_has_the_same_keys_and_placeholders(code: str) -> None:
    english, other = language("en").sentences, language(code).sentences
    assert set(english) == set(other)
    for key, text in english.items():
        assert placeholders(text) == placeholders(other[key]), key


@pytest.mark.parametrize("kind", ["win", "kept", "undecided", "slices", "unknown-money"])
def test_no_english_sentence_stands_on_the_german_page(make: Make, kind: str) -> None:
    page = PageReader(render(make(kind), TRANSLATED, "html", code="de")).text
    german = language("de").sentences
    for key, text in language("en").sentences.items():
        longest = max(re.split(r"\{\w+\}", text), key=len).strip()
        if not key.startswith("names.") and len(longest) > 12 and german[key] != text:
            assert longest not in page, key


def test_the_german_page_says_so_and_writes_numbers_as_germans_do(make: Make) -> None:
    page = render(make("win"), ("business",), "html", code="de")
    text = PageReader(page).text
    assert '<html lang="de">' in page
    assert "tfidf-char-svm statt minilm-logistic einsetzen" in text
    assert "an denselben 3.080 Fällen geprüft" in text
    assert "0,8 Punkte schlechter" in text
    assert "41 mal weniger 34 bis 49" in text


def test_a_language_without_a_file_is_refused() -> None:
    with pytest.raises(DataError, match="language 'xx' is not known: give one of de, en"):
        language("xx")
