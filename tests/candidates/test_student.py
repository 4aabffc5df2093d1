from pathlib import Path

import pytest

from modicum.candidates.protocol import Examples
from modicum.candidates.registry import find_recipe, load_candidate
from modicum.candidates.student import Student
from modicum.errors import ArtefactError, CandidateError

CLASSES = ("cat", "dog")
FIT = Examples(
    ("meow purr", "purr", "meow", "woof", "bark woof", "bark"), ("cat",) * 3 + ("dog",) * 3, CLASSES
)
TUNE = Examples(("purr hiss", "woof growl"), CLASSES, CLASSES)


def fit(recipe: str = "tfidf-logistic", **options: object) -> Student:
    made = find_recipe(recipe).fit(FIT, TUNE, name="s", seed=1, options=options)
    assert isinstance(made, Student)
    return made


@pytest.mark.parametrize("recipe", ["naive-bayes", "tfidf-logistic", "tfidf-svm"])
def test_a_student_learns_its_examples(recipe: str) -> None:
    assert fit(recipe).answer(FIT.inputs).values == FIT.references


def test_tune_teaches_words_only_where_refit_is_asked_for() -> None:
    assert fit().encoder.width == 5
    assert fit(refit=True).encoder.width == 7


def test_no_inputs_give_no_answers() -> None:
    answers = fit().answer(())
    assert (answers.values, answers.confidence) == ((), ())
    assert answers.probabilities is not None
    assert answers.probabilities.shape == (0, 2)


def test_one_class_is_refused() -> None:
    one = Examples(("a", "b"), ("cat", "cat"), CLASSES)
    with pytest.raises(CandidateError, match="at least two classes"):
        find_recipe("tfidf-logistic").fit(one, TUNE, name="s", seed=1, options={})


def test_an_artefact_of_another_recipe_with_its_name_forged_is_refused(tmp_path: Path) -> None:
    from modicum.candidates.artefact import Parts, write_parts

    write_parts(tmp_path, "tfidf-logistic", Parts({"head": {"classes": ["a"]}}))
    with pytest.raises(ArtefactError, match="lacks a part"):
        load_candidate(tmp_path, name="s")
