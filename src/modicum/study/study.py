"""The race: fit every candidate, measure it on tune, judge it beside the reference, decide."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from modicum.candidates.protocol import Examples, Usage
from modicum.decision.document import DecisionDocument
from modicum.errors import ModicumError, StorageError
from modicum.ledger import Ledger
from modicum.metering import Meter
from modicum.study.agreed import agreed_rows
from modicum.study.asking import Asked, Asker, observed_loss
from modicum.study.budget import UNLIMITED, Budget
from modicum.study.by_field import by_field
from modicum.study.code import code_fingerprint
from modicum.study.composing import compose_all
from modicum.study.judging import Judging
from modicum.study.people import Scores, score
from modicum.study.preparing import (
    check_looks,
    check_reference,
    data_of,
    labelled,
    open_judge,
    sections_of,
)
from modicum.study.progress import Progress, Silent
from modicum.study.refitting import refit_all
from modicum.study.rules import Rules
from modicum.study.searching import fit_all
from modicum.study.settings import search_settings
from modicum.study.shelf import Shelf
from modicum.study.stages import is_composed
from modicum.study.trial import Trial, trial_key
from modicum.study.tuning import tune_all
from modicum.study.used import Used
from modicum.tasks import CandidateSection, Task


@dataclass
class Study:
    """Everything a race needs; `run` goes through it once.

    out: folder for trials, the winner, decision.json and report.html.
    resume: take up finished trials of the same task, data and code.
    interrupted: whether the user asked to stop; asked when a candidate fails, because a library
        may have turned the interruption into an error of its own.
    labels: what the answers used that the big candidate gave while it labelled the data.
    labeller, shown: options and examples that it was built with.  Its trial gets the same, since
        right means what it answers so.
    """

    task: Task
    out: Path
    ledger: Ledger
    meter: Meter
    progress: Progress = field(default_factory=Silent)
    resume: bool = False
    budget: Budget = UNLIMITED
    interrupted: Callable[[], bool] = lambda: False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    trials: list[Trial] = field(default_factory=list)
    other: list[Used] = field(default_factory=list)
    labels: list[Usage] = field(default_factory=list)
    labeller: dict[str, object] | None = None
    shown: Examples | None = None
    composed_sections: list[CandidateSection] = field(default_factory=list)
    evidence: str = ""
    rules: Rules = field(default_factory=Rules)
    scores: Scores = field(default_factory=dict)

    @property
    def judge_print(self) -> str:
        """Fingerprint of the judge examples."""
        return self.dataset.fingerprint_of(self.split.judge)

    def run(self) -> DecisionDocument:
        """Run the race and write everything; raises ModicumError with nothing half-written."""
        from modicum.study.write import store_recommended, store_undecided, write_decision

        begun = time.perf_counter()
        with self.meter.window("data") as window:
            self.dataset, self.split = data_of(self)
        self.other.append(Used.of(window.reading))
        if by := self.task.spec.adequate.labelled_by:
            self.dataset, self.split = labelled(self, self.dataset, self.split, by)
        self.asker = Asker(self.dataset, self.task.spec.task, self.meter, self._allow)
        self.asker.bounded = self.budget != UNLIMITED
        self.asker.agreed = agreed_rows(self.dataset)
        self.shelf = Shelf(self.out)
        run_id = self.ledger.start_run("size", self.task.name)
        try:
            document = store_undecided(self, store_recommended(self, self._race(run_id)))
        except (KeyboardInterrupt, ModicumError) as error:
            self._keep_partial()
            # An interrupted import or call may surface as an error of its own.
            if isinstance(error, KeyboardInterrupt) or self.interrupted():
                self.ledger.add_event(run_id, "interrupted", f"resume with --out {self.out}")
                raise KeyboardInterrupt from error
            self.ledger.add_event(run_id, "failed", str(error))
            raise
        finally:
            for trial in self.trials:
                trial.close()
            if self.asker.judge is not None:
                self.asker.judge.close()
        write_decision(self, document, run_id)
        seconds = time.perf_counter() - begun
        self.ledger.add_event(run_id, "finished", f"{document.recommended} in {seconds:.1f} s")
        return document

    def _race(self, run_id: str) -> DecisionDocument:
        from modicum.study.deciding import decide_race

        code = code_fingerprint() + ("+refit" if self.task.spec.split.refit else "")
        code += self.task.spec.search.mark
        prints = self.dataset.fingerprint(), self.split.fingerprint(), code
        sections = sections_of(self)
        self.composed_sections = [s for s in sections if is_composed(s)]
        plain = [s for s in sections if s not in self.composed_sections]
        self.trials = [Trial(s, trial_key(s, *prints)) for s in plain]
        check_reference(self)
        check_looks(self)
        if not self.resume:
            self.shelf.clear()
        open_judge(self)
        search_settings(self)
        fit_all(self)
        reference = tune_all(self)
        refit_all(self)
        composed = compose_all(self, reference)
        Judging(self, reference, composed).run()
        by_field(self)
        if self.scores:
            score(self, self.scores)
        self.other += self.asker.judging
        return decide_race(self, reference, run_id)

    def _allow(self, asked: Asked, more: int) -> None:
        other = [*self.other, *self.asker.judging]
        scoring = self.asker.judge.spent if self.asker.judge else ()
        self.budget.check(self.trials, other, asked, more, self.labels, scoring)

    def _keep_partial(self) -> None:
        """Answers that were given stay given; a disk that takes no more has its own error."""
        for trial in self.trials:
            with suppress(StorageError):
                self.shelf.store_partial(trial)

    def tune_loss(self, trial: Trial) -> float:
        """A candidate's loss on the tune examples it was asked."""
        return observed_loss(self.task.spec.task, self.dataset, trial.tune)


def run_study(
    task: Task,
    out: Path,
    ledger: Ledger,
    meter: Meter,
    progress: Progress | None = None,
    *,
    resume: bool = False,
    budget: Budget = UNLIMITED,
    interrupted: Callable[[], bool] = lambda: False,
) -> DecisionDocument:
    """Find the smallest candidate that does the task as well as its reference."""
    study = Study(
        task,
        out,
        ledger,
        meter,
        progress or Silent(),
        resume=resume,
        budget=budget,
        interrupted=interrupted,
    )
    return study.run()
