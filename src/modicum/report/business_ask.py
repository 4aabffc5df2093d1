"""Business, the answer: what is asked for, and who has said what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.decision.consent import open_slices
from modicum.report.markup import short
from modicum.report.reading import Grid, Part

if TYPE_CHECKING:
    from modicum.report.beside import Said
    from modicum.report.told import Told

_MOST_NAMES = 6


def ask(told: Told) -> Part:
    """What is asked, with the line to type."""
    key = "ask_keep" if told.view.kept else "ask_use"
    text = told.say(key, new=told.new, old=told.old)
    texts = [text]
    if names := _unsigned(told):
        texts.append(told.say("ask_slices", names=", ".join(names[:_MOST_NAMES])))
    name = f"modicum approve {told.beside.folder} --role business --name NAME"
    return Part("business-ask", told.say("ask"), tuple(texts), command=name)


def _unsigned(told: Told) -> list[str]:
    """Slices that were not proven and that nobody has accepted: nothing is served before."""
    names = open_slices(told.view.decision)
    return [short(name, 60) for name in names if name not in told.beside.accepted]


def approved(told: Told) -> Part:
    """The chain of approvals, and what does not hold of it."""
    title, said = told.say("approved"), told.beside.approvals
    faults = tuple(told.say("chain", fault=fault) for fault in told.beside.faults)
    if not said:
        return Part("business-approved", title, (told.say("nobody"), *faults))
    head = tuple(told.say(key) for key in ("when", "role", "name", "said", "remark"))
    grid = Grid(head, tuple(_line(told, one) for one in said))
    return Part("business-approved", title, faults, grid=grid)


def _line(told: Told, said: Said) -> tuple[str, ...]:
    line = said.line
    kind = told.say(f"kind_{line.kind}", slice=line.slice or "")
    if said.stale:
        kind = f"{kind} ({told.say('stale')})"
    role = told.words(f"page.{line.role}")
    return (line.at[:10], role, short(line.name), kind, short(line.comment, 300))
