"""By which rules a race was decided: what a later version must know to decide it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modicum.decision.settle import JOINT


@dataclass(frozen=True)
class Rules:
    """joint: candidates were tested jointly where their losses allowed it.  turns: dear candidates
    were judged by turns, and the decision says what that spared.  doubt: the decision says where
    the reference itself is hardly ever right.
    """

    joint: bool = True
    turns: bool = True
    doubt: bool = True

    @classmethod
    def of(cls, recorded: dict[str, Any] | None) -> Rules | None:
        """As evidence.json holds them; None where it was written before they were recorded."""
        return None if recorded is None else cls(**{"doubt": False} | recorded)

    @classmethod
    def named(cls, multiplicity: str) -> Rules:
        """Of a decision whose evidence does not say: it names its procedure, and had no turns."""
        return cls(joint=multiplicity.startswith(JOINT), turns=False, doubt=False)
