"""Before the race: the data, who takes part, what earlier looks left, the judge model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from modicum.candidates.listed_options import lists_options
from modicum.candidates.protocol import Candidate
from modicum.candidates.registry import default_ladder, find_recipe
from modicum.errors import StorageError, TaskError
from modicum.study.agreed import agreed_note
from modicum.study.code import code_fingerprint
from modicum.study.fitting import examples, examples_of, options_of
from modicum.study.judge import Judge
from modicum.study.judge_bias import bias_note
from modicum.study.labeller import Labeller
from modicum.study.labelling import label
from modicum.study.looks import next_look, told
from modicum.study.people import read_scores
from modicum.study.stages import check_parts
from modicum.study.told_labels import LabelShelf
from modicum.study.trial import trial_key
from modicum.study.tuning import BEST
from modicum.study.used import Used
from modicum.tasks import CandidateSection, Dataset, Split, load_dataset, split
from modicum.tasks.spec import LabelledBy

if TYPE_CHECKING:
    from modicum.study.study import Study


def data_of(study: Study) -> tuple[Dataset, Split]:
    """The rows and their division."""
    dataset = load_dataset(study.task)
    parts = split(dataset, study.task.spec.split)
    note = agreed_note(study.task, dataset, parts)
    return replace(dataset, notes=(*dataset.notes, *([note] if note else []))), parts


def labelled(study: Study, dataset: Dataset, whole: Split, by: LabelledBy) -> tuple[Dataset, Split]:
    """The rows that the big candidate labelled, beside those that people did."""
    section = next((c for c in study.task.spec.candidates if c.name == by.candidate), None)
    if section is None:
        raise TaskError(
            f"the reference {by.candidate!r} is to label the data but is not a candidate: "
            "add it under [[candidates]]"
        )
    task = study.task.spec.task
    gold = [i for i in whole.fit if dataset.references[i]]
    shown = examples_of(dataset, gold or whole.fit[:50], task)
    is_llm = section.recipe == "llm"
    study.labeller = {"examples": 0, "calibrate": 0} if is_llm and not gold else {}
    study.shown = None if section.recipe == "recorded" else shown
    options = options_of(study, section) | study.labeller
    if is_llm:  # a stopped run has not labelled for nothing
        options.setdefault("cache", str(study.out / "responses"))

    def built(more: dict[str, object]) -> Candidate:
        recipe, seed = find_recipe(section.recipe), study.task.spec.split.seed
        given = options | more
        with study.meter.window(f"fit {by.candidate}") as window:
            found = recipe.fit(shown, shown.none(), name=by.candidate, seed=seed, options=given)
        study.other.append(Used.of(window.reading))
        study.labels += getattr(found, "spent", ())
        return found

    teacher = _teacher(section, built) if by.rationales else None
    big = built({})
    labeller, kept = Labeller(big, dataset, study, teacher), _shelf(study, section, dataset, whole)
    if study.resume and (told_before := kept.restore()):
        labeller.take_up(told_before)
    try:
        found = label(labeller, whole, by)
    finally:
        big.close()
        with suppress(StorageError):  # a disk that takes no more says so elsewhere
            kept.store(labeller.told())
    study.other += found.used
    return found.dataset, found.split


def _shelf(study: Study, section: CandidateSection, dataset: Dataset, whole: Split) -> LabelShelf:
    """Where labels wait for a resumed run of the same data, labeller and code."""
    by = study.task.spec.adequate.model_dump_json()
    prints = dataset.fingerprint(), whole.fingerprint(), code_fingerprint() + by
    return LabelShelf(study.out, trial_key(section, *prints))


def _teacher(
    section: CandidateSection, built: Callable[[dict[str, object]], Candidate]
) -> Callable[[], Candidate]:
    """Builds the candidate that also says why; raises TaskError where none can."""
    if section.recipe != "llm":
        raise TaskError(
            f"rationales were asked of {section.name!r}, a {section.recipe}: only a language model "
            "can say why; name one, or leave rationales out"
        )
    return lambda: built({"reason": True, "calibrate": 0})


def sections_of(study: Study) -> list[CandidateSection]:
    """The task's candidates, or the ladder for its kind where it names none."""
    given = study.task.spec.candidates
    section = study.task.spec.task
    if given:
        return given
    names = list(default_ladder(section.ladder))
    if section.ladder == "grounded" and lists_options(examples(study, study.split.fit)):
        names[names.index("span")] = "choice"
    return [CandidateSection(recipe=name, name=name) for name in names]


def check_reference(study: Study) -> None:
    """Raise TaskError for a reference or a part that is no candidate, before any work."""
    wanted = study.task.spec.adequate.named
    names = [trial.name for trial in study.trials]
    check_parts(study.composed_sections, names, wanted)
    if wanted != BEST and wanted not in names:
        raise TaskError(
            f"the reference {wanted!r} is not a candidate: there are {', '.join(names)}, "
            'or "best" for the best on tune'
        )


def check_looks(study: Study) -> None:
    """Say what earlier looks left, before any work; raises LooksSpentError for nothing."""
    rows = study.split.judge
    look = next_look(study, study.judge_print)
    if said := told(look, study.task.spec.adequate.confidence, len(rows)):
        study.progress.note(said)


def open_judge(study: Study) -> None:
    """Start the judge model, where the task has one, and say how far it can be trusted."""
    section = study.task.spec.task.judge
    if section is None:
        return
    given = {**section.options, "recipe": "llm", "name": "judge"}
    options = options_of(study, CandidateSection.model_validate(given))
    options.setdefault("cache", str(study.out / "responses"))  # a verdict is paid for once
    study.asker.judge = judge = Judge.of(study.task.spec, options)
    if judge is None:
        return
    if section.human:
        study.scores = read_scores(study.task.folder / section.human)
    with study.meter.window("judge model", pids=judge.process_ids) as window:
        note = bias_note(judge, study.scores)
    study.other.append(Used.of(window.reading))
    study.dataset = replace(study.dataset, notes=(*study.dataset.notes, note))
