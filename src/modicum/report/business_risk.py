"""Business, the risk: group by group, and what happens if it is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.markup import short
from modicum.report.reading import Number, Part
from modicum.report.words import state

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, SliceDocument
    from modicum.report.told import Told

_MOST_NAMES = 6
_MOST_SLICES = 30


def risk(told: Told) -> Part:
    """How often such a decision is wrong, and for whom it was not shown."""
    doubts = [told.say("risk_doubt", old=told.old)] if told.view.decision.doubt else []
    if told.view.kept:
        return Part("business-risk", told.say("risk"), (*doubts, told.say("risk_keep")))
    share = told.words.number(f"{(1 - told.view.decision.confidence) * 100:.3g}%")
    texts = [*doubts, told.say("risk_text", risk=share)]
    open_slices = [
        f"{short(s.column, 30)} {short(s.slice, 30)}"
        for s in told.view.recommended.slices
        if not s.adequate
    ]
    if open_slices:
        names = ", ".join(open_slices[:_MOST_NAMES])
        more = len(open_slices) - _MOST_NAMES
        names += f" (+{more})" if more > 0 else ""
        texts.append(told.say("risk_slices", names=names))
    if lost := told.view.decision.given_up:
        names = ", ".join(short(part.name, 30) for part in lost[:_MOST_NAMES])
        more = len(lost) - _MOST_NAMES
        names += f" (+{more})" if more > 0 else ""
        texts.append(told.say("risk_given_up", names=names, old=told.old))
    return Part("business-risk", told.say("risk"), tuple(texts))


def wrong(told: Told) -> Part:
    """What happens then, and the way back."""
    keys = ["wrong_keep"] if told.view.kept else ["wrong_text", "wrong_back"]
    texts = tuple(told.say(key, old=told.old) for key in keys)
    return Part("business-wrong", told.say("wrong"), texts)


def slices(told: Told) -> Part | None:
    """The groups that the task names side by side; None where it names none.

    Where the reference stays, those of the candidate that was good enough on average but not for
    every group, if there is one.
    """
    row = told.view.recommended if not told.view.kept else _on_average(told)
    if row is None or not row.slices:
        return None
    at = told.view.place_of(row)
    worst_first = sorted(enumerate(row.slices), key=lambda one: _order(one[1]))
    numbers = tuple(
        Number(_label(told, part), part.difference, f"{at}.slices[{k}].difference")
        for k, part in worst_first[:_MOST_SLICES]
        if part.difference is not None
    )
    name = short(row.name, 40)
    texts = [told.say("slices_kept" if told.view.kept else "slices_text", name=name)]
    blind = [_name(part) for part in row.slices if part.difference is None]
    if blind:
        texts.append(told.say("slices_blind", names=", ".join(blind[:_MOST_NAMES])))
    left = len(row.slices) - _MOST_SLICES
    if left > 0:
        texts.append(told.say("slices_more", count=told.words.number(f"{left:,}")))
    return Part("business-slices", told.say("slices"), tuple(texts), numbers)


def _on_average(told: Told) -> CandidateDocument | None:
    """The frugal candidate whose whole was within the margin, but not each of its slices."""
    margin = told.view.decision.margin
    for row in told.view.rows:
        good = row.difference is not None and row.difference.high < margin
        if good and state(row) != "yes" and any(s.adequate is not True for s in row.slices):
            return row
    return None


def _order(part: SliceDocument) -> tuple[int, float]:
    rank = {False: 0, None: 1, True: 2}[part.adequate]
    return rank, -(part.difference.value if part.difference else 0.0)


def _name(part: SliceDocument) -> str:
    return f"{short(part.column, 30)} {short(part.slice, 30)}"


def _label(told: Told, part: SliceDocument) -> str:
    key = {True: "slice_good", None: "slice_open", False: "slice_worse"}[part.adequate]
    cases = told.words.number(f"{part.examples:,}")
    text = told.say(key, name=_name(part), cases=cases)
    who = told.beside.accepted.get(f"{part.column}={part.slice}")
    return text if who is None else f"{text} ({told.say('slice_accepted', who=short(who, 60))})"
