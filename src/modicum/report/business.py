"""Business: what changes, what it costs, what may go wrong, and what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.business_ask import approved, ask
from modicum.report.business_money import cost, pays
from modicum.report.business_risk import risk, slices, wrong
from modicum.report.business_short import in_short
from modicum.report.reading import Reading
from modicum.report.told import Told

if TYPE_CHECKING:
    from modicum.report.beside import Beside
    from modicum.report.language import Language
    from modicum.report.view import View

_ORDER = (in_short, cost, pays, slices, risk, wrong, ask, approved)


def business(view: View, beside: Beside, say: Language) -> Reading:
    """The reading for who pays and decides, in the order in which it is asked."""
    told = Told(view, beside, say)
    parts = [part for build in _ORDER if (part := build(told)) is not None]
    return Reading("business", told.say("title"), tuple(parts))
