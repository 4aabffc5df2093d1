"""The race: fit every candidate, measure it on tune, judge it beside the reference, decide."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from modicum.candidates.llm_processes import on_this_machine
from modicum.candidates.out_of_scope import OutOfScope
from modicum.candidates.protocol import Candidate, Examples
from modicum.candidates.registry import default_ladder, find_recipe
from modicum.decision.document import DecisionDocument
from modicum.errors import (
    BudgetError,
    CandidateError,
    MissingExtraError,
    ModicumError,
    StorageError,
    TaskError,
)
from modicum.ledger import Ledger
from modicum.metering import Meter
from modicum.study.asking import Asked, Asker, observed_loss
from modicum.study.budget import UNLIMITED, Budget
from modicum.study.code import code_fingerprint
from modicum.study.composing import compose_all, judge_composed
from modicum.study.hopeless import JUDGED_ANYWAY, Hopeless, never
from modicum.study.judge import Judge
from modicum.study.judge_bias import bias_note
from modicum.study.labelling import Labeller, label
from modicum.study.people import Scores, read_scores, score
from modicum.study.progress import Progress, Silent
from modicum.study.refitting import NOTE, refit_all
from modicum.study.searching import Search, part_of, searched
from modicum.study.serving import Serving, serve_alone, served_elsewhere
from modicum.study.settings import search_settings
from modicum.study.stages import check_parts, is_composed, parts_of
from modicum.study.trial import Shelf, Trial, trial_key
from modicum.study.used import Used, sum_of
from modicum.tasks import (
    CandidateSection,
    Dataset,
    Split,
    Task,
    is_set_metric,
    load_dataset,
    split,
)
from modicum.tasks.spec import LabelledBy, TaskSection
from modicum.tasks.structured_metrics import field_losses

BEST = "best"


@dataclass
class Study:
    """Everything a race needs; `run` goes through it once.

    out: folder for trials, the winner, decision.json and report.html.
    resume: take up finished trials of the same task, data and code.
    interrupted: whether the user asked to stop; asked when a candidate fails, because a library
        may have turned the interruption into an error of its own.
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
    composed_sections: list[CandidateSection] = field(default_factory=list)
    evidence: str = ""
    scores: Scores = field(default_factory=dict)

    def run(self) -> DecisionDocument:
        """Run the race and write everything; raises ModicumError with nothing half-written."""
        from modicum.study.write import store_recommended, write_decision

        begun = time.perf_counter()
        with self.meter.window("data") as window:
            self.dataset, self.split = self._data()
        self.other.append(Used.of(window.reading))
        if by := self.task.spec.adequate.labelled_by:
            self.dataset, self.split = self._labelled(self.dataset, self.split, by)
        self.asker = Asker(self.dataset, self.task.spec.task, self.meter, self._allow)
        self.asker.bounded = self.budget != UNLIMITED
        self.shelf = Shelf(self.out)
        if not self.resume:
            self.shelf.clear()
        run_id = self.ledger.start_run("size", self.task.name)
        try:
            document = store_recommended(self, self._race(run_id))
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
        sections = self._sections()
        self.composed_sections = [s for s in sections if is_composed(s)]
        plain = [s for s in sections if s not in self.composed_sections]
        self.trials = [Trial(s, trial_key(s, *prints)) for s in plain]
        self._check_reference()
        self._open_judge()
        search_settings(self)
        self._fit_all()
        reference = self._tune_all()
        refit_all(self)
        composed = compose_all(self, reference)
        self._judge_all(reference)
        judge_composed(self, composed)
        self.trials += composed
        self._by_field()
        if self.scores:
            score(self, self.scores)
        self.other += self.asker.judging
        return decide_race(self, reference, run_id)

    def _open_judge(self) -> None:
        """Start the judge model, where the task has one, and say how far it can be trusted."""
        self.asker.judge = judge = Judge.of(self.task.spec)
        section = self.task.spec.task.judge
        if judge is None or section is None:
            return
        if section.human:
            self.scores = read_scores(self.task.folder / section.human)
        with self.meter.window("judge model", pids=judge.process_ids) as window:
            note = bias_note(judge, self.scores)
        self.other.append(Used.of(window.reading))
        self.dataset = replace(self.dataset, notes=(*self.dataset.notes, note))

    def _by_field(self) -> None:
        """The loss of each field of an extraction, for every candidate that was judged."""
        section = self.task.spec.task
        for trial in self.trials if section.kind == "extract" else ():
            rows, values = trial.judge.rows, trial.judge.values
            if not rows or values.count(None) == len(rows):
                continue
            found = [
                field_losses(value, self.dataset.references[i], section.fields)
                for value, i in zip(values, rows, strict=True)
            ]
            means = (fmean(losses) for losses in zip(*found, strict=True))
            trial.parts = list(zip(section.fields, means, strict=True))

    def _allow(self, asked: Asked, more: int) -> None:
        self.budget.check(self.trials, [*self.other, *self.asker.judging], asked, more)

    def _keep_partial(self) -> None:
        """Answers that were given stay given; a disk that takes no more has its own error."""
        for trial in self.trials:
            with suppress(StorageError):
                self.shelf.store_partial(trial)

    def _data(self) -> tuple[Dataset, Split]:
        dataset = load_dataset(self.task)
        return dataset, split(dataset, self.task.spec.split)

    def _labelled(self, dataset: Dataset, whole: Split, by: LabelledBy) -> tuple[Dataset, Split]:
        """The rows that the big candidate labelled, beside those that people did."""
        section = next((c for c in self.task.spec.candidates if c.name == by.candidate), None)
        if section is None:
            raise TaskError(
                f"the reference {by.candidate!r} is to label the data but is not a candidate: "
                "add it under [[candidates]]"
            )
        gold = [i for i in whole.fit if dataset.references[i]]
        shown = examples_of(dataset, gold or whole.fit[:50], self.task.spec.task)
        options = self._options(section)
        if section.recipe == "llm":
            options |= {} if gold else {"examples": 0, "calibrate": 0}
            options.setdefault("cache", str(self.out / "responses"))
        recipe, seed = find_recipe(section.recipe), self.task.spec.split.seed
        big = recipe.fit(shown, shown.none(), name=by.candidate, seed=seed, options=options)
        try:
            task = self.task.spec.task
            labeller = Labeller(big, dataset, task, self.meter, self.progress, seed)
            found = label(labeller, whole, by)
        finally:
            big.close()
        self.other += found.used
        return found.dataset, found.split

    def _sections(self) -> list[CandidateSection]:
        given = self.task.spec.candidates
        section = self.task.spec.task
        names = default_ladder(section.ladder)
        return given or [CandidateSection(recipe=name, name=name) for name in names]

    def _check_reference(self) -> None:
        wanted = self.task.spec.adequate.named
        names = [trial.name for trial in self.trials]
        check_parts(self.composed_sections, names, wanted)
        if wanted != BEST and wanted not in names:
            raise TaskError(
                f"the reference {wanted!r} is not a candidate: there are {', '.join(names)}, "
                'or "best" for the best on tune'
            )

    def _fit_all(self) -> None:
        found = searched(self)
        later = found[1] if found else []
        self.progress.stage("fitting", len(self.trials) - len(later))
        for trial in self.trials:
            if trial not in later and not self.taken_up(trial):
                self.fit_whole(trial)
            self.progress.step(trial not in later)
        if found is not None:
            self.progress.stage("tuning", len(self.split.tune))
            self._tune(found[0], None)
            self.progress.stage("searching", len(later))
            Search(self, *found).run()

    def taken_up(self, trial: Trial) -> bool:
        """Whether a stopped run had fitted it already."""
        if not (self.resume and self.shelf.restore(trial)):
            return False
        # A candidate with a server of its own opens it now, so that it can be metered.
        getattr(trial.candidate, "open", lambda: None)()
        return True

    def fit_whole(self, trial: Trial) -> None:
        """Fit it on all of the fit split; a candidate that fails is marked so."""
        with self._going_on_without(trial):
            trial.candidate, trial.fitting = self.fitted(trial, self.split.fit)
            trial.notes += getattr(trial.candidate, "notes", ())  # what fitting has to tell
            trial.fit_cost = sum(u.cost or 0.0 for u in getattr(trial.candidate, "spent", ()))
            self.shelf.store_candidate(trial)

    def refit(self, trial: Trial) -> None:
        """Fit a student again on fit and tune, and measure anew what serving it uses."""
        with self._going_on_without(trial):
            again, used = self.fitted(trial, self.split.fit, refit=True)
            trial.close()
            trial.candidate, trial.fitting = again, sum_of([trial.fitting, used])
            trial.notes = [*getattr(again, "notes", ()), NOTE]
            trial.serving = self._serving(trial, _elsewhere(again))
            self.shelf.store_candidate(trial)
            self.shelf.store_tune(trial)

    def fit_part(self, trial: Trial, share: float) -> tuple[Asked, Used] | None:
        """Tune answers after a fit on part of the fit split, and what the fit used.

        None where the part is too small for the recipe, or the candidate failed.
        """
        rows = part_of(self.split.fit, share, self.task.spec.split.seed)
        found: tuple[Asked, Used] | None = None
        with self._going_on_without(trial), suppress(CandidateError):
            candidate, used = self.fitted(trial, rows)
            asked = self.asker.ask(candidate, self.split.tune, Silent())
            candidate.close()
            trial.partial = sum_of([trial.partial, used, asked.used])
            trial.curve.append((len(rows), float(asked.array().mean())))
            found = asked, used
        return found

    def fitted(
        self, trial: Trial, rows: Sequence[int], *, refit: bool = False
    ) -> tuple[Candidate, Used]:
        """The trial's candidate, fitted on these rows, and what that used."""
        recipe, seed = find_recipe(trial.section.recipe), self.task.spec.split.seed
        fit, tune = self._examples(rows), self._examples(self.split.tune)
        options = self._options(trial.section) | ({"refit": True} if refit else {})
        with self.meter.window(f"fit {trial.name}") as window:
            candidate = recipe.fit(fit, tune, name=trial.name, seed=seed, options=options)
            candidate = self._in_scope(candidate, tune)
        return candidate, Used.of(window.reading)

    def _in_scope(self, candidate: Candidate, tune: Examples) -> Candidate:
        """The candidate with its threshold for "out of scope", where the task has such an answer.

        One that is asked elsewhere is told of the answer as a class and is not asked twice.
        """
        label = self.task.spec.task.out_of_scope
        if label is None or _elsewhere(candidate):
            return candidate
        return OutOfScope.fit(candidate, tune, label) or candidate

    @contextmanager
    def _going_on_without(self, trial: Trial) -> Iterator[None]:
        """Mark a candidate that fails; the race goes on, unless it is the reference."""
        try:
            yield
        except (StorageError, MissingExtraError, BudgetError):
            raise
        except Exception as error:  # a plug-in may raise anything
            if self.interrupted():
                raise KeyboardInterrupt from error
            self._failed(trial, error)

    def _options(self, section: CandidateSection) -> dict[str, object]:
        """The candidate's own keys; paths in them are relative to the task file."""
        options = section.options
        for key in ("gguf", "path", "model_path", "file", "cache"):
            if isinstance(given := options.get(key), str):
                options[key] = str(self.task.folder / given)
        url = options.get("base_url")
        if section.recipe == "llm" and isinstance(url, str) and not on_this_machine(url):
            options.setdefault("cache", str(self.out / "responses"))  # nothing is paid for twice
        return options

    def _failed(self, trial: Trial, error: Exception) -> None:
        trial.fail(error)
        self.progress.note(f"{trial.name} failed: {trial.error}")
        if self.task.spec.adequate.named == trial.name:
            raise CandidateError(
                f"the reference {trial.name!r} failed, so nothing can be compared: {trial.error}"
            ) from error

    def _tune_all(self) -> Trial:
        """Measure everybody on tune; returns the reference."""
        racing = [trial for trial in self.trials if trial.status == "racing"]
        wanted = self.task.spec.adequate.named
        racing.sort(key=lambda t: (t.name != wanted, _elsewhere(t.candidate)))
        self.progress.stage("tuning", len(racing) * len(self.split.tune))
        best: Trial | None = None
        for trial in racing:
            self._tune(trial, best)
            if trial.status != "racing" or trial.screened is not None:
                continue
            if best is None or (wanted == BEST and self.tune_loss(trial) < self.tune_loss(best)):
                best = trial
        if best is None:
            causes = "; ".join(f"{t.name}: {t.error}" for t in self.trials if t.error)
            raise CandidateError(f"no candidate could be measured on tune: {causes}")
        return best

    def _tune(self, trial: Trial, rival: Trial | None) -> None:
        """Ask one candidate on tune; one that is asked elsewhere stops once it is hopeless."""
        if trial.serving is not None or trial.candidate is None:
            self.progress.step(len(self.split.tune))
            return
        slow = _elsewhere(trial.candidate)
        needed = any(trial.name in parts_of(section) for section in self.composed_sections)
        stop = self._hopeless(rival) if slow and not needed else None
        with self._going_on_without(trial):
            rows = self.split.tune
            self.asker.ask(trial.candidate, rows, self.progress, stop or never, trial.tune)
            trial.serving = self._serving(trial, slow)
        if trial.status == "failed":
            return
        if stop is not None and stop(trial.tune) and rival is not None:
            trial.screened = {"e_value": stop.e_value, "count": stop.count, "rival": rival.name}
        self.progress.step(len(self.split.tune) - len(trial.tune.rows))
        self.shelf.store_tune(trial)

    def _hopeless(self, rival: Trial | None) -> Hopeless | None:
        """A set metric has no loss of one example, so nobody is called hopeless by it."""
        if rival is None or is_set_metric(self.task.spec.task.metric):
            return None
        if self.task.spec.adequate.ceiling is not None:
            return None
        return Hopeless(rival.tune, self.task.spec.adequate.margin)

    def _serving(self, trial: Trial, slow: bool) -> Serving:
        if trial.candidate is None:
            raise CandidateError(f"{trial.name} was not built")
        if slow:
            return served_elsewhere(trial.candidate, trial.tune)
        inputs = [self.dataset.inputs[i] for i in self.split.tune]
        return serve_alone(trial.candidate, inputs, self.meter)

    def _judge_all(self, reference: Trial) -> None:
        racing = [trial for trial in self.trials if trial.status == "racing"]
        racing.sort(key=lambda t: t is not reference)
        rows = self.split.judge
        self.progress.stage("judging", sum(len(self._judged_rows(t, rows)) for t in racing))
        for trial in racing:
            self._judge(trial, self._judged_rows(trial, rows))

    def _judge(self, trial: Trial, rows: Sequence[int]) -> None:
        if trial.candidate is None:
            return
        with self._going_on_without(trial):
            trial.judge = self.asker.ask(trial.candidate, rows, self.progress, never, trial.judge)
            self.shelf.store_judge(trial)

    def _judged_rows(self, trial: Trial, rows: Sequence[int]) -> Sequence[int]:
        return rows[:JUDGED_ANYWAY] if trial.screened else rows

    def tune_loss(self, trial: Trial) -> float:
        """A candidate's loss on the tune examples it was asked."""
        return observed_loss(self.task.spec.task, self.dataset, trial.tune)

    def tune_examples(self) -> Examples:
        """The tune split."""
        return self._examples(self.split.tune)

    def _examples(self, rows: Sequence[int]) -> Examples:
        return examples_of(self.dataset, rows, self.task.spec.task)


def examples_of(take: Dataset, rows: Sequence[int], section: TaskSection) -> Examples:
    """Rows of the data as examples."""
    every = Examples(
        take.inputs, take.references, take.classes, take.columns, section, take.alternatives
    )
    return every.taken(rows)


def _elsewhere(candidate: Candidate | None) -> bool:
    return candidate is not None and (candidate.remote or bool(candidate.process_ids))


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
