"""How right-sizeable a job looks, and why: a guess from its answers, which `size` then proves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modicum.discover.job import Job

Grade = Literal["very likely", "likely", "perhaps", "unlikely", "unknown"]
GRADES: tuple[Grade, ...] = ("very likely", "likely", "perhaps", "unlikely", "unknown")

_FEW_ROWS = 500
_A_CLASS = 10  # examples of a class from which a small model learns it fairly (benchmarks/ladder)
_OFTEN = 0.3  # share of repeats from which a cache is worth telling


@dataclass(frozen=True, slots=True)
class Fit:
    """A grade, the reasons in sentences, and the kind of task it makes, if any."""

    grade: Grade
    why: tuple[str, ...]
    task: Literal["classify"] | None = None


def fit_of(job: Job) -> Fit:
    """Whether something smaller is likely to do the job."""
    grade, why, task = _by_shape(job)
    said = [why]
    if task and len(job.rows) < _FEW_ROWS:
        said.append(f"only {len(job.rows)} answered requests: too few to prove much")
        grade = "likely" if grade == "very likely" else grade
    if job.repeated >= _OFTEN:
        said.append(f"{job.repeated:.0%} repeat an earlier request: a cache answers those")
    return Fit(grade, tuple(said), task)


def _by_shape(job: Job) -> tuple[Grade, str, Literal["classify"] | None]:
    shape = job.shape
    if shape.kind == "labels":
        return _by_labels(job, shape.values.labels())
    if shape.kind == "sets":
        return "likely", f"sets of {len(shape.set_labels())} labels: classification", "classify"
    if shape.kind == "json":
        few = {key: found for key, found in shape.field_labels().items() if len(found) > 1}
        if few and len(few) == len(shape.keys):
            return (
                "very likely",
                "JSON whose every field has few values: classification",
                "classify",
            )
        if few:
            names = ", ".join(list(few)[:3])
            return (
                "likely",
                f"JSON of one schema: extraction, and {names} of few values",
                "classify",
            )
        return "likely", "JSON of one schema: extraction", None
    if shape.kind == "number":
        return "perhaps", "numbers: depends on what they are computed from", None
    if shape.kind == "short":
        return "perhaps", "short answers: a small language model or an answer cache may do", None
    if shape.kind == "free":
        return "unlikely", "free text: only a smaller language model could take it over", None
    return "unknown", "no answers in the log: add its responses", None


def _by_labels(job: Job, labels: dict[str, int]) -> tuple[Grade, str, Literal["classify"] | None]:
    if len(labels) < 2:
        return "very likely", "nearly always the same answer: a constant may do", None
    kept = sum(row.answer.strip() in labels for row in job.rows)
    if kept / len(labels) < _A_CLASS:
        return "likely", f"classification, {kept} examples of {len(labels)} labels", "classify"
    return "very likely", f"classification with {len(labels)} labels", "classify"
