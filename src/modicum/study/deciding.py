"""From finished trials to the decision: the judge losses, the look they cost, the verdict."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from modicum.carbon import Footprint
from modicum.decision.document import DecisionDocument
from modicum.decision.engine import decide
from modicum.decision.judged import MINIMUM_LABELLED, decide_judged
from modicum.decision.set_metric import decide_set_metric
from modicum.study.code import code_fingerprint
from modicum.study.disagreement import beside_reference
from modicum.study.documenting import document_race, package_versions
from modicum.study.eligible import can_be_recommended, cells, clusters, objective
from modicum.study.evidence import gather, replay
from modicum.study.footprint import per_request
from modicum.study.looks import Look, take_look
from modicum.study.people import gold_of, scored_by_people
from modicum.study.trial import Trial
from modicum.study.used import Used
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    from modicum.decision.verdict import Verdict
    from modicum.study.raced import Raced
    from modicum.study.study import Study


def decide_race(study: Study, reference: Trial, run_id: str) -> DecisionDocument:
    """Decide among the trials that can be recommended, and gather the evidence."""
    look = take_look(study, study.dataset.fingerprint_of(study.split.judge), run_id)
    with study.meter.window("decide") as window:
        verdict = verdict_of(study, reference, look)
    study.other.append(Used.of(window.reading))
    for trial in study.trials:
        trial.beside = beside_reference(study.task.spec.task, trial, reference)
    study.evidence = gather(study, reference, look, code_fingerprint(), package_versions())
    return decision_from(study.evidence, verdict)


def decision_from(evidence: str, verdict: Verdict | None = None) -> DecisionDocument:
    """The decision that evidence gives; a verdict already reached on it is not reached again.

    Everything is computed from the text, so that the same text gives the same numbers anywhere.
    Raises ArtefactError for evidence that does not read.
    """
    raced = replay(evidence)
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
    footprints = _footprints(study)
    section, adequate = study.task.spec.task, study.task.spec.adequate
    judged = [t for t in study.trials if can_be_recommended(study, t) or t is reference]
    rows, tune_rows = study.split.judge, study.split.tune
    common: dict[str, Any] = {
        "energy": {t.name: objective(study, t, footprints) for t in judged},
        "margin": adequate.margin,
        "confidence": 1 - look.alpha,
        "clusters": clusters(study, rows),
        "slices": {name: cells(study, name, rows) for name in section.slices} or None,
        "slice_margin": adequate.slice_margin,
    }
    if is_set_metric(section.metric):
        return decide_set_metric(
            {t.name: t.judge.predictions() for t in judged},
            reference.name,
            [study.dataset.references[i] for i in rows],
            section.metric,
            tune={t.name: t.tune.predictions() for t in judged},
            tune_labels=[study.dataset.references[i] for i in tune_rows],
            seed=study.task.spec.split.seed,
            **common,
        )
    plain = common["clusters"] is None and not section.slices and adequate.ceiling is None
    labelled = scored_by_people(judged)
    if plain and int(labelled.sum()) >= MINIMUM_LABELLED:
        return decide_judged(
            {t.name: t.judge.array() for t in judged},
            gold_of(judged, labelled),
            labelled,
            reference.name,
            common["energy"],
            common["margin"],
            common["confidence"],
        )
    return decide(
        {t.name: t.judge.array() for t in judged},
        reference.name,
        tune={t.name: t.tune.array() for t in judged},
        tune_clusters=clusters(study, tune_rows),
        ceiling=adequate.ceiling,
        **common,
    )
