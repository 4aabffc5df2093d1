from __future__ import annotations

from pathlib import Path

import pytest

from modicum.candidates.arithmetic import consistent, explained, run
from modicum.candidates.exact_cache import ExactCacheRecipe
from modicum.candidates.listed_options import lists_options, options_of
from modicum.candidates.nearest import WordsCacheRecipe
from modicum.candidates.out_of_scope import OutOfScope
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.registry import find_recipe
from modicum.candidates.worth import Worth
from modicum.checks.examples import examples_for
from modicum.errors import CandidateError
from modicum.tasks.answers import write_parts
from modicum.tasks.spec import TaskSection

SECTION = TaskSection(name="g", kind="generate", data="d", input="q", reference="a")
FIT = Examples(
    ("When do you open?", "Where are you?", "Do you ship?"),
    ("At nine", "In Oslo", "Yes"),
    (),
    section=SECTION,
)


def test_an_exact_cache_answers_what_it_knows_and_says_what_is_new() -> None:
    cache = ExactCacheRecipe().fit(FIT, FIT, name="c", seed=0, options={})
    found = cache.answer(["  when do YOU open?", "Who are you?"])
    assert found.values == ("At nine", None)
    assert found.errors == (None, "this input was not seen before")
    assert found.confidence == (0.8, None)


def test_a_cache_by_words_answers_with_the_nearest_known_question() -> None:
    cache = WordsCacheRecipe().fit(FIT, FIT, name="c", seed=0, options={})
    found = cache.answer(["where are you, please", "do you ship abroad?"])
    assert found.values == ("In Oslo", "Yes")
    (sure,) = cache.answer(["When do you open?"]).confidence or ()
    assert sure == pytest.approx(1.0, abs=1e-5)


def test_confidence_is_what_answers_at_a_score_were_worth() -> None:
    scores = [i / 100 for i in range(100)]
    losses = [1.0] * 60 + [0.0] * 40
    worth = Worth.fit(scores, losses)
    assert worth.of([0.1, 0.9]) == [0.0, 1.0]
    assert Worth.from_document(worth.document()) == worth


def test_programs_that_explain_answers_are_found_and_run() -> None:
    assert ("0", "1", "+") in explained([2.0, 3.0], 5.0)
    assert run(("0", "1", "/"), [1.0, 0.0]) is None
    assert run(("4",), [1.0]) is None
    told = [{("0", "1", "+"), ("1",)}, {("0", "1", "+")}] * 2 + [{("0", "1", "-")}]
    assert consistent(told) == [("0", "1", "+")] * 4 + [()]


def test_sums_in_words_are_solved() -> None:
    fit, tune = examples_for("numeric")
    solver = find_recipe("arithmetic").fit(fit, tune, name="a", seed=0, options={})
    told = ["Ann has twenty pens and gets five more. How many in all?", "No numbers here."]
    found = solver.answer(told)
    assert found.values == ("25", None)
    assert found.errors is not None
    assert found.errors[1] is not None


def test_the_sentence_that_answers_is_picked_from_a_new_passage() -> None:
    fit, tune = examples_for("grounded")
    found = find_recipe("span").fit(fit, tune, name="s", seed=0, options={})
    passage = "It rained 4 days. Nobody was surprised. The note said leave at once."
    text = write_parts(["text", "passage"], ["What did the note say?", passage])
    assert found.answer([text, "no context"]).values == ("The note said leave at once.", None)


class Sure:
    """Says "in" with the confidence written in the input."""

    name, process_ids, remote = "sure", (), False

    def answer(self, batch: object) -> Answers:
        texts = [str(text) for text in batch]  # type: ignore[attr-defined]
        return Answers(("in",) * len(texts), tuple(float(text) for text in texts))

    def save(self, folder: object) -> None: ...

    def close(self) -> None: ...


def test_the_threshold_for_out_of_scope_is_the_one_that_loses_least_on_tune() -> None:
    inputs = ("0.1", "0.2", "0.3", "0.6", "0.8", "0.9")
    tune = Examples(inputs, ("out", "out", "in", "in", "in", "in"), ("in", "out"))
    found = OutOfScope.fit(Sure(), tune, "out")
    assert found is not None
    assert found.threshold == pytest.approx(0.25)
    assert found.answer(["0.2", "0.3"]).values == ("out", "in")
    assert (found.answer(["0.2"]).confidence or (0,))[0] == pytest.approx(0.8)


def test_nothing_is_out_of_scope_where_that_would_only_cost() -> None:
    tune = Examples(("0.1", "0.9"), ("in", "in"), ("in", "out"))
    found = OutOfScope.fit(Sure(), tune, "out")
    assert found is not None
    assert found.answer(["0.0"]).values == ("in",)


LISTED = TaskSection(
    name="c", kind="generate", data="d", input="q", context=["options"], reference="a"
)


def _listed(count: int, layout: str) -> Examples:
    """Questions whose answer is the only option that is about them, at any place of four."""
    known = {
        "What barks at strangers?": "a dog",
        "What do you drink in the morning?": "hot coffee",
        "Where do you borrow books?": "the library",
        "What shines at night?": "the moon",
    }
    inputs, answers = [], []
    for n in range(count):
        question, right = list(known.items())[n % 4]
        others = [text for text in known.values() if text != right][: 1 + n % 3]
        options = [*others[: n % 2], right, *others[n % 2 :]]
        marked = [layout.format(mark, text) for mark, text in zip("ABCD", options, strict=False)]
        inputs.append(write_parts(["q", "options"], [question, "\n".join(marked)]))
        answers.append(right)
    return Examples(tuple(inputs), tuple(answers), (), section=LISTED)


@pytest.mark.assets
@pytest.mark.parametrize("layout", ["{0}. {1}", "{1}", "({0}) {1}"])
def test_a_choice_is_one_of_the_options_listed(layout: str, tmp_path: Path) -> None:
    recipe = find_recipe("choice")
    fit, tune = _listed(24, layout), _listed(21, layout)
    choice = recipe.fit(fit, tune, name="c", seed=0, options={})
    found = choice.answer(tune.inputs)
    assert sum(tune.losses(found.values)) <= 2
    (none,) = choice.answer(["no options here"]).errors or ()
    assert none == "the input lists no options to choose from"
    choice.save(tmp_path)
    assert recipe.load(tmp_path, name="c").answer(tune.inputs).values == found.values


def test_a_choice_needs_a_column_that_lists_the_answers() -> None:
    fit = _listed(8, "{0}. {1}")
    other = Examples(fit.inputs, ("something else",) * 8, (), section=LISTED)
    with pytest.raises(CandidateError, match="0% of examples"):
        find_recipe("choice").fit(other, other.none(), name="c", seed=0, options={})
    assert lists_options(fit)
    assert not lists_options(other)


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("A. x\nB. y", ["x", "y"]),
        ('["x", "y"]', ["x", "y"]),
        ("x | y", ["x", "y"]),
        ("1) x\n\n2) y\n", ["x", "y"]),
        ("only one", []),
        ("", []),
        ("[broken", []),
        ("3.5\n4.5", ["3.5", "4.5"]),
    ],
)
def test_options_are_read_as_people_list_them(cell: str, texts: list[str]) -> None:
    assert [option.text for option in options_of(cell)] == texts
