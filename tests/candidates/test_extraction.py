"""Candidates that find fields, on real addresses where they are there, else on a few lines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from modicum.candidates.numbers_in_words import masked, numbers_of
from modicum.candidates.patterns import PatternsRecipe
from modicum.candidates.protocol import Examples
from modicum.candidates.registry import find_recipe
from modicum.candidates.rule_folder import FILE
from modicum.candidates.rules import RulesRecipe
from modicum.candidates.tokens import align
from modicum.errors import ArtefactError, CandidateError
from modicum.tasks.answers import write_fields
from modicum.tasks.spec import TaskSection

FIELDS = ["street", "city", "state", "postcode"]
SECTION = TaskSection(name="a", kind="extract", data="d", input="t", fields=FIELDS)
CITIES = (("Reno", "NV"), ("Oak Park", "IL"), ("Salem", "OR"), ("New Bern", "NC"), ("Ames", "IA"))
NAMES = ("Main St", "Oak Ave", "W. Lake Rd", "5th Street", "Martin Luther King Dr", "Elm Ct")


def addresses(first: int, count: int) -> Examples:
    """Addresses in four usual layouts."""
    texts, references = [], []
    for n in range(first, first + count):
        street, (city, state) = f"{n * 37 + 5} {NAMES[n % 6]}", CITIES[n % 5]
        code = f"{10000 + n * 613 % 80000}"
        layout = ("{0}, {1}, {2} {3}", "{0} {1} {2} {3}", "{0}, {1}, {2}", "{0}, {1} {2} {3}")[
            n % 4
        ]
        texts.append(layout.format(street, city, state, code))
        found = {"street": street, "city": city, "state": state}
        references.append(
            write_fields(FIELDS, found if n % 4 == 2 else {**found, "postcode": code})
        )
    return Examples(tuple(texts), tuple(references), (), section=SECTION)


@pytest.mark.parametrize(("recipe", "most"), [("tagger", 0.05), ("patterns", 0.45)])
def test_fields_of_new_addresses_are_found(recipe: str, most: float) -> None:
    fit, tune, judge = addresses(0, 160), addresses(160, 60), addresses(300, 60)
    candidate = find_recipe(recipe).fit(fit, tune, name="a", seed=0, options={})
    losses = judge.losses(candidate.answer(judge.inputs).values)
    assert sum(losses) / len(losses) <= most


def test_a_value_is_found_again_whatever_stands_around_it() -> None:
    tokens, places = align("5 Oak St., Reno", {"street": "5 oak st", "city": "Reno"})
    assert [t.text for t in tokens] == ["5", "Oak", "St", ".", ",", "Reno"]
    assert places == {"street": range(0, 3), "city": range(5, 6)}


def test_a_tagger_says_when_no_value_is_quoted_from_its_text() -> None:
    answers = tuple(write_fields(FIELDS, {"city": city}) for city in ("xyz", "uvw", "rst"))
    fit = Examples(("abc",) * 3, answers, (), section=SECTION)
    with pytest.raises(CandidateError, match="quoted from it"):
        find_recipe("tagger").fit(fit, fit.none(), name="a", seed=0, options={})


def test_patterns_are_a_file_that_can_be_edited_and_used(tmp_path: Path) -> None:
    fit, tune = addresses(0, 120), addresses(160, 40)
    recipe = PatternsRecipe()
    candidate = recipe.fit(fit, tune, name="a", seed=0, options={})
    folder = tmp_path / "saved"
    folder.mkdir()
    candidate.save(folder)
    text = (folder / FILE).read_text()
    assert "[[rules]]" in text
    assert 'answer = "state"' in text
    mine = tmp_path / "mine.toml"
    mine.write_text("[[rules]]\nanswer = \"postcode\"\npattern = '(\\d{5})$'\nsure = 0.9\n")
    edited = recipe.fit(fit, tune, name="a", seed=0, options={"file": str(mine)})
    (value,) = edited.answer(["1 Oak, Reno NV 89501"]).values
    assert json.loads(value or "")["postcode"] == "89501"
    (folder / FILE).write_text(text.replace("[[rules]]", "[[rules]] ", 1))
    with pytest.raises(ArtefactError, match="not the file that was saved"):
        recipe.load(folder, name="a")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rules]]\nanswer='HUM'\npattern='('\n", "rule 1: '\\(' is no regular expression"),
        ("[[rules]]\nanswer='CAT'\npattern='x'\n", "answers '.*', which is no class"),
        ("rules = 3\n", "must be"),
        ("[[rules]]\nanswer='HUM'\npattern='x'\nsrue=1\n", "unknown key 'srue'"),
    ],
)
def test_rules_that_cannot_be_used_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    fit = Examples(("who", "where"), ("HUM", "LOC"), ("HUM", "LOC"))
    with pytest.raises(CandidateError, match=said):
        RulesRecipe().fit(fit, fit, name="r", seed=0, options={"file": str(path)})


@pytest.mark.assets
def test_rules_of_real_questions_are_phrases_people_would_write(
    trec: list[tuple[str, str]],
) -> None:
    rows = [row for row in trec if row[1] != "ABBR"][:1200]
    classes = tuple(sorted({label for _, label in rows}))

    def examples(part: list[tuple[str, str]]) -> Examples:
        return Examples(tuple(t for t, _ in part), tuple(c for _, c in part), classes)

    fit, tune, judge = examples(rows[:700]), examples(rows[700:900]), examples(rows[900:])
    rules = RulesRecipe().fit(fit, tune, name="r", seed=0, options={})
    patterns = {rule.pattern: rule.answer for rule in rules.rules.rules}
    assert patterns[r"\bhow\b\s*\bmany\b"] == "NUM"
    assert any("who" in p and answer == "HUM" for p, answer in patterns.items())
    assert all(re.compile(pattern) for pattern in patterns)
    losses = judge.losses(rules.answer(judge.inputs).values)
    assert sum(losses) / len(losses) < 0.4


def test_number_words_are_numbers() -> None:
    assert numbers_of("One hundred and five, twenty-one, two and three") == [105, 21, 2, 3]
    assert masked("five of 12") == "0 of 0"
