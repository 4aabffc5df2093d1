"""From finished trials to the decision document."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from modicum._version import __version__
from modicum.carbon import Footprint, footprint
from modicum.decision.document import (
    CandidateDocument,
    DecisionDocument,
    FigureDocument,
    FingerprintDocument,
    FittingDocument,
    FootprintDocument,
    IntervalDocument,
    LatencyDocument,
    LookDocument,
    SavingDocument,
    SearchDocument,
    SliceDocument,
    TaskDocument,
    TestDocument,
)
from modicum.decision.engine import decide
from modicum.decision.rules import compare
from modicum.decision.set_metric import decide_set_metric
from modicum.stats.interval import Interval
from modicum.stats.mean import mean_interval
from modicum.study.code import code_fingerprint
from modicum.study.footprint import break_even, monthly_saving, per_request
from modicum.study.hopeless import LEVEL
from modicum.study.looks import Look, take_look
from modicum.study.trial import Trial
from modicum.study.used import Used, sum_of
from modicum.study.verdict import verdict_sentence
from modicum.tasks import is_set_metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.decision.verdict import Evidence, Verdict
    from modicum.study.study import Study

_PACKAGES = ("numpy", "scipy", "scikit-learn", "onnxruntime", "model2vec", "xllamacpp")


def decide_race(study: Study, reference: Trial, run_id: str) -> DecisionDocument:
    """Decide among the trials that can be recommended, and write down everything that is known."""
    footprints = _footprints(study)
    look = take_look(study, judge_fingerprint(study), run_id)
    with study.meter.window("decide") as window:
        verdict = _verdict(study, reference, footprints, look)
    reading = window.reading
    study.other.append(Used(reading.energy_j, reading.cpu_seconds, reading.wall_seconds))
    return _document(study, reference, verdict, footprints, look)


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
    judged = [t for t in study.trials if _can_be_recommended(study, t) or t is reference]
    rows, tune_rows = study.split.judge, study.split.tune
    common: dict[str, Any] = {
        "energy": {t.name: _objective(study, t, footprints) for t in judged},
        "margin": adequate.margin,
        "confidence": 1 - look.alpha,
        "clusters": _clusters(study, rows),
        "slices": {name: _cells(study, name, rows) for name in section.slices} or None,
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
        tune_clusters=_clusters(study, tune_rows),
        **common,
    )


def _objective(study: Study, trial: Trial, footprints: Mapping[str, Footprint]) -> float | None:
    """What "smallest" means, per request; None where it is not known."""
    wanted = study.task.spec.adequate.objective
    if wanted == "latency":
        return trial.serving.p50_ms if trial.serving else None
    found = footprints[trial.name]
    return {"energy": found.energy_j, "carbon": found.carbon_g, "cost": found.cost}[wanted].value


def _can_be_recommended(study: Study, trial: Trial) -> bool:
    return trial.status == "racing" and trial.screened is None and not _too_slow(study, trial)


def _too_slow(study: Study, trial: Trial) -> str | None:
    ceiling = study.task.spec.adequate.max_latency_ms
    p95 = trial.serving.p95_ms if trial.serving else None
    if ceiling is None:
        return None
    if p95 is None:
        return f"its latency is not known, so nobody can say it keeps to {ceiling:g} ms"
    return (
        f"p95 latency {p95:.3g} ms is above the ceiling of {ceiling:g} ms"
        if p95 > ceiling
        else None
    )


def _clusters(study: Study, rows: Sequence[int]) -> NDArray[np.int64] | None:
    """Cluster labels, or None where every example stands alone."""
    import numpy as np

    found = np.array([study.split.clusters[i] for i in rows])
    return found if len(np.unique(found)) < len(found) else None


def _cells(study: Study, column: str, rows: Sequence[int]) -> NDArray[Any]:
    import numpy as np

    cells = study.dataset.columns[column]
    return np.array([str(cells[i]) for i in rows])


def _document(
    study: Study,
    reference: Trial,
    verdict: Verdict,
    footprints: Mapping[str, Footprint],
    look: Look,
) -> DecisionDocument:
    spec = study.task.spec
    recommended = next(t for t in study.trials if t.name == verdict.recommended)
    every = [_candidate(study, t, reference, verdict, footprints) for t in study.trials]
    every.sort(key=lambda c: _size(study, c, footprints))
    search = _search(study)
    one, other = footprints[recommended.name], footprints[reference.name]
    same = recommended is reference
    saving = None if same else monthly_saving(one, other, spec.volume)
    repaid = break_even(search.energy_j.figure(), one.energy_j, other.energy_j)
    document = DecisionDocument(
        created_at=study.clock().isoformat(timespec="seconds"),
        task=_task(study),
        reference=reference.name,
        recommended=recommended.name,
        verdict="",
        margin=spec.adequate.margin,
        slice_margin=spec.adequate.slice_margin or spec.adequate.margin,
        confidence=spec.adequate.confidence,
        look=LookDocument(number=look.number, alpha=look.alpha),
        multiplicity=f"{verdict.method.multiplicity}: {verdict.method.why}",
        splits={
            "fit": len(study.split.fit),
            "tune": len(study.split.tune),
            "judge": len(study.split.judge),
        },
        candidates=every,
        missing=[f"{m.name}: {m.reason}" for m in verdict.missing],
        search=search,
        saving_per_month=None
        if saving is None
        else SavingDocument(
            requests=saving.requests,
            energy=FigureDocument.of(saving.energy),
            carbon=FigureDocument.of(saving.carbon),
            water=FigureDocument.of(saving.water),
            cost=FigureDocument.of(saving.cost),
        ),
        break_even_requests=FigureDocument.of(repaid),
        fingerprints=_fingerprints(study),
        versions=_versions(),
        notes=_notes(study, verdict),
    )
    return document.model_copy(update={"verdict": verdict_sentence(document)})


def _task(study: Study) -> TaskDocument:
    spec = study.task.spec
    return TaskDocument(
        name=spec.task.name,
        kind=spec.task.kind,
        metric=spec.task.metric,
        classes=len(study.dataset.classes),
        rows=len(study.dataset),
        slices=spec.task.slices,
        objective=spec.adequate.objective,
        max_latency_ms=spec.adequate.max_latency_ms,
        requests_per_month=spec.volume.requests_per_month,
        region=spec.volume.region,
    )


def _size(
    study: Study, candidate: CandidateDocument, footprints: Mapping[str, Footprint]
) -> tuple[bool, float]:
    trial = next(t for t in study.trials if t.name == candidate.name)
    value = _objective(study, trial, footprints) if trial.name in footprints else None
    return value is None, value or 0.0


def _candidate(
    study: Study,
    trial: Trial,
    reference: Trial,
    verdict: Verdict,
    footprints: Mapping[str, Footprint],
) -> CandidateDocument:
    too_slow = _too_slow(study, trial) if trial.status == "racing" else None
    status = "failed" if trial.status == "failed" else "excluded" if too_slow else "judged"
    common: dict[str, Any] = {
        "name": trial.name,
        "recipe": trial.section.recipe,
        "status": "judged" if trial is reference else status,
        "error": trial.error or (None if trial is reference else too_slow),
        "judged_examples": len(trial.judge.rows),
        "unanswered": trial.judge.unanswered,
        "tune_loss": study.tune_loss(trial) if trial.tune.rows else None,
        "latency_ms": _latency(trial),
        "footprint": _footprint(footprints.get(trial.name)),
        "fitting": FittingDocument(
            energy_j=FigureDocument.of(trial.fitting.energy_j),
            cpu_seconds=trial.fitting.cpu_seconds,
            wall_seconds=trial.fitting.wall_seconds,
        ),
        "options": trial.section.options,
        "notes": [*trial.notes, *_error_note(trial)],
    }
    if trial.status == "failed" or not trial.judge.rows:
        return CandidateDocument(**common, adequate=None)
    evidence = verdict.evidence.get(trial.name)
    if evidence is not None:
        return CandidateDocument(**common, **_judged(study, evidence, verdict))
    return CandidateDocument(**common, **_set_aside(study, trial, reference, too_slow))


def _error_note(trial: Trial) -> list[str]:
    errors = [*trial.tune.errors, *trial.judge.errors]
    if not errors:
        return []
    return [f"{len(errors)} answers were not valid and count as wrong, the first: {errors[0]}"]


def _judged(study: Study, evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    is_reference = evidence.name == verdict.reference
    test = TestDocument(
        name=evidence.test,
        level=evidence.level,
        p_value=evidence.p_value,
        e_value=evidence.e_value,
        reason=evidence.reason,
    )
    return {
        "loss": _interval(evidence.loss, evidence.loss_interval, "its own, of judged examples"),
        "difference": None
        if is_reference
        else _interval(evidence.difference, evidence.difference_interval, evidence.test),
        "adequate": evidence.adequate,
        "superior": None if is_reference else evidence.superior,
        "test": test,
        "slices": [
            SliceDocument(
                column=part.name.partition("=")[0],
                slice=part.name.partition("=")[2],
                examples=part.n,
                difference=_interval(part.difference, part.difference_interval, evidence.test),
                margin=part.margin,
                adequate=part.adequate,
                test=TestDocument(
                    name=evidence.test,
                    level=evidence.level,
                    p_value=part.p_value,
                    reason="held to the margin of slices",
                ),
            )
            for part in evidence.slices
        ],
    }


def _set_aside(
    study: Study, trial: Trial, reference: Trial, too_slow: str | None
) -> dict[str, Any]:
    """Shown for the record: what was judged of a candidate that cannot be recommended."""
    import numpy as np

    alpha = 1 - study.task.spec.adequate.confidence
    losses = trial.judge.array()
    gaps = losses - reference.judge.array()[: len(losses)]
    binary = bool(np.isin(losses, (0.0, 1.0)).all() and np.isin(gaps, (-1.0, 0.0, 1.0)).all())
    rule = compare(gaps, binary=binary, clusters=_clusters(study, trial.judge.rows))
    return {
        "loss": _interval(
            float(losses.mean()), mean_interval(losses, alpha / 2), "its own, of judged examples"
        ),
        "difference": _interval(rule.mean, rule.interval(alpha), rule.test),
        "adequate": False if trial.screened else None,
        "test": _screening(trial)
        if trial.screened
        else TestDocument(name="none", level=None, reason=too_slow or ""),
    }


def _screening(trial: Trial) -> TestDocument:
    found = trial.screened or {}
    return TestDocument(
        name="betting e-process on tune",
        level=LEVEL,
        e_value=found["e_value"],
        reason=(
            f"shown on {found['count']} tune examples to be worse than {found['rival']} by more "
            f"than the margin, so only {len(trial.judge.rows)} judge examples were spent on it"
        ),
    )


def _interval(value: float, interval: Interval, method: str) -> IntervalDocument:
    return IntervalDocument(
        value=value,
        low=interval.low,
        high=interval.high,
        confidence=1 - 2 * interval.tail,
        method=method,
    )


def _latency(trial: Trial) -> LatencyDocument | None:
    serving = trial.serving
    if serving is None:
        return None
    return LatencyDocument(
        p50=serving.p50_ms, p95=serving.p95_ms, requests=serving.requests, reason=serving.reason
    )


def _footprint(found: Footprint | None) -> FootprintDocument | None:
    if found is None:
        return None
    return FootprintDocument(
        energy_j=FigureDocument.of(found.energy_j),
        carbon_g=FigureDocument.of(found.carbon_g),
        water_l=FigureDocument.of(found.water_l),
        cost=FigureDocument.of(found.cost),
    )


def _search(study: Study) -> SearchDocument:
    used = sum_of([*study.other, *(part for t in study.trials for part in t.used())])
    found = footprint(used.energy_j, study.task.spec.volume.region)
    return SearchDocument(
        energy_j=FigureDocument.of(used.energy_j),
        carbon_g=FigureDocument.of(found.carbon_g),
        water_l=FigureDocument.of(found.water_l),
        cost=FigureDocument.of(found.cost),
        cpu_seconds=used.cpu_seconds,
        wall_seconds=used.wall_seconds,
    )


def _fingerprints(study: Study) -> FingerprintDocument:
    return FingerprintDocument(
        data=study.dataset.fingerprint(),
        split=study.split.fingerprint(),
        judge=judge_fingerprint(study),
        code=code_fingerprint(),
    )


def judge_fingerprint(study: Study) -> str:
    """SHA-256 of the judge examples, in no particular order: the same examples, the same look."""
    data = study.dataset
    pairs = sorted((data.inputs[i], data.references[i]) for i in study.split.judge)
    return sha256(repr(pairs).encode("utf-8", "surrogatepass")).hexdigest()


def _versions() -> dict[str, str]:
    found = {"modicum": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _notes(study: Study, verdict: Verdict) -> list[str]:
    notes = [*study.dataset.notes, *study.split.notes]
    if verdict.method.asymptotic:
        notes.append(
            f"the {verdict.method.test} test is asymptotic: its error rate is met in the limit "
            "of many examples"
        )
    return notes
