from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from modicum.candidates import registry
from modicum.candidates.majority import Majority
from modicum.candidates.registry import (
    BUILT_IN,
    default_ladder,
    find_recipe,
    load_candidate,
    recipe_names,
)
from modicum.errors import ArtefactError, CandidateError, PluginError


def plug_in(monkeypatch: pytest.MonkeyPatch, name: str, target: str) -> None:
    point = EntryPoint(name, target, registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: (point,))


def test_every_built_in_loads_under_its_own_name() -> None:
    assert [find_recipe(name).name for name in sorted(BUILT_IN)] == sorted(BUILT_IN)


def test_every_rung_of_the_default_ladder_is_known() -> None:
    assert set(default_ladder("classify")) <= set(recipe_names())
    for form in ("multi-label", "extract", "generate", "grounded", "numeric"):
        assert set(default_ladder(form)) <= set(recipe_names())
        assert default_ladder(form)[0] == "majority"
    assert default_ladder("draw") == ()


def test_an_unknown_recipe_is_refused_with_the_nearest() -> None:
    with pytest.raises(CandidateError, match="did you mean 'tfidf-logistic'"):
        find_recipe("tfidf-logistik")


def test_another_packages_recipe_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, "mine", "modicum.candidates.majority:MajorityRecipe")
    assert "mine" in recipe_names()
    assert find_recipe("mine").name == "majority"


def test_a_clash_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, "majority", "other:Recipe")
    with pytest.raises(PluginError, match="'majority' is registered twice"):
        find_recipe("llm")


def test_a_recipe_that_does_not_import_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, "mine", "no_such_module_here:Recipe")
    with pytest.raises(PluginError, match=r"recipe 'mine' .* does not load"):
        find_recipe("mine")


def test_a_saved_candidate_is_loaded_by_the_recipe_its_folder_names(tmp_path: Path) -> None:
    Majority("m", ("a", "b"), (0.25, 0.75)).save(tmp_path)
    assert load_candidate(tmp_path, name="again").answer(["x"]).values == ("b",)


def test_a_folder_of_an_unknown_recipe_is_refused(tmp_path: Path) -> None:
    from modicum.candidates.artefact import Parts, write_parts

    write_parts(tmp_path, "theirs", Parts({}))
    with pytest.raises(ArtefactError, match="recipe 'theirs', unknown here"):
        load_candidate(tmp_path, name="again")
