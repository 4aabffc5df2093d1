"""What was found, told in one language: sentences, and figures with the finder's doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from modicum.opportunities.opportunity import Saving
from modicum.opportunities.sentence import Sentence, Speech

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.opportunities.opportunity import Found, Opportunity


@dataclass(frozen=True)
class Told:
    """An opportunity as a page or a screen shows it."""

    finder: str
    subject: str
    todo: str
    saving: Saving
    at_stake: Saving
    effort: str
    step: str
    assumptions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "finder": self.finder,
            "subject": self.subject,
            "todo": self.todo,
            "saving": self.saving.to_dict(),
            "at_stake": self.at_stake.to_dict(),
            "effort": self.effort,
            "step": self.step,
            "assumptions": list(self.assumptions),
        }


def tell(one: Opportunity, say: Speech) -> Told:
    """One opportunity in that language."""
    return Told(
        one.finder,
        _subject(one, say),
        one.todo.said(say),
        Saving(*(_figure(figure, one, say) for figure in one.saving.figures)),
        one.at_stake,
        say(f"opportunities.effort_{one.effort}"),
        one.step.said(say) if isinstance(one.step, Sentence) else one.step,
        tuple(text.said(say) for text in one.assumptions),
    )


def tell_all(found: Found, say: Speech) -> tuple[Told, ...]:
    """Every opportunity, in its order."""
    return tuple(tell(one, say) for one in found.opportunities)


def blind(found: Found, say: Speech) -> tuple[str, ...]:
    """Which finder could not look, and why."""
    return tuple(f"{none.finder}: {none.why.said(say)}" for none in found.not_looked)


def as_data(found: Found, say: Speech) -> dict[str, Any]:
    """Everything as plain data; sentences in that language."""
    return {
        "figures_of": "month" if found.monthly else "days",
        "days": found.days,
        "requests": found.requests,
        "opportunities": [told.to_dict() for told in tell_all(found, say)],
        "not_looked_at": [{"finder": n.finder, "why": n.why.said(say)} for n in found.not_looked],
    }


def _subject(one: Opportunity, say: Speech) -> str:
    if one.task and one.place:
        return say("opportunities.on", task=one.task, place=one.place)
    return one.task or one.place or say("opportunities.direct")


def _figure(figure: Figure, one: Opportunity, say: Speech) -> Figure:
    """With the finder's own reason, or with why it lies between nothing and all."""
    if one.nobody_knows is not None:
        return replace(figure, reason=one.nobody_knows.said(say))
    if one.doubt is None or not figure.known:
        return figure
    doubt = say("opportunities.up_to", source=figure.source, why=one.doubt.said(say))
    return replace(figure, source=doubt)
