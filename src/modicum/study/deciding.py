"""From finished trials to the decision: the judge losses, the look they cost, the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modicum.carbon import Footprint
from modicum.decision.document import DecisionDocument
from modicum.decision.engine import decide
from modicum.decision.set_metric import decide_set_metric
from modicum.study.documenting import document_race, judge_fingerprint
from modicum.study.eligible import can_be_recommended, cells, clusters, objective
from modicum.study.footprint import per_request
from modicum.study.looks import Look, take_look
from modicum.study.trial import Trial
from modicum.study.used import Used
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    from modicum.decision.verdict import Verdict
    from modicum.study.study import Study


def decide_race(study: Study, reference: Trial, run_id: str) -> DecisionDocument:
    """Decide among the trials that can be recommended, and write down everything that is known."""
    footprints = _footprints(study)
    look = take_look(study, judge_fingerprint(study), run_id)
    with study.meter.window("decide") as window:
        verdict = _verdict(study, reference, footprints, look)
    study.other.append(Used.of(window.reading))
    return document_race(study, reference, verdict, footprints, look)


def _footprints(study: Study) -> dict[str, Footprint]:
    volume = study.task.spec.volume
    return {
        t.name: per_request(t.serving, volume, remote=bool(t.candidate and t.candidate.remote))
        for t in study.trials
        if t.serving is not None
    }


def _verdict(
    study: Study, reference: Trial, footprints: Mapping[str, Footprint], look: Look
) -> Verdict:
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
    return decide(
        {t.name: t.judge.array() for t in judged},
        reference.name,
        tune={t.name: t.tune.array() for t in judged},
        tune_clusters=clusters(study, tune_rows),
        **common,
    )
