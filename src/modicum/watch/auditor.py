"""Auditor: a decision watched inside any program, without the gateway."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from modicum.watch.audit import Audit, Budget, Sampler, slice_names
from modicum.watch.baseline import Baseline
from modicum.watch.proof import LiveProof
from modicum.watch.scoring import scorer_of
from modicum.watch.shares import alpha_of
from modicum.watch.watch import Alarm, Watch

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument


class Auditor:
    """Compares a random share of small answers with the reference's, and raises alarms.

    reference: answers an input as the reference does, None where it cannot; it may take its time.
    number: which watch this is of all you ever run, from 1: they share one error rate.
    keep: is given every finished audit, to be stored; `resume` takes them back after a restart.

    >>> auditor = Auditor(decision, ask_the_big_model, rate=0.05)  # doctest: +SKIP
    >>> if auditor.see(text, answer): fall_back()  # doctest: +SKIP
    """

    def __init__(
        self,
        decision: DecisionDocument,
        reference: Callable[[str], str | None],
        *,
        rate: float = 0.02,
        number: int = 1,
        budget: Budget | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
        keep: Callable[[Audit], None] | None = None,
    ) -> None:
        self.baseline = Baseline.of(decision, alpha_of(number))
        self.reference, self.clock, self.keep = reference, clock, keep
        self.score = scorer_of(decision.task)
        self.sampler = Sampler(rate, rng or random.Random(), budget)  # noqa: S311 (samples)
        self.watch = Watch(self.baseline.streams)
        self.proof = LiveProof(self.baseline.limit, 1 - self.baseline.confidence)
        self.unanswered = 0
        self._one = threading.Lock()

    def resume(self, audits: Iterable[Audit]) -> None:
        """Take back what `keep` was given, in the same order."""
        for audit in audits:
            self.watch.add(audit)
            self.proof.add(audit)

    def see(
        self,
        text: str,
        answer: str | None,
        *,
        confidence: float | None = None,
        slices: Mapping[str, str] | None = None,
    ) -> list[Alarm]:
        """Perhaps audit one small answer; returns the alarms that this raised.

        Most calls return at once; an audited one waits for the reference.  Safe from many threads.
        """
        with self._one:
            choice = self.sampler.choose(self.clock(), confidence)
        if choice is None:
            return []
        right = self.reference(text)
        with self._one:
            if right is None:
                self.unanswered += 1
                return []
            named = slice_names(slices or {})
            audit = Audit("audit", self.score(answer, right), choice, named)
            if self.keep is not None:
                self.keep(audit)
            self.proof.add(audit)
            return self.watch.add(audit)
