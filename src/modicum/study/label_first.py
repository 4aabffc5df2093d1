"""Which unlabelled examples to label first, once a race left candidates undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modicum.candidates.protocol import Candidate
from modicum.candidates.registry import load_candidate
from modicum.decision.document import CandidateDocument, DecisionDocument
from modicum.errors import ArtefactError, CandidateError, ModicumError
from modicum.stats.agreement import LabelFirst, label_first
from modicum.stats.power import examples_needed
from modicum.tasks import is_set_metric

BATCH = 256
POWER = 0.8


@dataclass(frozen=True)
class Worth:
    """What labels would bring.

    differs: by undecided candidate, the share of the pool that it answers unlike the reference.
    more: judge examples that would decide it, with a chance of 80%; None where it looks too bad.
    answers: by system, one a pool example.  left_out: candidates not asked, with the reason.
    """

    first: LabelFirst
    reference: str
    differs: Mapping[str, float]
    more: Mapping[str, int | None]
    answers: Mapping[str, Sequence[str | None]]
    left_out: Mapping[str, str]

    @property
    def wanted(self) -> int | None:
        """Further examples for the candidate that needs fewest."""
        return min((n for n in self.more.values() if n is not None), default=None)


def worth_labelling(
    decision: DecisionDocument, folder: Path, inputs: Sequence[str], seed: int = 0
) -> Worth:
    """Ask the reference and every undecided candidate of a run; `folder` is what `size` wrote.

    Raises ArtefactError where nothing is undecided, the reference cannot answer new inputs, or
    equal answers need not mean equal losses.
    """
    if decision.ceiling is not None or is_set_metric(decision.task.metric):
        raise ArtefactError(
            "agreement says nothing of a ceiling or of a metric of the whole set: label all of them"
        )
    undecided = [
        c
        for c in decision.candidates
        if c.adequate is None and c.status == "judged" and c.name != decision.reference
    ]
    if not undecided:
        raise ArtefactError(f"{folder} left nothing undecided: no label would change it")
    answers: dict[str, Sequence[str | None]] = {
        decision.reference: _answers(folder, decision.reference, inputs)
    }
    left_out: dict[str, str] = {}
    for candidate in undecided:
        try:
            answers[candidate.name] = _answers(folder, candidate.name, inputs)
        except ModicumError as error:
            left_out[candidate.name] = str(error)
    asked = [c for c in undecided if c.name in answers]
    if not asked:
        name, reason = next(iter(left_out.items()))
        raise ArtefactError(f"no undecided candidate can be asked; {name!r}: {reason}")
    differs = {c.name: _unlike(answers[c.name], answers[decision.reference]) for c in asked}
    shares = {name: sum(found) / max(len(found), 1) for name, found in differs.items()}
    return Worth(
        label_first(list(differs.values()), seed),
        decision.reference,
        shares,
        {c.name: _more(c, shares[c.name], decision) for c in asked},
        answers,
        left_out,
    )


def _answers(folder: Path, name: str, inputs: Sequence[str]) -> list[str | None]:
    found = sorted((folder / "trials").glob(f"{name}-*/candidate"))
    exact = [place for place in found if place.parent.name[len(name) + 1 :].isalnum()]
    if not exact:
        raise ArtefactError(
            f"{folder} keeps no fitted {name!r}: recorded answers and candidates made of others "
            "cannot be asked anew"
        )
    candidate: Candidate = load_candidate(max(exact, key=lambda p: p.stat().st_mtime), name=name)
    try:
        values: list[str | None] = []
        for start in range(0, len(inputs), BATCH):
            values += candidate.answer(list(inputs[start : start + BATCH])).values
    finally:
        candidate.close()
    if len(values) != len(inputs):
        raise CandidateError(f"{name!r} gave {len(values)} answers to {len(inputs)} inputs")
    return values


def _unlike(one: Sequence[str | None], other: Sequence[str | None]) -> list[bool]:
    return [a != b for a, b in zip(one, other, strict=True)]


def _more(candidate: CandidateDocument, share: float, decision: DecisionDocument) -> int | None:
    """By what was seen on judge, and by how often the two differ on the pool."""
    if candidate.difference is None or candidate.difference.value is None:
        return None
    gap = candidate.difference.value
    variance = max(share, abs(gap)) - gap**2
    needed = examples_needed(gap, variance, decision.margin, 1 - decision.confidence, POWER)
    return None if needed is None else max(1, needed - candidate.judged_examples)
