"""How much of the error rate this study may spend on its judge examples.

The ledger knows every study that looked at the same examples.  A new study gets SHARE of what the
earlier ones left, so that all of them together keep the promise, whatever made somebody look again.
The same study once more (task, data, split, candidates and code) is not a new look: it gets the
level it had, spends nothing, and can only confirm what its first run proved (`decision.repeat`).
What is left is known before anything is fitted, and so it is said, or refused, before.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import fmean
from typing import TYPE_CHECKING

from modicum.decision.document import CandidateDocument, parse_decision
from modicum.decision.looks import alpha_for_look, times_the_examples
from modicum.errors import LooksSpentError
from modicum.ledger.ledger import Look as Recorded
from modicum.study.code import code_fingerprint
from modicum.study.stages import is_composed

if TYPE_CHECKING:
    from modicum.study.study import Study

SHARE = 0.8
"""Of what is left: .04, .008, .0016 of .05.  Most judge splits are looked at once or twice."""


@dataclass(frozen=True)
class Look:
    """alpha: the error rate of this study.  number: which study of these examples it is, from 1.

    proven: of a repeat, what the first run of this very study proved; None where this is the first.
    """

    alpha: float
    number: int
    proven: tuple[str, ...] | None = None


def next_look(study: Study, judge: str) -> Look:
    """The look that this study would take now, with nothing recorded.

    judge: fingerprint of the judge examples.  Raises LooksSpentError if nothing is left of the
    error rate.
    """
    key, earlier = study_key(study), study.ledger.looks(judge)
    studies = list(dict.fromkeys(look.study for look in earlier))
    own = [look for look in earlier if look.study == key]
    if own:
        return Look(own[0].alpha, studies.index(key) + 1, _proven(study, own))
    confidence = study.task.spec.adequate.confidence
    try:
        alpha = alpha_for_look(confidence, [look.alpha for look in earlier], SHARE)
    except LooksSpentError as error:
        raise LooksSpentError(f"{error} ({_CURE})") from None
    return Look(alpha, len(studies) + 1)


_CURE = "[split] judge = FILE takes them from a file of their own"


def take_look(study: Study, judge: str, run_id: str) -> Look:
    """Record a look at these judge examples, a repeat as one that spends nothing."""
    look, key = next_look(study, judge), study_key(study)
    repeated = any(one.study == key for one in study.ledger.looks(judge))
    study.ledger.add_look(run_id, judge, key, 0.0 if repeated else look.alpha)
    return look


def told(look: Look, confidence: float, examples: int) -> str | None:
    """What earlier looks cost this study, in a sentence; None for the first run of the first."""
    if look.proven is not None:
        return (
            "this very study was decided before: it spends nothing more of the error rate and can "
            "only confirm what was proven then"
        )
    if look.number == 1:
        return None
    first = SHARE * (1 - confidence)
    times = times_the_examples(look.alpha, first)
    return (
        f"study {look.number} of these {examples:,} judge examples: earlier ones left "
        f"{look.alpha:.2g} of the error rate for it, the first had {first:.2g}, so a proof needs "
        f"about {times:.1f} times the examples; with fresh judge examples it would not"
    )


def study_key(study: Study) -> str:
    """SHA-256 of all that gives the answers: the task without its volume, data, split and code."""
    plain = study.task.spec.model_dump(mode="json", exclude={"volume"})
    prints = (study.dataset.fingerprint(), study.split.fingerprint(), code_fingerprint())
    return sha256(json.dumps([plain, prints], sort_keys=True).encode()).hexdigest()


def _proven(study: Study, own: Sequence[Recorded]) -> tuple[str, ...] | None:
    """What the first of these runs proved that came to a decision; None where none did."""
    for look in own:
        text = study.ledger.decision_of(look.run_id)
        if text is not None:
            document = parse_decision(text, f"the ledger's decision of run {look.run_id}")
            proven = [c for c in document.candidates if c.adequate and c.name != document.reference]
            return tuple(c.name for c in proven if _same(study, c))
    return None


def _same(study: Study, before: CandidateDocument) -> bool:
    """Whether it is the candidate of that name now; one not built yet is taken to be.

    Settings and thresholds may be chosen otherwise, as what is measured on the way changes.
    Thresholds stand in no option: other ones show by another loss.
    """
    trial = next((t for t in study.trials if t.name == before.name), None)
    if trial is None:
        return True
    now, then = (
        json.dumps(options, sort_keys=True, default=str)
        for options in (trial.section.options, before.options)
    )
    if now != then or before.loss is None or not trial.judge.losses:
        return now == then
    return not is_composed(trial.section) or math.isclose(
        fmean(trial.judge.losses), before.loss.value, abs_tol=1e-12
    )
