"""One candidate in the race, and what is known of it so far."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from modicum.candidates.protocol import Candidate
from modicum.study.asking import Asked
from modicum.study.serving import Serving
from modicum.study.used import NOTHING, Used
from modicum.tasks import CandidateSection

Status = Literal["racing", "excluded", "failed"]


@dataclass
class Trial:
    """A candidate and what is known of it so far.

    partial: what fitting it on parts of the data used.  spared_j: joules that fitting it whole
    would have used, where it was given up before.  curve: fit rows and mean loss on tune, of each
    part of the data that it learned on first.  stopped: why it was not judged to the end.
    dear: judging it is spared where that can be.  gold: people's losses by judge row, where they
    scored its answers; None where they did not.  rationales: what learning from them was found to
    bring (see `study.rationales`); None where that was not tried.
    """

    section: CandidateSection
    key: str
    candidate: Candidate | None = None
    status: Status = "racing"
    error: str | None = None
    fitting: Used = NOTHING
    fit_cost: float = 0.0
    parts: list[tuple[str, float]] = field(default_factory=list)
    tune: Asked = field(default_factory=Asked)
    judge: Asked = field(default_factory=Asked)
    serving: Serving | None = None
    screened: dict[str, Any] | None = None
    stopped: str | None = None
    dear: bool = False
    partial: Used = NOTHING
    spared_j: float | None = None
    notes: list[str] = field(default_factory=list)
    was_remote: bool = False
    curve: list[tuple[int, float]] = field(default_factory=list)
    beside: list[float | None] = field(default_factory=list)
    gold: list[float | None] = field(default_factory=list)
    rationales: dict[str, Any] | None = None

    @property
    def remote(self) -> bool:
        """Whether it answers on a machine that cannot be metered from here."""
        return self.was_remote if self.candidate is None else self.candidate.remote

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.section.name

    def fail(self, error: Exception) -> None:
        """Mark it as failed; the race goes on without it."""
        self.status, self.error = (
            "failed",
            str(error).splitlines()[0] if str(error) else repr(error),
        )
        self.close()

    def close(self) -> None:
        """Release the candidate."""
        if self.candidate is not None:
            self.candidate.close()

    def used(self) -> list[Used]:
        """Everything that was spent on it."""
        serving = [self.serving.used] if self.serving else []
        return [self.partial, self.fitting, self.tune.used, self.judge.used, *serving]


def trial_key(section: CandidateSection, data: str, split: str, code: str) -> str:
    """What a finished trial depends on: the candidate's table, the data, the split, the code."""
    plain = json.dumps(section.model_dump(mode="json"), sort_keys=True)
    return sha256("\n".join((plain, data, split, code)).encode()).hexdigest()[:16]
