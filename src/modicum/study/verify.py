"""Whether a decision holds: every number of it made again from its evidence and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from modicum.candidates.decided import FOLDER, folder_digest
from modicum.candidates.undecided import FOLDER as UNDECIDED
from modicum.decision.approvals import approvals_faults
from modicum.decision.document import DecisionDocument, parse_decision, read_decision
from modicum.study.code import code_fingerprint
from modicum.study.deciding import decision_from
from modicum.study.evidence import read_evidence
from modicum.study.rules import Rules
from modicum.tasks import Task, load_dataset, split

TOLERANCE = 1e-9
"""Relative; another machine's arithmetic may differ in the last digits."""


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold: where, what the decision says, what the evidence gives."""

    where: str
    says: object
    gives: object

    def __str__(self) -> str:
        return f"{self.where}: the decision says {self.says!r}, the evidence gives {self.gives!r}"


@dataclass(frozen=True)
class Verification:
    """What was checked.  `holds` means that everything was made again and no fault was found.

    elsewhen: which version decided, where that was not this one.  unmade: entries that differ and
    follow from how that version shared the error rate, which this one cannot make again.
    """

    checked: int
    faults: tuple[Fault, ...]
    elsewhen: str | None = None
    unmade: tuple[Fault, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything does."""
        return not self.faults and not self.unmade


def verify(folder: Path, recorded: str | None = None, task: Task | None = None) -> Verification:
    """Check the decision in a folder against its evidence.

    recorded: the decision as the ledger holds it.  task: the task with its data at hand, so that
    the fingerprints of data and split are made again too.

    Raises ArtefactError where there is no decision or no evidence, or one of them does not read.
    """
    given, evidence = read_decision(folder), read_evidence(folder)
    older = Rules.named(given.multiplicity)
    made = _with_files(decision_from(evidence, older=older), folder, evidence)
    faults = differences(given, made)
    if recorded is not None:
        kept = parse_decision(recorded, "the ledger's decision")
        faults += [
            Fault(f"{f.where} (on record in the ledger)", f.says, f.gives)
            for f in differences(given, kept)
        ]
    if task is not None:
        faults += _of_data(given, task)
    faults += [Fault(f"approvals: {fault}", "", "") for fault in approvals_faults(folder)]
    elsewhen = _elsewhen(given)
    unmade = [f for f in faults if _SHARED.search(f.where)] if elsewhen else []
    shown = tuple(f for f in faults if f not in unmade)
    return Verification(_leaves(made.model_dump()), shown, elsewhen, tuple(unmade))


_SHARED = re.compile(
    r"^candidates\.[^.]+\.(slices\.[^.]+\.)?"
    r"(difference\.(low|high|confidence)|test\.(level|reason))$|^multiplicity$"
)
"""What follows from how the error rate is shared, and decides nothing by itself."""


def _elsewhen(given: DecisionDocument) -> str | None:
    code = given.fingerprints.code.removesuffix("+refit")
    if code == code_fingerprint():
        return None
    return f"modicum {given.versions.get('modicum', 'of unknown version')}, code {code[:12]}"


def differences(given: DecisionDocument, made: DecisionDocument) -> list[Fault]:
    """Every entry in which two decisions differ by more than the last digits of a number."""
    return list(_differences(given.model_dump(mode="json"), made.model_dump(mode="json"), ""))


def _with_files(made: DecisionDocument, folder: Path, evidence: str) -> DecisionDocument:
    """With the digests of what lies in the folder now."""
    place = folder / FOLDER
    digest = folder_digest(place) if place.is_dir() else None
    beside = folder / UNDECIDED
    kept = sorted(p for p in beside.iterdir() if p.is_dir()) if beside.is_dir() else []
    undecided = {place.name: folder_digest(place) for place in kept}
    prints = made.fingerprints.model_copy(update={"recommended": digest, "undecided": undecided})
    return made.model_copy(
        update={"fingerprints": prints, "evidence": sha256(evidence.encode()).hexdigest()}
    )


def _of_data(given: DecisionDocument, task: Task) -> Iterator[Fault]:
    data = load_dataset(task)
    parts = split(data, task.spec.split)
    found = {
        "data": data.fingerprint(),
        "split": parts.fingerprint(),
        "judge": data.fingerprint_of(parts.judge),
    }
    for name, gives in found.items():
        says = getattr(given.fingerprints, name)
        if says != gives:
            yield Fault(f"fingerprints.{name} (of the task's data)", says, gives)


def _differences(says: Any, gives: Any, where: str) -> Iterator[Fault]:
    if isinstance(says, dict) and isinstance(gives, dict):
        for key in dict.fromkeys((*says, *gives)):
            yield from _differences(says.get(key), gives.get(key), f"{where}.{key}".lstrip("."))
    elif isinstance(says, list) and isinstance(gives, list) and len(says) == len(gives):
        for at, (one, other) in enumerate(zip(says, gives, strict=True)):
            name = one.get("name") if isinstance(one, dict) else None
            yield from _differences(one, other, f"{where}.{name or at}")
    elif not _same(says, gives):
        yield Fault(where, says, gives)


def _same(one: Any, other: Any) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other))
    if numbers:
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=0.0)
    return bool(one == other)


def _leaves(plain: Any) -> int:
    if isinstance(plain, dict):
        return sum(_leaves(value) for value in plain.values())
    if isinstance(plain, list):
        return sum(_leaves(value) for value in plain)
    return 1
