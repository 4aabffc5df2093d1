"""The few functions most programs need, gathered for `import modicum`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.candidates.decided import Decided


def load(folder: str | Path) -> Decided:
    """The recommended candidate of a decision, ready to answer.

    folder: what `modicum size --out` wrote.

    Raises:
        ArtefactError: no decision there, or a file that was tampered with or is foreign.
    """
    from modicum.candidates.decided import Decided

    return Decided.load(Path(folder))
