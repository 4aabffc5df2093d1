"""Undecided candidates of a decision, kept beside the recommended one for live traffic to judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from modicum.candidates.decided import Decided, load_unchanged
from modicum.decision.document import FigureDocument, read_decision
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument

FOLDER = "undecided"
MOST = 3
"""Kept of one decision: each is answered with for every request that the shadow judges."""


def undecided_of(decision: DecisionDocument) -> list[str]:
    """Undecided candidates that use less energy than the recommended one, smallest first.

    None where a ceiling decides: agreeing with the reference on live traffic would not prove it.
    """
    most = _energy_j(decision, decision.recommended)
    if most is None or decision.ceiling is not None:
        return []
    found = []
    for each in decision.candidates:
        used = _energy_j(decision, each.name)
        known = each.status == "judged" and each.adequate is None and each.loss is not None
        if known and used is not None and used < most:
            found.append((used, each.name))
    return [name for _, name in sorted(found)]


def as_if_recommended(decision: DecisionDocument, name: str) -> DecisionDocument:
    """The same evidence, about an undecided candidate; its monthly saving was never computed."""
    digest = decision.fingerprints.undecided[name]
    never = Figure.unknown(decision.break_even_requests.unit, f"{name} was not recommended")
    return decision.model_copy(
        update={
            "recommended": name,
            "verdict": f"{name} is undecided",
            "saving_per_month": None,
            "break_even_requests": FigureDocument.of(never),
            "given_up": [],
            "fingerprints": decision.fingerprints.model_copy(update={"recommended": digest}),
        }
    )


def load_for_shadow(folder: Path) -> list[Decided]:
    """What live traffic is to judge: the recommended candidate, then the undecided, smallest first.

    Where the decision kept its reference, which answers anyway, the undecided ones alone.
    Raises ArtefactError or CandidateError, as `Decided.load` does.
    """
    decision = read_decision(folder)
    names = decision.fingerprints.undecided
    keeps = decision.recommended == decision.reference
    first = [] if names and keeps else [Decided.load(folder)]
    return first + [_load(folder, decision, name) for name in names]


def _load(folder: Path, decision: DecisionDocument, name: str) -> Decided:
    place = folder / FOLDER / name
    # A name comes out of a file that may be foreign: it must stay inside the folder.
    inside = place.resolve().parent == (folder / FOLDER).resolve()
    digest = decision.fingerprints.undecided[name] if inside else ""
    return Decided(as_if_recommended(decision, name), load_unchanged(place, digest, name=name))


def _energy_j(decision: DecisionDocument, name: str) -> float | None:
    footprint = decision.candidate(name).footprint
    return None if footprint is None else footprint.energy_j.value
