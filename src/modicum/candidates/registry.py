"""Every recipe by name: the built-in ones, and those that other packages add.

A package adds one with an entry point of the group `modicum.recipes` whose object is a class
(called without arguments) or an instance that keeps the `Recipe` protocol.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from modicum.candidates.artefact import read_recipe_name
from modicum.candidates.protocol import Candidate, Recipe
from modicum.errors import ArtefactError, CandidateError, MissingExtraError, PluginError

GROUP = "modicum.recipes"
BUILT_IN = {
    "majority": "modicum.candidates.majority:MajorityRecipe",
    "tfidf-logistic": "modicum.candidates.tfidf_logistic:TfIdfLogisticRecipe",
    "tfidf-svm": "modicum.candidates.tfidf_svm:TfIdfSvmRecipe",
    "word-vectors": "modicum.candidates.word_vectors:WordVectorsRecipe",
    "naive-bayes": "modicum.candidates.naive_bayes:NaiveBayesRecipe",
    "minilm-tfidf": "modicum.candidates.minilm_tfidf:MiniLmTfIdfRecipe",
    "finetuned": "modicum.candidates.finetuned:FineTunedRecipe",
    "setfit": "modicum.candidates.setfit:SetFitRecipe",
    "static": "modicum.candidates.static:StaticRecipe",
    "model2vec": "modicum.candidates.static_model:Model2VecRecipe",
    "minilm-logistic": "modicum.candidates.minilm_logistic:MiniLmLogisticRecipe",
    "cache-exact": "modicum.candidates.exact_cache:ExactCacheRecipe",
    "cache-words": "modicum.candidates.nearest:WordsCacheRecipe",
    "cache-minilm": "modicum.candidates.nearest:MiniLmCacheRecipe",
    "arithmetic": "modicum.candidates.arithmetic:ArithmeticRecipe",
    "choice": "modicum.candidates.choice:ChoiceRecipe",
    "span": "modicum.candidates.span:SpanRecipe",
    "rules": "modicum.candidates.rules:RulesRecipe",
    "patterns": "modicum.candidates.patterns:PatternsRecipe",
    "tfidf-labels": "modicum.candidates.multi_label:TfIdfLabelsRecipe",
    "minilm-labels": "modicum.candidates.multi_label:MiniLmLabelsRecipe",
    "out-of-scope": "modicum.candidates.out_of_scope:OutOfScopeRecipe",
    "gazetteer": "modicum.candidates.gazetteer:GazetteerRecipe",
    "tagger": "modicum.candidates.tagger:TaggerRecipe",
    "llm": "modicum.candidates.llm:LLMRecipe",
    "recorded": "modicum.candidates.recorded:RecordedRecipe",
    "router": "modicum.candidates.router:RouterRecipe",
    "cascade": "modicum.candidates.cascade:CascadeRecipe",
}
_LADDERS: dict[str, tuple[str, ...]] = {
    "classify": (
        "majority",
        "naive-bayes",
        "tfidf-logistic",
        "word-vectors",
        "tfidf-svm",
        "minilm-logistic",
        "minilm-tfidf",
    ),
    "multi-label": ("majority", "tfidf-labels", "minilm-labels"),
    "extract": ("majority", "gazetteer", "patterns", "tagger"),
    "generate": ("majority", "cache-exact", "cache-words", "cache-minilm"),
    "grounded": ("majority", "cache-exact", "cache-words", "span", "cache-minilm"),
    "numeric": ("majority", "cache-exact", "cache-words", "arithmetic", "cache-minilm"),
}


def recipe_names() -> tuple[str, ...]:
    """The names of all recipes, in alphabetical order; raises PluginError for a clash."""
    return tuple(sorted(_find()))


def find_recipe(name: str) -> Recipe:
    """The recipe called `name`.

    Raises CandidateError, with the nearest known name, where there is none, and PluginError where
    two packages claim a name or one of them does not load.
    """
    found = _find()
    if name not in found:
        near = get_close_matches(name, found, n=1, cutoff=0.0)[0]
        known = ", ".join(sorted(found))
        raise CandidateError(f"no recipe {name!r}: did you mean {near!r}? (known: {known})")
    return _load(name, found[name])


def load_candidate(folder: Path, *, name: str) -> Candidate:
    """Load a saved candidate by the recipe its folder names; raises ArtefactError."""
    recipe = read_recipe_name(folder)
    if recipe not in _find():
        raise ArtefactError(
            f"{folder} was saved by recipe {recipe!r}, unknown here: install what provides it"
        )
    return find_recipe(recipe).load(folder, name=name)


def default_ladder(form: str) -> tuple[str, ...]:
    """Recipe names for a form of task, small to large; empty where only named candidates do.

    >>> default_ladder("classify")[0]
    'majority'
    """
    return _LADDERS.get(form, ())


def _find() -> dict[str, EntryPoint]:
    found = {name: EntryPoint(name, target, GROUP) for name, target in BUILT_IN.items()}
    for point in entry_points(group=GROUP):
        if point.name in found:
            raise PluginError(
                f"recipe {point.name!r} is registered twice ({found[point.name].value} and "
                f"{point.value}): uninstall one of the packages"
            )
        found[point.name] = point
    return found


def _load(name: str, point: EntryPoint) -> Recipe:
    module, _, attribute = point.value.partition(":")
    try:
        made = getattr(import_module(module), attribute)
        return cast("Recipe", made() if isinstance(made, type) else made)
    except ModuleNotFoundError as error:
        if name in BUILT_IN:
            extra = "llm" if name == "llm" else "size"
            raise MissingExtraError(f"{name!r} candidates", extra) from error
        raise PluginError(
            f"recipe {name!r} ({point.value}) does not load ({error}): install what it needs"
        ) from error
    except (
        Exception
    ) as error:  # a plug-in's import may raise anything; all of it means "does not load"
        raise PluginError(
            f"recipe {name!r} ({point.value}) does not load ({error}): reinstall its package"
        ) from error
