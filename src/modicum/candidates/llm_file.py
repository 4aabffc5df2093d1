"""An `llm` candidate on disk: readable, complete and without any key."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.llm import LLMParts
from modicum.candidates.llm_calibrate import Calibration
from modicum.candidates.llm_form import FreePrompt
from modicum.candidates.llm_nearest import NearestShots
from modicum.candidates.llm_options import LLMOptions
from modicum.candidates.llm_prompt import Prompt
from modicum.candidates.llm_request import RequestShape
from modicum.errors import ArtefactError

RECIPE = "llm"


class _Document(BaseModel):
    """The file's content; every part is checked when it is read."""

    model_config = ConfigDict(extra="forbid")

    options: LLMOptions
    prompt: Prompt | FreePrompt
    shape: RequestShape
    calibration: Calibration | None
    nearest: NearestShots | None


def write(parts: LLMParts, folder: Path) -> None:
    """Write all but the cache folder, which is this machine's business."""
    document: dict[str, object] = {
        "options": parts.options.model_dump(mode="json", exclude={"cache"}),
        "prompt": asdict(parts.prompt),
        "shape": asdict(parts.shape),
        "calibration": parts.calibration and asdict(parts.calibration),
        "nearest": parts.nearest and asdict(parts.nearest),
    }
    write_parts(folder, RECIPE, Parts(document))


def read(folder: Path) -> LLMParts:
    """Read what `write` wrote; raises ArtefactError for anything else."""
    document = read_parts(folder, RECIPE).document
    try:
        found = _Document.model_validate(document)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ArtefactError(f"{folder} does not hold a usable {where}: fit again") from None
    return LLMParts(found.options, found.prompt, found.shape, found.calibration, found.nearest)
