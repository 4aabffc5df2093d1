"""By which rules a race was decided: what a later version must know to decide it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rules:
    """joint: candidates were tested jointly where their losses allowed it.  turns: dear candidates
    were judged by turns, and the decision says what that spared.

    Evidence written before the rules were recorded had neither turns nor, at first, the joint test.
    """

    joint: bool = True
    turns: bool = True

    @classmethod
    def of(cls, recorded: dict[str, Any] | None) -> Rules:
        """As evidence.json holds them; None where it does not."""
        return cls(**recorded) if recorded is not None else cls(turns=False)
