"""Nobody's quality is sold for the average without a named person who accepts it.

Where a slice of the recommended candidate was not proven (undecided, or shown to be worse), its
answers may be used only once somebody accepted that slice by name, in the chain of approvals
beside the decision.  A class that it gives up counts as such a slice, `class=NAME`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modicum.decision.approvals import Approval, add_approval, approvals_faults, read_approvals
from modicum.decision.approvals import stale as is_stale
from modicum.errors import DecisionError

if TYPE_CHECKING:
    from modicum.decision.approvals import Role
    from modicum.decision.document import DecisionDocument, SliceDocument


def name_of(part: SliceDocument) -> str:
    """As it is accepted: COLUMN=VALUE."""
    return f"{part.column}={part.slice}"


def open_slices(document: DecisionDocument) -> tuple[str, ...]:
    """Slices on which the recommended candidate was not proven; none where the reference stays."""
    if document.recommended == document.reference:
        return ()
    best = document.candidate(document.recommended)
    unproven = [name_of(part) for part in best.slices if part.adequate is not True]
    return (*unproven, *_given_up(document))


def _given_up(document: DecisionDocument) -> list[str]:
    return [f"class={part.name}" for part in document.given_up]


def accepted(folder: Path) -> dict[str, Approval]:
    """Who accepted which slice of the decision as it is now, by slice.

    A line said of an earlier decision does not count, nor one whose writer has rejected since, nor
    any of a chain that does not hold.  Raises ArtefactError where there is no decision.
    """
    if approvals_faults(folder):
        return {}
    found: dict[str, Approval] = {}
    for line in read_approvals(folder):
        if is_stale(folder, line):
            continue
        if line.kind == "accept-slice" and line.slice is not None:
            found[line.slice] = line
        elif line.kind == "reject":
            found = {name: one for name, one in found.items() if one.name != line.name}
    return found


def lacking(document: DecisionDocument, folder: Path | None) -> tuple[str, ...]:
    """Open slices that nobody accepted; without a folder that is all of them."""
    known = accepted(folder) if folder is not None else {}
    return tuple(name for name in open_slices(document) if name not in known)


def demand(document: DecisionDocument, folder: Path | None, cure: str) -> None:
    """Refuse where an open slice was not accepted; `cure` ends the sentence.

    Raises:
        DecisionError: it names the slices, and what to do.
    """
    if names := lacking(document, folder):
        which = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        raise DecisionError(
            f"{document.recommended!r} was not shown to do as well for {which} of "
            f"{document.task.name!r}, and nobody has accepted that: {cure}"
        )


def accept(folder: Path, document: DecisionDocument, name: str, role: Role) -> list[Approval]:
    """Accept every open slice that nobody accepted yet, by name, in the chain."""
    return [
        add_approval(folder, role=role, name=name, kind="accept-slice", slice_name=part)
        for part in lacking(document, folder)
    ]


def check_slice(document: DecisionDocument, name: str) -> None:
    """Refuse a slice that the recommended candidate does not have; raises DecisionError."""
    known = [name_of(part) for part in document.candidate(document.recommended).slices]
    known += _given_up(document)
    if name not in known:
        raise DecisionError(
            f"{document.recommended!r} has no slice {name!r}: give one of "
            f"{', '.join(known) or 'none, as the task names no slices'}"
        )
