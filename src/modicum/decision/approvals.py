"""Who said what to a decision: comments and approvals by role, in a chain of hashes.

One JSON object a line in approvals.jsonl beside the decision.  Each holds the SHA-256 of the
decision it was said of and of the line before it, so that no line can be changed, taken out or put
in between without every later line showing it.  A chain proves order and content, not identity: the
name is what the writer gave.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from modicum.decision.document import FILE as DECISION
from modicum.errors import ArtefactError, StorageError

FILE = "approvals.jsonl"
Role = Literal["engineer", "business", "sustainability"]
Kind = Literal["comment", "approve", "reject", "accept-slice"]
_FIRST = "0" * 64


@dataclass(frozen=True)
class Approval:
    """One line of the chain.

    kind: `accept-slice` takes responsibility for a slice that is worse or undecided (`slice`).
    decision: SHA-256 of decision.json when it was said.  previous, hash: the chain.
    """

    at: str
    role: Role
    name: str
    kind: Kind
    comment: str
    slice: str | None
    decision: str
    previous: str
    hash: str


def add_approval(
    folder: Path,
    *,
    role: Role,
    name: str,
    kind: Kind,
    comment: str = "",
    slice_name: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Approval:
    """Append one line; raises ArtefactError for a broken chain or an empty name."""
    if role not in get_args(Role) or kind not in get_args(Kind):
        raise ArtefactError(
            f"role {role!r} and kind {kind!r}: give one of {', '.join(get_args(Role))} and one of "
            f"{', '.join(get_args(Kind))}"
        )
    if not name.strip():
        raise ArtefactError("an approval needs the name of who gives it: give --name")
    if (kind == "accept-slice") != (slice_name is not None):
        raise ArtefactError("accept-slice and the slice's name go together: give --slice")
    if faults := approvals_faults(folder):
        raise ArtefactError(f"{folder / FILE} does not hold ({faults[0]}): nothing was added")
    chain = read_approvals(folder)
    line = Approval(
        at=clock().isoformat(timespec="seconds"),
        role=role,
        name=name.strip(),
        kind=kind,
        comment=comment,
        slice=slice_name,
        decision=_decision_digest(folder),
        previous=chain[-1].hash if chain else _FIRST,
        hash="",
    )
    line = Approval(**{**asdict(line), "hash": _hash(line)})
    try:
        with (folder / FILE).open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
    except OSError as error:
        raise StorageError(f"{folder / FILE} cannot be written ({error.strerror})") from None
    return line


def read_approvals(folder: Path) -> list[Approval]:
    """Every line, oldest first; empty where nobody said anything.  Raises ArtefactError."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{folder / FILE} cannot be read: {error}") from None
    try:
        return [Approval(**json.loads(line)) for line in lines]
    except (ValueError, TypeError) as error:
        raise ArtefactError(f"{folder / FILE} was changed or is damaged: {error}") from None


def approvals_faults(folder: Path) -> list[str]:
    """What does not hold of the chain, one sentence each; empty where all does."""
    try:
        chain = read_approvals(folder)
    except ArtefactError as error:
        return [str(error)]
    faults, previous = [], _FIRST
    for number, line in enumerate(chain, start=1):
        if line.hash != _hash(line):
            faults.append(f"line {number} was changed after it was written")
        if line.previous != previous:
            faults.append(f"line {number} does not follow the line before it")
        previous = line.hash
    return faults


def stale(folder: Path, line: Approval) -> bool:
    """Whether the decision was changed or made again since the line was written."""
    return line.decision != _decision_digest(folder)


def _decision_digest(folder: Path) -> str:
    try:
        return sha256((folder / DECISION).read_bytes()).hexdigest()
    except OSError as error:
        raise ArtefactError(
            f"there is no {DECISION} in {folder} to speak of ({error.strerror})"
        ) from None


def _hash(line: Approval) -> str:
    plain = {key: value for key, value in asdict(line).items() if key != "hash"}
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
