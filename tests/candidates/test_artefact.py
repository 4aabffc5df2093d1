import json
from pathlib import Path

import numpy as np
import pytest

from modicum.candidates.artefact import Parts, read_parts, read_recipe_name, write_parts
from modicum.errors import ArtefactError, StorageError

PARTS = Parts({"words": ["caf\u00e9", "\ud800"]}, {"idf": np.array([1.5, 2.0], np.float32)})


def test_parts_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_parts(tmp_path, "mine", PARTS)
    found = read_parts(tmp_path, "mine")
    assert found.document == PARTS.document
    assert found.arrays["idf"].tolist() == [1.5, 2.0]
    assert read_recipe_name(tmp_path) == "mine"


def test_nothing_on_disk_is_a_pickle(tmp_path: Path) -> None:
    write_parts(tmp_path, "mine", PARTS)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["arrays.safetensors", "candidate.json", "document.json"]


def test_another_recipes_folder_is_refused(tmp_path: Path) -> None:
    write_parts(tmp_path, "theirs", PARTS)
    with pytest.raises(ArtefactError, match="holds a 'theirs' candidate, not 'mine'"):
        read_parts(tmp_path, "mine")


def test_a_changed_file_is_refused_by_name(tmp_path: Path) -> None:
    write_parts(tmp_path, "mine", PARTS)
    (tmp_path / "document.json").write_text("{}")
    with pytest.raises(ArtefactError, match=r"document\.json is not the file that was saved"):
        read_parts(tmp_path, "mine")


def test_a_missing_or_added_file_is_refused(tmp_path: Path) -> None:
    write_parts(tmp_path, "mine", PARTS)
    (tmp_path / "extra.py").write_text("print()")
    with pytest.raises(ArtefactError, match=r"extra\.py"):
        read_parts(tmp_path, "mine")
    (tmp_path / "extra.py").unlink()
    (tmp_path / "arrays.safetensors").unlink()
    with pytest.raises(ArtefactError, match="arrays"):
        read_parts(tmp_path, "mine")


def test_a_newer_format_is_refused_with_the_cure(tmp_path: Path) -> None:
    write_parts(tmp_path, "mine", PARTS)
    manifest = json.loads((tmp_path / "candidate.json").read_text())
    (tmp_path / "candidate.json").write_text(json.dumps({**manifest, "format": 2}))
    with pytest.raises(ArtefactError, match="format 2, this version reads up to 1"):
        read_parts(tmp_path, "mine")


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="choose another folder"):
        write_parts(tmp_path / "absent", "mine", PARTS)
