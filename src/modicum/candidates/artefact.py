"""A candidate on disk: arrays as safetensors, the rest as JSON, every file fingerprinted.

Nothing in a folder is executed when it is read.  `candidate.json` names the recipe, the version
of the format, and the SHA-256 of each other file; a file that differs from its fingerprint, is
missing, or was not listed is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import ArtefactError, MissingExtraError, StorageError

if TYPE_CHECKING:
    import numpy as np

FORMAT = 1
MANIFEST = "candidate.json"
_DOCUMENT, _ARRAYS = "document.json", "arrays.safetensors"


@dataclass(frozen=True)
class Parts:
    """What a candidate is made of: a JSON document and named arrays."""

    document: dict[str, object]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def write_parts(folder: Path, recipe: str, parts: Parts) -> None:
    """Write `parts` and their manifest into an existing empty folder; raises StorageError."""
    try:
        (folder / _DOCUMENT).write_text(json.dumps(parts.document, sort_keys=True), "utf-8")
        if parts.arrays:
            _save_arrays(parts.arrays, folder / _ARRAYS)
        write_manifest(folder, recipe)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error}): choose another folder"
        ) from error


def write_manifest(folder: Path, recipe: str) -> None:
    """Fingerprint every file of `folder`; written last, so half-written folders never load."""
    files = {p.relative_to(folder).as_posix(): digest(p) for p in _files(folder)}
    manifest = {"format": FORMAT, "recipe": recipe, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")


def read_parts(folder: Path, recipe: str) -> Parts:
    """Read what `write_parts` wrote; raises ArtefactError for anything else."""
    check_manifest(folder, recipe)
    document = read_json(folder / _DOCUMENT)
    arrays = _load_arrays(folder / _ARRAYS) if (folder / _ARRAYS).exists() else {}
    return Parts(document, arrays)


def read_recipe_name(folder: Path) -> str:
    """The recipe that wrote `folder`, to look its loader up by."""
    return str(_manifest(folder).get("recipe", ""))


def check_manifest(folder: Path, recipe: str) -> None:
    """Raise ArtefactError unless `folder` is this recipe's, of a known format, and untouched."""
    manifest = _manifest(folder)
    if manifest.get("recipe") != recipe:
        raise ArtefactError(
            f"{folder} holds a {manifest.get('recipe')!r} candidate, not {recipe!r}: load that"
        )
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        raise ArtefactError(f"{folder / MANIFEST} lists no files: fit the candidate again")
    present = {p.relative_to(folder).as_posix(): p for p in _files(folder)}
    for name in sorted({*listed, *present}):
        if name not in present or listed.get(name) != digest(present[name]):
            raise ArtefactError(
                f"{folder / name} is not the file that was saved: fit the candidate again"
            )


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file; raises ArtefactError for anything else."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtefactError(f"{path} cannot be read as JSON: fit the candidate again") from error
    if not isinstance(document, dict):
        raise ArtefactError(f"{path} holds no JSON object: fit the candidate again")
    return document


def _manifest(folder: Path) -> Mapping[str, object]:
    manifest = read_json(folder / MANIFEST)
    version = manifest.get("format")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ArtefactError(f"{folder / MANIFEST} names no format version: fit the candidate again")
    if version > FORMAT:
        raise ArtefactError(
            f"{folder} has format {version}, this version reads up to {FORMAT}: update modicum"
        )
    return manifest


def _files(folder: Path) -> list[Path]:
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and p != folder / MANIFEST]


def _save_arrays(arrays: Mapping[str, np.ndarray], path: Path) -> None:
    import numpy as np

    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise MissingExtraError("saved candidates", "size") from error
    save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path)


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError as error:
        raise MissingExtraError("saved candidates", "size") from error
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ArtefactError(f"{path} is not a safetensors file: fit the candidate again") from error
