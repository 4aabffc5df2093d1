"""The decision document of a finished race."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from modicum._version import __version__
from modicum.carbon import Footprint, footprint
from modicum.decision.document import (
    CandidateDocument,
    DecisionDocument,
    FigureDocument,
    FingerprintDocument,
    LookDocument,
    SavingDocument,
    SearchDocument,
    TaskDocument,
)
from modicum.figures import Figure
from modicum.study.describing import describe
from modicum.study.doubt import doubt
from modicum.study.eligible import objective
from modicum.study.footprint import Saving, break_even, monthly_saving
from modicum.study.given_up import given_up
from modicum.study.looks import Look
from modicum.study.people import promise_note
from modicum.study.trial import Trial
from modicum.study.used import sum_of
from modicum.study.verdict import verdict_sentence

GROWTH = 1.5
"""Factor within which a fit on a quarter of the rows tells, in proportion, of one on all."""

if TYPE_CHECKING:
    from modicum.decision.verdict import Verdict
    from modicum.study.raced import Raced

_PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "onnxruntime",
    "model2vec",
    "python-crfsuite",
    "xllamacpp",
)


def document_race(
    study: Raced,
    reference: Trial,
    verdict: Verdict,
    footprints: Mapping[str, Footprint],
    look: Look,
    code: str,
    versions: dict[str, str],
) -> DecisionDocument:
    """Write down the verdict with everything it rests on."""
    spec = study.task.spec
    recommended = next(t for t in study.trials if t.name == verdict.recommended)
    every = [describe(study, t, reference, verdict, footprints) for t in study.trials]
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
        ceiling=spec.adequate.ceiling,
        slice_margin=spec.adequate.slice_margin or spec.adequate.margin,
        confidence=spec.adequate.confidence,
        look=LookDocument(
            number=look.number,
            alpha=look.alpha,
            proven_before=None if look.proven is None else list(look.proven),
        ),
        multiplicity=f"{verdict.method.multiplicity}: {verdict.method.why}",
        splits={
            "fit": len(study.split.fit),
            "tune": len(study.split.tune),
            "judge": len(study.split.judge),
        },
        candidates=every,
        missing=[f"{m.name}: {m.reason}" for m in verdict.missing],
        given_up=given_up(study, recommended, reference),
        doubt=doubt(study, reference),
        search=search,
        saving_per_month=_saving(saving),
        break_even_requests=FigureDocument.of(repaid),
        fingerprints=_fingerprints(study, code),
        versions=versions,
        notes=_notes(study, verdict),
    )
    return document.model_copy(update={"verdict": verdict_sentence(document)})


def _task(study: Raced) -> TaskDocument:
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
        inputs=list(spec.task.parts),
        fields=spec.task.fields,
        types={**spec.task.types},
        multi_label=spec.task.multi_label,
        tolerance=spec.task.tolerance if spec.task.metric == "numeric" else None,
        answer_pattern=spec.task.answer_pattern,
        costs=spec.task.costs,
    )


def _size(
    study: Raced, candidate: CandidateDocument, footprints: Mapping[str, Footprint]
) -> tuple[bool, float]:
    trial = next(t for t in study.trials if t.name == candidate.name)
    value = objective(study, trial, footprints) if trial.name in footprints else None
    return value is None, value or 0.0


def _saving(saving: Saving | None) -> SavingDocument | None:
    if saving is None:
        return None
    return SavingDocument(
        requests=saving.requests,
        energy=FigureDocument.of(saving.energy),
        carbon=FigureDocument.of(saving.carbon),
        water=FigureDocument.of(saving.water),
        cost=FigureDocument.of(saving.cost),
    )


def _search(study: Raced) -> SearchDocument:
    used = sum_of([*study.other, *(part for t in study.trials for part in t.used())])
    found = footprint(used.energy_j, study.task.spec.volume.region)
    return SearchDocument(
        energy_j=FigureDocument.of(used.energy_j),
        carbon_g=FigureDocument.of(found.carbon_g),
        water_l=FigureDocument.of(found.water_l),
        cost=FigureDocument.of(found.cost),
        cpu_seconds=used.cpu_seconds,
        wall_seconds=used.wall_seconds,
        exhaustive_energy_j=_exhaustive(study, used.energy_j),
        **_judging(study),
    )


def _judging(study: Raced) -> dict[str, FigureDocument]:
    """What judging used, and what it would have, where somebody was not judged to the end."""
    spared = [_not_judged_j(study, t) for t in study.trials if t.stopped or t.screened]
    known = [j for j in spared if j is not None]
    used = sum_of(t.judge.used for t in study.trials).energy_j
    if not study.rules.turns or not used.value or not any(known):
        return {}
    whole = (used * (1 + sum(known) / used.value)).widen(GROWTH)
    return {
        "judging_energy_j": FigureDocument.of(used),
        "judging_whole_energy_j": FigureDocument.of(whole),
    }


def _not_judged_j(study: Raced, trial: Trial) -> float | None:
    """Joules of serving the judge examples that it was not asked; None where not known."""
    each = trial.serving.energy_j.value if trial.serving else None
    return None if each is None else each * (len(study.split.judge) - len(trial.judge.rows))


def _exhaustive(study: Raced, used: Figure) -> FigureDocument | None:
    """With every candidate fitted whole and judged on all rows; fits grow as their rows do."""
    spared = [_spared_j(study, trial) for trial in study.trials]
    known = [j for j in spared if j is not None]
    if used.value is None or used.value <= 0 or not any(known):
        return None
    partial = sum(t.partial.energy_j.value or 0.0 for t in study.trials)
    ratio = max(1.0, (used.value - partial + sum(known)) / used.value)
    return FigureDocument.of((used * ratio).widen(GROWTH))


def _spared_j(study: Raced, trial: Trial) -> float | None:
    """Joules that were not spent on a candidate because it was given up; None: not known, or 0."""
    if trial.serving is None or (trial.screened is None and trial.stopped is None):
        return trial.spared_j
    judge, each = _not_judged_j(study, trial), trial.serving.energy_j.value
    if judge is None or each is None:
        return None
    return judge + each * (len(study.split.tune) - len(trial.tune.rows))


def _fingerprints(study: Raced, code: str) -> FingerprintDocument:
    return FingerprintDocument(
        data=study.dataset.fingerprint(),
        split=study.split.fingerprint(),
        judge=study.dataset.fingerprint_of(study.split.judge),
        code=code,
    )


def package_versions() -> dict[str, str]:
    """The versions that could change a result."""
    found = {"modicum": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _notes(study: Raced, verdict: Verdict) -> list[str]:
    notes = [*study.dataset.notes, *study.split.notes]
    if study.task.spec.task.judge is not None:
        notes.append(promise_note(study, verdict))
    if verdict.method.asymptotic:
        notes.append(
            f"the {verdict.method.test} test is asymptotic: its error rate is met in the limit "
            "of many examples"
        )
    return notes
