"""One candidate in the decision document: what was found, and on what evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modicum.carbon import Footprint
from modicum.decision.document import (
    CandidateDocument,
    FigureDocument,
    FittingDocument,
    FootprintDocument,
    IntervalDocument,
    LatencyDocument,
    PartDocument,
    RationalesDocument,
    SliceDocument,
    TestDocument,
)
from modicum.decision.judged import TEST as BY_PEOPLE
from modicum.decision.rules import compare
from modicum.stats.interval import Interval
from modicum.stats.mean import mean_interval
from modicum.study.disagreement import disagreement
from modicum.study.eligible import clusters, too_slow
from modicum.study.hopeless import LEVEL
from modicum.study.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modicum.decision.verdict import Evidence, Verdict
    from modicum.study.raced import Raced


def describe(
    study: Raced,
    trial: Trial,
    reference: Trial,
    verdict: Verdict,
    footprints: Mapping[str, Footprint],
) -> CandidateDocument:
    """Everything known of one candidate."""
    slow = too_slow(study, trial) if trial.status == "racing" else None
    status = "excluded" if slow else "judged" if trial.status == "racing" else trial.status
    common: dict[str, Any] = {
        "name": trial.name,
        "recipe": trial.section.recipe,
        "status": "judged" if trial is reference else status,
        "error": trial.error or (None if trial is reference else slow),
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
        "rationales": RationalesDocument(**trial.rationales) if trial.rationales else None,
        "parts": [PartDocument(name=name, loss=loss) for name, loss in trial.parts],
        "notes": [*trial.notes, *_error_note(trial)],
    }
    if trial.status == "failed" or not trial.judge.rows:
        return CandidateDocument(**common, adequate=None)
    evidence = verdict.evidence.get(trial.name)
    if evidence is not None:
        judged = _judged(study, evidence, verdict)
        if trial is not reference:
            judged |= _disagreeing(study, trial, reference, judged["slices"])
        return CandidateDocument(**common, **judged)
    return CandidateDocument(**common, **_set_aside(study, trial, reference, slow))


def _error_note(trial: Trial) -> list[str]:
    errors = [*trial.tune.errors, *trial.judge.errors]
    if not errors:
        return []
    return [f"{len(errors)} answers were not valid and count as wrong, the first: {errors[0]}"]


def _judged(study: Raced, evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    is_reference = evidence.name == verdict.reference
    by_people = verdict.method.test == BY_PEOPLE
    own = "its own, of examples people scored" if by_people else "its own, of judged examples"
    test = TestDocument(
        name=evidence.test,
        level=evidence.level,
        p_value=evidence.p_value,
        e_value=evidence.e_value,
        reason=evidence.reason,
    )
    return {
        "loss": _interval(evidence.loss, evidence.loss_interval, own),
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


def _disagreeing(
    study: Raced, trial: Trial, reference: Trial, slices: list[SliceDocument]
) -> dict[str, Any]:
    def found(where: tuple[str, str] | None = None) -> IntervalDocument | None:
        gap = disagreement(study, trial, where)
        return _interval(*gap, "beside the reference, of judged examples") if gap else None

    parts = [
        part.model_copy(update={"disagreement": found((part.column, part.slice))})
        for part in slices
    ]
    return {"disagreement": found(), "slices": parts}


def _set_aside(study: Raced, trial: Trial, reference: Trial, slow: str | None) -> dict[str, Any]:
    """Shown for the record: what was judged of a candidate that cannot be recommended."""
    import numpy as np

    alpha = 1 - study.task.spec.adequate.confidence
    losses = trial.judge.array()
    gaps = losses - reference.judge.array()[: len(losses)]
    binary = bool(np.isin(losses, (0.0, 1.0)).all() and np.isin(gaps, (-1.0, 0.0, 1.0)).all())
    rule = compare(gaps, binary=binary, clusters=clusters(study, trial.judge.rows))
    return {
        "loss": _interval(
            float(losses.mean()), mean_interval(losses, alpha / 2), "its own, of judged examples"
        ),
        "difference": _interval(rule.mean, rule.interval(alpha), rule.test),
        "adequate": False if trial.screened else None,
        "test": _screening(trial)
        if trial.screened
        else TestDocument(name="none", level=None, reason=slow or ""),
    }


def _screening(trial: Trial) -> TestDocument:
    found = trial.screened or {}
    return TestDocument(
        name="betting e-process on tune",
        level=LEVEL,
        e_value=found["e_value"],
        reason=(
            f"shown on {found['count']:,} tune examples to be worse than {found['rival']} by more "
            f"than the margin, so only {len(trial.judge.rows):,} judge examples were spent on it"
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
