"""What finders say is said in the reader's language: every sentence, name, number and doubt."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

import pytest

from modicum import opportunities
from modicum.ledger import Ledger
from modicum.ledger.traffic import TrafficStore
from modicum.opportunities import blind, find_opportunities, see, tell_all
from modicum.opportunities.sentence import Share, sentence, written
from modicum.report.language import language, languages

Asked = Callable[..., None]


def sentences() -> Iterator[tuple[str, set[str]]]:
    """The key and the placeholders of every sentence that a finder makes."""
    for path in Path(opportunities.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sentence":
                (first,) = node.args
                names = {word.arg for word in node.keywords if word.arg}
                if isinstance(first, ast.Constant):
                    yield str(first.value), names
                else:  # unaudited chooses between two with the same placeholders
                    yield from (("watched", names), ("unwatched", names))


@pytest.mark.parametrize("code", languages())
def test_a_language_has_every_sentence_with_its_placeholders(code: str) -> None:
    say, found = language(code), list(sentences())
    assert len(found) > 30
    for key, names in found:
        text = say.sentences[f"opportunities.{key}"]
        assert {name for _, name, _, _ in Formatter().parse(text) if name} == names, key


def test_numbers_are_written_as_the_language_does_and_names_are_left_alone() -> None:
    german = language("de")
    assert written(12_500, german) == "12.500"
    assert written(1234.6, german) == "1.235"
    assert written(Share(0.1234, 1), german) == "12,3%"
    assert written("gpt-4.1", german) == "gpt-4.1"
    told = sentence("long", count=1500, times=4, usual=120.0, share=Share(0.4)).said(german)
    assert told.startswith("1.500 Anfragen bringen mindestens 4-mal so viel wie die üblichen 120")


def test_what_was_found_is_the_same_in_every_language_but_for_its_words(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    asked(800)
    asked(100, tokens_in=2000, attempts=2)
    asked(100, status=499)
    asked(300, task="")
    asked(200, route="tfidf", constants="small")
    found = find_opportunities(see(book))
    english, german = (tell_all(found, language(code)) for code in ("en", "de"))
    assert {one.finder for one in english} == {"big-model", "context", "retries", "unaudited"}
    words = [text for key, text in language("en").sentences.items() if "opportunities." in key]
    parts = [max(re.split(r"\{\w+\}", text), key=len).strip() for text in words]
    long = [part for part in parts if len(part) > 15]
    for one, other in zip(english, german, strict=True):
        assert [f.value for f in one.saving.figures] == [f.value for f in other.saving.figures]
        said = [other.subject, other.todo, other.effort, other.step, *other.assumptions]
        said += [f"{f.source} {f.reason}" for f in other.saving.figures]
        assert not [part for part in long if any(part in text for text in said)]
        assert one.todo != other.todo
    assert blind(found, language("de")) != blind(found, language("en"))


def test_a_doubt_stands_in_the_source_and_an_unknown_says_why(
    book: Ledger, store: TrafficStore, asked: Asked
) -> None:
    asked(900)
    asked(100, attempts=3)
    by_finder = {one.finder: one for one in tell_all(find_opportunities(see(book)), language("en"))}
    source = by_finder["retries"].saving.energy_j.source
    assert source.startswith("model 2025")
    assert source.endswith("as much as an answer: between nothing and all of it")
    assert str(by_finder["big-model"].saving.cost.reason).startswith("no decision says")
