"""Judging: everybody who is cheap on all judge examples, the others by turns (`decision.turns`).

Where judging costs little, everybody is judged to the end, for the record.  A dear candidate is
judged once its turn has come, and stops as soon as it is shown to be hopeless; one whose turn never
comes is asked JUDGED_ANYWAY examples, so that its loss can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.decision.turns import may_stop, whose_turn
from modicum.study.asking import Asked
from modicum.study.composing import judge_composed
from modicum.study.deciding import Found, found_of
from modicum.study.eligible import can_be_recommended
from modicum.study.failing import going_on_without
from modicum.study.futility import in_order, judging_order, watched
from modicum.study.hopeless import JUDGED_ANYWAY, never
from modicum.study.looks import next_look
from modicum.study.serving import lives_elsewhere
from modicum.study.stages import parts_of
from modicum.study.trial import Trial
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    from modicum.study.study import Study

DEAR_J = 25.0
"""Judging that is expected to use less (some three CPU seconds) is not worth stopping."""


@dataclass
class Judging:
    """Judges the trials of one study, the composed ones from their parts' answers."""

    study: Study
    reference: Trial
    composed: Sequence[Trial]
    dear: list[Trial] = field(default_factory=list)

    def run(self) -> None:
        """Judge everybody; whoever stopped has the reason in `stopped`."""
        study, rows = self.study, self.study.split.judge
        racing = [t for t in study.trials if t.status == "racing"]
        self.dear = [t for t in racing if self._is_dear(t)]
        for trial in self.dear:
            trial.dear = True
        whole = [t for t in racing if t not in self.dear]
        whole.sort(key=lambda t: t is not self.reference)
        study.progress.stage("judging", sum(len(self._rows(t)) for t in whole))
        for trial in whole:
            self._ask(trial, self._rows(trial), never)
            if trial is self.reference:
                answers = zip(trial.judge.rows, trial.judge.values, strict=True)
                study.asker.told |= {i: v or "" for i, v in answers if i in study.asker.agreed}
        judge_composed(study, self.composed)
        study.trials += self.composed
        if self.dear:
            study.progress.stage("by turns", len(self.dear) * len(rows))
            self._by_turns()

    def _rows(self, trial: Trial) -> Sequence[int]:
        rows = self.study.split.judge
        return rows[:JUDGED_ANYWAY] if trial.screened else rows

    def _is_dear(self, trial: Trial) -> bool:
        study, candidate = self.study, trial.candidate
        needed = {part for one in self.composed for part in parts_of(one.section)}
        if trial is self.reference or trial.name in needed or not can_be_recommended(study, trial):
            return False
        if is_set_metric(study.task.spec.task.metric) or hasattr(candidate, "answer_rows"):
            return False
        if study.scores:  # people's part of the losses is read of everybody
            return False
        if candidate is None or trial.serving is None:
            return False
        each = trial.serving.energy_j.value
        return lives_elsewhere(candidate) or each is None or each * len(study.split.judge) >= DEAR_J

    def _by_turns(self) -> None:
        waiting = list(self.dear)
        while turn := self._turn(waiting):
            for trial in [t for t in waiting if t.name in turn]:
                waiting.remove(trial)
                self._race(trial, waiting)
            waiting = [t for t in waiting if t.status == "racing"]
        order = judging_order(self.study)
        for trial in waiting:
            trial.stopped = "no turn"
            self._ask(trial, order[: max(JUDGED_ANYWAY, len(trial.judge.rows))], never)
            self._finish(trial)

    def _turn(self, waiting: Collection[Trial]) -> tuple[str, ...]:
        if not waiting:
            return ()
        found = self._found(waiting)
        return whose_turn(found.whole, found.partial, [t.name for t in waiting], found.asked)

    def _race(self, trial: Trial, waiting: Collection[Trial]) -> None:
        """Judge one to the end, or until it is hopeless."""
        found = self._found([trial, *waiting])
        free = may_stop(trial.name, found.whole, found.asked)

        def hopeless(so_far: Asked) -> bool:
            return watched(self.study, so_far, self.reference.judge).hopeless

        self._ask(trial, judging_order(self.study), hopeless if free else never)
        if trial.status == "racing" and len(trial.judge.rows) < len(self.study.split.judge):
            trial.stopped = "hopeless"
        self._finish(trial)

    def _found(self, waiting: Collection[Trial]) -> Found:
        look = next_look(self.study, self.study.judge_print)
        return found_of(self.study, self.reference, look, [t.name for t in waiting])

    def _finish(self, trial: Trial) -> None:
        rows = self.study.split.judge
        self.study.progress.step(len(rows) - len(trial.judge.rows))
        if trial.status == "racing" and len(trial.judge.rows) == len(rows):
            trial.judge, trial.stopped = in_order(trial.judge, rows), None
            self.study.shelf.store_judge(trial)

    def _ask(self, trial: Trial, rows: Sequence[int], stop: Callable[[Asked], bool]) -> None:
        study = self.study
        if trial.candidate is None:
            return
        done = len(trial.judge.rows)
        if done < len(rows) and trial.judge.rows != list(rows[:done]):
            trial.judge = Asked(used=trial.judge.used)  # a stopped run had another order
        with going_on_without(study, trial):
            trial.judge = study.asker.ask(trial.candidate, rows, study.progress, stop, trial.judge)
            study.shelf.store_judge(trial)
