"""From finished trials to the decision: the judge losses, the look they cost, the verdict."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from modicum.carbon import Footprint
from modicum.decision.document import DecisionDocument
from modicum.decision.judged import MINIMUM_LABELLED, decide_judged
from modicum.decision.repeat import only_confirmed
from modicum.decision.set_metric import decide_set_metric
from modicum.decision.turns import Partial, Question, decide_partly
from modicum.study.code import code_fingerprint
from modicum.study.disagreement import beside_reference
from modicum.study.documenting import document_race, package_versions
from modicum.study.eligible import can_be_recommended, cells, clusters, objective
from modicum.study.evidence import OLDER, gather, replay
from modicum.study.footprint import per_request
from modicum.study.futility import watched
from modicum.study.looks import Look, take_look, told
from modicum.study.people import gold_of, scored_by_people
from modicum.study.rules import Rules
from modicum.study.trial import Trial
from modicum.study.used import Used
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.decision.verdict import Verdict
    from modicum.study.raced import Raced
    from modicum.study.study import Study

    Floats = NDArray[np.float64]


def decide_race(study: Study, reference: Trial, run_id: str) -> DecisionDocument:
    """Decide among the trials that can be recommended, and gather the evidence."""
    judge = study.split.judge
    look = take_look(study, study.judge_print, run_id)
    if said := told(look, study.task.spec.adequate.confidence, len(judge)):
        study.dataset = replace(study.dataset, notes=(*study.dataset.notes, said))
    with study.meter.window("decide") as window:
        verdict = verdict_of(study, reference, look)
    study.other.append(Used.of(window.reading))
    for trial in study.trials:
        trial.beside = beside_reference(study.task.spec.task, trial, reference)
    study.evidence = gather(study, reference, look, code_fingerprint(), package_versions())
    return decision_from(study.evidence, verdict)


def decision_from(
    evidence: str, verdict: Verdict | None = None, older: Rules = OLDER
) -> DecisionDocument:
    """The decision that evidence gives; a verdict already reached on it is not reached again.

    older: by what it was decided, where the evidence is too old to say.

    Everything is computed from the text, so that the same text gives the same numbers anywhere.
    Raises ArtefactError for evidence that does not read.
    """
    raced = replay(evidence, older=older)
    reached = verdict or verdict_of(raced, raced.reference, raced.look)
    document = document_race(
        raced, raced.reference, reached, _footprints(raced), raced.look, raced.code, raced.versions
    )
    return document.model_copy(update={"evidence": sha256(evidence.encode()).hexdigest()})


def _footprints(study: Raced) -> dict[str, Footprint]:
    volume = study.task.spec.volume
    return {
        t.name: per_request(t.serving, volume, remote=t.remote)
        for t in study.trials
        if t.serving is not None
    }


def verdict_of(study: Raced, reference: Trial, look: Look) -> Verdict:
    """Decide on the judge losses of everybody who can be recommended."""
    energy = _energy(study, reference)
    verdict = _first_verdict(study, reference, look, energy)
    return verdict if look.proven is None else only_confirmed(verdict, look.proven, energy)


def _judged(study: Raced, reference: Trial) -> list[Trial]:
    return [t for t in study.trials if can_be_recommended(study, t) or t is reference]


def _energy(study: Raced, reference: Trial) -> dict[str, float | None]:
    """What "smallest" means, for everybody who can be recommended."""
    footprints = _footprints(study)
    return {t.name: objective(study, t, footprints) for t in _judged(study, reference)}


def _first_verdict(
    study: Raced, reference: Trial, look: Look, energy: dict[str, float | None]
) -> Verdict:
    adequate, rows = study.task.spec.adequate, study.split.judge
    judged = _judged(study, reference)
    if not is_set_metric(study.task.spec.task.metric):
        if (labelled := _scored(study, judged)) is not None:
            losses, gold = {t.name: t.judge.array() for t in judged}, gold_of(judged, labelled)
            named = (reference.name, energy, adequate.margin, 1 - look.alpha)
            return decide_judged(losses, gold, labelled, *named)
        found = found_of(study, reference, look)
        return decide_partly(found.whole, found.partial, found.asked)
    return decide_set_metric(
        {t.name: t.judge.predictions() for t in judged},
        reference.name,
        [study.dataset.references[i] for i in rows],
        study.task.spec.task.metric,
        tune={t.name: t.tune.predictions() for t in judged},
        tune_labels=[study.dataset.references[i] for i in study.split.tune],
        seed=study.task.spec.split.seed,
        energy=energy,
        margin=adequate.margin,
        confidence=1 - look.alpha,
        clusters=clusters(study, rows),
        slices=_slices(study),
        slice_margin=adequate.slice_margin,
    )


def _scored(study: Raced, judged: Sequence[Trial]) -> NDArray[np.bool_] | None:
    """Judge rows that people scored, where there are enough and nothing asks for another test."""
    spec = study.task.spec
    plain = clusters(study, study.split.judge) is None and not spec.task.slices
    if not plain or spec.adequate.ceiling is not None:
        return None
    labelled = scored_by_people(judged)
    return labelled if int(labelled.sum()) >= MINIMUM_LABELLED else None


@dataclass(frozen=True)
class Found:
    """Judge losses by name: of every example, or of some with the e-process; and what is asked."""

    whole: dict[str, Floats]
    partial: dict[str, Partial]
    asked: Question


def found_of(study: Raced, reference: Trial, look: Look, waiting: Collection[str] = ()) -> Found:
    """What was judged so far of everybody who can be recommended and is not `waiting`."""
    adequate, judged = study.task.spec.adequate, _judged(study, reference)
    asked = Question(
        reference.name,
        _energy(study, reference),
        adequate.margin,
        1 - look.alpha,
        {t.name: t.tune.array() for t in judged},
        clusters=clusters(study, study.split.judge),
        tune_clusters=clusters(study, study.split.tune),
        slices=_slices(study),
        slice_margin=adequate.slice_margin,
        ceiling=adequate.ceiling,
        joint=study.rules.joint,
        dear=frozenset(t.name for t in judged if t.dear),
    )
    ready = [t for t in judged if t.name not in waiting]
    return Found(
        {t.name: t.judge.array() for t in ready if t.stopped is None},
        {t.name: watched(study, t.judge, reference.judge) for t in ready if t.stopped is not None},
        asked,
    )


def _slices(study: Raced) -> dict[str, NDArray[Any]] | None:
    rows = study.split.judge
    return {name: cells(study, name, rows) for name in study.task.spec.task.slices} or None
