"""How much of the error rate this study may spend on its judge examples.

The ledger knows every study that looked at the same examples.  A new study gets SHARE of what the
earlier ones left, so that all of them together keep the promise, whatever made somebody look again;
the same study once more is not a new look and gets what it got.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from modicum.decision.looks import alpha_for_look

if TYPE_CHECKING:
    from modicum.study.study import Study

SHARE = 0.8
"""Of what is left: .04, .008, .0016 of .05.  Most judge splits are looked at once or twice."""


@dataclass(frozen=True)
class Look:
    """alpha: the error rate of this study.  number: which look it is, from 1."""

    alpha: float
    number: int


def take_look(study: Study, judge: str, run_id: str) -> Look:
    """Record a look at these judge examples; raises DecisionError if nothing is left."""
    key = study_key(study)
    earlier = study.ledger.looks(judge)
    for number, look in enumerate(earlier, start=1):
        if look.study == key:
            return Look(look.alpha, number)
    confidence = study.task.spec.adequate.confidence
    alpha = alpha_for_look(confidence, [look.alpha for look in earlier], SHARE)
    study.ledger.add_look(run_id, judge, key, alpha)
    return Look(alpha, len(earlier) + 1)


def study_key(study: Study) -> str:
    """SHA-256 of what the study asks: the task without its volume, the data and the split."""
    plain = study.task.spec.model_dump(mode="json", exclude={"volume"})
    prints = (study.dataset.fingerprint(), study.split.fingerprint())
    return sha256(json.dumps([plain, prints], sort_keys=True).encode()).hexdigest()
