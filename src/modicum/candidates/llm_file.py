"""`llm.json`: an `llm` candidate on disk, readable, complete and without any key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from modicum.candidates.llm import LLMParts
from modicum.candidates.llm_cache import write_atomically
from modicum.candidates.llm_calibrate import Calibration
from modicum.candidates.llm_nearest import NearestShots
from modicum.candidates.llm_options import LLMOptions
from modicum.candidates.llm_prompt import Prompt
from modicum.candidates.llm_request import RequestShape
from modicum.errors import ArtefactError, StorageError

FILE = "llm.json"
FORMAT = "modicum-llm"
VERSION = 1


class _Document(BaseModel):
    """The file's content; every part is checked when it is read."""

    model_config = ConfigDict(extra="forbid")

    options: LLMOptions
    prompt: Prompt
    shape: RequestShape
    calibration: Calibration | None
    nearest: NearestShots | None


def write(parts: LLMParts, folder: Path) -> None:
    """Write the file; the cache folder is this machine's business and is left out."""
    content = {
        "options": parts.options.model_dump(mode="json", exclude={"cache"}),
        "prompt": asdict(parts.prompt),
        "shape": asdict(parts.shape),
        "calibration": parts.calibration and asdict(parts.calibration),
        "nearest": parts.nearest and asdict(parts.nearest),
    }
    document = {"format": FORMAT, "version": VERSION, "sha256": _digest(content), **content}
    try:
        write_atomically(folder / FILE, json.dumps(document, indent=1).encode())
    except OSError as error:
        raise StorageError(
            f"cannot write {folder / FILE} ({error.strerror}): free space or choose another folder"
        ) from None


def read(folder: Path) -> LLMParts:
    """Read the file; raises ArtefactError for one that is missing, foreign, changed or newer."""
    path = folder / FILE
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ArtefactError(f"cannot read {path} ({error.strerror}): fit again") from None
    except (ValueError, RecursionError):
        raise ArtefactError(f"{path} is not JSON: fit again") from None
    if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
        raise ArtefactError(f"{path} is not an llm candidate: fit again")
    if (version := document.pop("version", None)) != VERSION:
        raise ArtefactError(
            f"{path} has version {version!r} and {VERSION} is known: update modicum or fit again"
        )
    if document.pop("sha256", None) != _digest(document):
        raise ArtefactError(f"{path} was changed after it was written: fit again")
    try:
        found = _Document.model_validate(document)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ArtefactError(f"{path} does not hold a usable {where}: fit again") from None
    return LLMParts(found.options, found.prompt, found.shape, found.calibration, found.nearest)


def _digest(content: Mapping[str, Any]) -> str:
    """Over the content as JSON, whatever the order and spacing."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
