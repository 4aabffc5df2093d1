from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from modicum.decision.document import DecisionDocument
from modicum.report.explain import Explained
from modicum.report.language import language, languages
from modicum.report.markup import Html, el
from modicum.report.readers import TRANSLATED, render
from modicum.report.reading import READERS

Make = Callable[[str], DecisionDocument]


def explained(html: str, code: str = "en") -> str:
    return Explained(language(code)).page(Html(html))


def test_the_first_time_a_term_stands_it_opens_its_sentence_and_no_more() -> None:
    page = explained("<p>Less energy, by the margin.</p><p>Energy and margin again.</p>")
    assert page.count("<button") == 2
    assert 'popovertarget="term-energy">energy</button>, by the' in page
    assert "<p>Energy and margin again.</p>" in page


def test_headings_tables_code_and_names_are_left_alone() -> None:
    page = "<h2>Energy</h2><td><span>energy</span></td><code>energy</code>"
    page += el("span", "energy", class_="who")
    assert explained(page) == page


def test_a_longer_term_wins_over_one_within_it_and_parts_of_words_are_none() -> None:
    assert 'term-embodied-carbon">Embodied carbon</button>' in explained("<p>Embodied carbon</p>")
    assert explained("<p>marginal, low-energy</p>") == "<p>marginal, low-energy</p>"


def test_markup_in_what_people_named_stays_text() -> None:
    page = explained(el("p", 'the <img src="energy"> margin'))
    assert "<img" not in page
    assert 'src=&quot;<button class="term"' in page


@pytest.mark.parametrize("code", languages())
def test_every_term_has_a_sentence_and_a_heading_of_its_own(code: str) -> None:
    say = language(code)
    assert set(say.names) == set(say.terms)
    assert len(say.glossary) == len(say.terms)
    assert all(sentence.endswith(".") for sentence in say.glossary.values())


@pytest.mark.parametrize(
    ("readers", "code", "words"),
    [
        (
            READERS,
            "en",
            {"energy", "location-based", "scope-2", "boundary", "hosting", "break-even"},
        ),
        (
            TRANSLATED,
            "de",
            {"energy", "location-based", "scope-2", "boundary", "hosting", "margin"},
        ),
    ],
)
def test_the_words_of_each_reader_lead_to_their_sentences(
    make: Make, readers: tuple[str, ...], code: str, words: set[str]
) -> None:
    page = render(make("win"), readers, "html", code=code)
    asked = set(re.findall(r'popovertarget="term-([\w-]+)"', page.partition('id="notes"')[0]))
    assert words <= asked
    for name in asked:
        assert f'id="term-{name}"' in page
