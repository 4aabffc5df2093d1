"""A task as the gateway serves it: the decision's candidate, stage by stage, in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

from modicum.candidates.decided import Decided
from modicum.candidates.undecided import load_for_shadow
from modicum.decision.document import DecisionDocument
from modicum.serve.constants import ConstantSet
from modicum.serve.rates import of_candidate
from modicum.serve.settings import MoneySettings, TaskSettings
from modicum.serve.template import Template

INLINE_MS = 1.0
"""A candidate that the study saw answer faster (median) runs on the event loop itself."""


class Outcome(NamedTuple):
    """What a task's own stages came to.

    value: None where the request must go on to the reference.  tried: what ran in vain, joined
    with ">"; `constants` hold what those used too.
    """

    value: str | None
    confidence: float | None
    route: str
    tried: str
    constants: ConstantSet
    error: str | None = None
    tokens: tuple[int | None, int | None] = (0, 0)


class Stage:
    """One candidate of a cascade, or the only one."""

    def __init__(self, name: str, candidate: Any, constants: ConstantSet, *, inline: bool) -> None:
        self.name, self.candidate, self.constants = name, candidate, constants
        self.inline = inline
        self.remote = bool(candidate.remote)

    def answer(self, text: str) -> tuple[str | None, float | None, str | None]:
        """Value, confidence and error for one input."""
        found = self.candidate.answer([text])
        confidence = found.confidence[0] if found.confidence else None
        return found.values[0], confidence, found.errors[0] if found.errors else None


class ServedTask:
    """Answers inputs of one task; immutable, so that a reload swaps it whole.

    others: further candidates that only the shadow judges; they answer nobody.
    """

    def __init__(
        self,
        name: str,
        decided: Decided,
        settings: TaskSettings,
        money: MoneySettings,
        others: tuple[ServedTask, ...] = (),
    ) -> None:
        self.name, self.decided, self.settings, self.money = name, decided, settings, money
        self.others = others
        self.reference = settings.reference
        self.template = Template(settings.user, system=settings.system) if settings.user else None
        self.stages = self._stages(decided)
        self.digest = decided.decision.fingerprints.recommended or ""
        self.inline = all(stage.inline for stage in self.stages)
        self._paths = self._sums()

    @classmethod
    def load(
        cls, name: str, settings: TaskSettings, money: MoneySettings, *, shadow: bool = False
    ) -> ServedTask:
        """Load a decision's folder; raises ArtefactError or CandidateError where it cannot be.

        shadow: with the undecided candidates, and the smallest of them where nothing is proven.
        """
        folder = Path(settings.decision)
        if not shadow:
            return cls(name, Decided.load(folder), settings, money)
        first, *rest = load_for_shadow(folder)
        others = tuple(cls(name, each, settings, money) for each in rest)
        return cls(name, first, settings, money, others)

    @property
    def decision(self) -> DecisionDocument:
        """The evidence behind it."""
        return self.decided.decision

    def _stages(self, decided: Decided) -> tuple[Stage, ...]:
        whole, document = decided.candidate, decided.decision
        parts = getattr(whole, "stages", None) or (whole,)
        return tuple(
            Stage(
                part.name,
                part,
                of_candidate(document, part.name, self.money),
                inline=_fast(document, part.name) and not part.remote and not part.process_ids,
            )
            for part in parts
        )

    def _sums(self) -> list[tuple[str, ConstantSet]]:
        """For each number of stages that ran: those before the last, and what all of them used."""
        found = [("", self.stages[0].constants)]
        for before, stage in zip(self.stages, self.stages[1:], strict=False):
            tried, used = found[-1]
            found.append(
                (f"{tried}>{before.name}" if tried else before.name, used.plus(stage.constants))
            )
        return found

    def spent(self) -> tuple[str, ConstantSet]:
        """What was tried, and what it used, where every stage ran in vain."""
        local = [s for s in self.stages if not (s.remote and self.reference)]
        tried = ">".join(stage.name for stage in local)
        return tried, self._paths[len(local) - 1][1] if local else ConstantSet({})

    def answer_now(self, text: str) -> Outcome:
        """Answer on this thread, stage by stage; a remote stage leaves it to the reference."""
        for number, stage in enumerate(self.stages):
            if stage.remote and self.reference is not None:
                break
            value, confidence, error = stage.answer(text)
            tried, constants = self._paths[number]
            if self._keeps(number, value, confidence):
                return Outcome(value, confidence, stage.name, tried, constants, error)
        tried, constants = self.spent()
        return Outcome(None, None, "", tried, constants, "every stage was unsure")

    def _keeps(self, number: int, value: str | None, confidence: float | None) -> bool:
        last = number == len(self.stages) - 1
        if last or value is None:
            return last and value is not None
        return bool(self.decided.candidate.keeps(number, value, confidence))  # type: ignore[attr-defined]

    async def answer(self, text: str) -> Outcome:
        """Answer on the loop where every stage is fast, else on a thread."""
        if self.inline:
            return self.answer_now(text)
        return await asyncio.to_thread(self.answer_now, text)

    async def answer_many(self, texts: list[str]) -> list[Outcome]:
        """Answer a batch on a thread; one candidate alone takes it in one piece."""
        return await asyncio.to_thread(self._many, texts)

    def _many(self, texts: list[str]) -> list[Outcome]:
        if len(self.stages) > 1:
            return [self.answer_now(text) for text in texts]
        stage, constants = self.stages[0], self.stages[0].constants
        found = self.decided.candidate.answer(texts)
        sure = found.confidence or (None,) * len(found)
        errors = found.errors or (None,) * len(found)
        return [
            Outcome(value, confidence, stage.name, "", constants, error)
            for value, confidence, error in zip(found.values, sure, errors, strict=True)
        ]

    def close(self) -> None:
        """Release the candidates."""
        self.decided.close()
        for other in self.others:
            other.close()


def _fast(document: DecisionDocument, name: str) -> bool:
    for candidate in document.candidates:
        if candidate.name == name and candidate.latency_ms is not None:
            p50 = getattr(candidate.latency_ms, "p50", None)
            return p50 is not None and p50 < INLINE_MS
    return False
