"""Conformance of recipes: what every one of them must keep, built in or added by others.

A plug-in's test is one line: `check_recipe(MyRecipe())`.  Each check raises `AssertionError` with a
sentence that says what was broken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from modicum.candidates.protocol import Answers, Candidate, Examples, Recipe
from modicum.checks.examples import examples_for
from modicum.errors import ArtefactError, CandidateError

if TYPE_CHECKING:
    import numpy as np

_JUNK = (
    "",
    " \t\n",
    "\x00\x01\x02",
    "\ud800 lone surrogate",
    "ﷺ🏳️‍🌈e\u0301" * 50,
    "0" * 300_000,
    "word " * 60_000,
    "?!" * 1_000,
)


def check_recipe(
    recipe: Recipe,
    options: Mapping[str, object] | None = None,
    *,
    tolerance: float = 1e-4,
    form: str = "classify",
) -> None:
    """Run every check on a candidate fitted on a dozen sentences.

    form: the task's, `classify`, `multi-label`, `extract`, `generate`, `grounded`,
        `listed` (options to choose from) or `numeric`.
    options: handed to `fit`.  tolerance: how far a confidence may differ between a batch and a
    single input (arithmetic in another order).  Raises AssertionError at the first broken promise.
    """
    given = dict(options or {})
    fitted, tune = examples_for(form)
    texts = fitted.inputs

    def fit() -> Candidate:
        return recipe.fit(fitted, tune, name="checked", seed=7, options=dict(given))

    check_options(recipe, given, fitted, tune)
    candidate = fit()
    try:
        check_surface(candidate)
        check_answers(candidate, texts)
        check_order(candidate, tune.inputs, tolerance)
        check_junk(candidate)
        check_repeat(candidate, fit, texts)
        check_artefact(recipe, candidate, texts)
    finally:
        candidate.close()
        candidate.close()  # promised to be harmless


def check_surface(candidate: Candidate) -> None:
    """The name it was given, process ids, and whether it is remote."""
    _that(isinstance(candidate, Candidate), "it does not keep the Candidate protocol")
    _that(candidate.name == "checked", f"its name is {candidate.name!r}, 'checked' was given")
    _that(all(isinstance(p, int) for p in candidate.process_ids), "a process id is no integer")
    _that(isinstance(candidate.remote, bool), "`remote` is not a bool")


def check_options(
    recipe: Recipe, options: Mapping[str, object], fit: Examples, tune: Examples
) -> None:
    """An unknown option is refused by name."""
    try:
        recipe.fit(fit, tune, name="checked", seed=7, options={**options, "no_such_key": 1})
    except CandidateError as error:
        _that("no_such_key" in str(error), "the refusal of an unknown option does not name it")
        return
    raise AssertionError("an unknown option was accepted")


def check_answers(candidate: Candidate, texts: Sequence[str]) -> None:
    """Shapes, ranges, and agreement of value, confidence and probabilities."""
    check_shape(candidate.answer(texts), len(texts))
    check_shape(candidate.answer(()), 0)


def check_shape(answers: Answers, count: int) -> None:
    """One of everything for each input; confidences in [0, 1]; rows of probabilities sum to 1."""
    _that(len(answers.values) == count, f"{len(answers.values)} values for {count} inputs")
    for part in (answers.confidence, answers.usage, answers.errors, answers.correct):
        _that(part is None or len(part) == count, f"{len(part or ())} of a part, {count} inputs")
    for sure in answers.confidence or ():
        _that(sure is None or 0 <= sure <= 1, f"a confidence is {sure}")
    for i, value in enumerate(answers.values):
        _that(value is None or isinstance(value, str), f"a value is {value!r}")
        _that(value is not None or bool(answers.errors and answers.errors[i]), "None, yet no error")
    if answers.probabilities is not None:
        _check_probabilities(answers, answers.probabilities)


def _check_probabilities(answers: Answers, probabilities: np.ndarray) -> None:
    classes = answers.classes
    _that(classes is not None, "probabilities without classes")
    shape = (len(answers.values), len(classes or ()))
    _that(probabilities.shape == shape, f"probabilities {probabilities.shape}, wanted {shape}")
    _that(bool((abs(probabilities.sum(axis=1) - 1) < 1e-4).all()), "a row does not sum to 1")
    for value, row in zip(answers.values, probabilities, strict=True):
        likeliest = (classes or ())[int(row.argmax())]
        _that(value in (None, likeliest), f"answer {value!r}, likeliest class {likeliest!r}")


def check_order(candidate: Candidate, texts: Sequence[str], tolerance: float) -> None:
    """Answers come by position, and one input alone is answered as in a batch."""
    inputs = (*texts, *_JUNK[:4])
    batch, back = candidate.answer(inputs), candidate.answer(inputs[::-1])
    _close(batch, Answers(back.values[::-1], (back.confidence or ())[::-1] or None), tolerance)
    singles = [candidate.answer((text,)) for text in inputs]
    sure = tuple(one.confidence[0] for one in singles if one.confidence)
    _close(batch, Answers(tuple(one.values[0] for one in singles), sure or None), tolerance)


def check_junk(candidate: Candidate) -> None:
    """Empty, huge, binary and ill-formed texts are answered or marked, never raised for."""
    check_shape(candidate.answer(_JUNK), len(_JUNK))
    for text in _JUNK:
        check_shape(candidate.answer((text,)), 1)


def check_repeat(candidate: Candidate, fit: Callable[[], Candidate], texts: Sequence[str]) -> None:
    """The same examples and seed give the same candidate."""
    again = fit()
    try:
        _close(candidate.answer(texts), again.answer(texts), 0.0)
    finally:
        again.close()


def check_artefact(recipe: Recipe, candidate: Candidate, texts: Sequence[str]) -> None:
    """What was saved answers exactly the same once loaded; anything else is refused."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        candidate.save(folder)
        loaded = recipe.load(folder, name="loaded")
        try:
            _that(loaded.name == "loaded", "`load` did not take the name it was given")
            _close(candidate.answer(texts), loaded.answer(texts), 0.0)
        finally:
            loaded.close()
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            _check_tampering(recipe, folder, path)
        for path in folder.rglob("candidate.json"):
            _check_newer(recipe, folder, path)
    with TemporaryDirectory() as empty:
        _refused(recipe, Path(empty), "an empty folder")


def _check_tampering(recipe: Recipe, folder: Path, path: Path) -> None:
    content = path.read_bytes()
    for changed, what in (
        (content[:-1], "cut short"),
        (content[: len(content) // 2] + b"\xff" + content[len(content) // 2 + 1 :], "changed"),
        (b"{}", "replaced"),
    ):
        path.write_bytes(changed)
        _refused(recipe, folder, f"{path.name} {what}")
    path.write_bytes(content)


def _check_newer(recipe: Recipe, folder: Path, path: Path) -> None:
    content = path.read_bytes()
    path.write_text(json.dumps({**json.loads(content), "format": 999}), "utf-8")
    _refused(recipe, folder, "a newer format")
    path.write_bytes(content)


def _refused(recipe: Recipe, folder: Path, what: str) -> None:
    try:
        recipe.load(folder, name="loaded").close()
    except ArtefactError:
        return
    raise AssertionError(f"{what} was loaded")


def _close(first: Answers, second: Answers, tolerance: float) -> None:
    _that(first.values == second.values, f"{first.values} here, {second.values} there")
    pairs = zip(first.confidence or (), second.confidence or (), strict=True)
    for one, other in pairs:
        same = one == other or (
            one is not None and other is not None and abs(one - other) <= tolerance
        )
        _that(same, f"confidence {one} here, {other} there")


def _that(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
