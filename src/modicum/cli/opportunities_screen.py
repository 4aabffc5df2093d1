"""Opportunities on the screen, in one language and its width."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

from modicum.ledger.used import QUANTITIES
from modicum.report.terminal import plain

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.opportunities import Found, Told
    from modicum.report.language import Language


def show_found(found: Found, most: int, by: int, say: Language) -> None:
    """The first `most` of them, the figure at place `by` of `QUANTITIES` first."""
    from rich.console import Console

    from modicum.opportunities import blind, tell_all

    console = Console(highlight=False)

    def write(text: str, style: str = "", indent: int = 0) -> None:
        text = plain(text)  # names come from callers
        for line in fill(text, console.width, subsequent_indent=" " * indent).splitlines():
            console.print(line, style=style, markup=False)

    write(_head(found, say), "bold")
    for number, one in enumerate(tell_all(found, say)[:most], start=1):
        console.print()
        write(f"{number}. {one.subject}: {one.todo}", "bold", 3)
        for line in _lines(one, by, say):
            write(f"   {line}", indent=10)
    whole = len(found.opportunities)
    if whole > most:
        write(say("opportunities.more", count=say.number(f"{whole - most:,}"), all=str(whole)))
    if found.not_looked:
        console.print()
        write(say("opportunities.blind"), "bold")
        for text in blind(found, say):
            write(f"   {text}", indent=6)


def _head(found: Found, say: Language) -> str:
    if not found.requests:
        return say("opportunities.head_empty")
    days = say.number(f"{found.days:,.3g}")
    of = say("opportunities.of_month") if found.monthly else say("opportunities.of_days", days=days)
    head = say("opportunities.head", requests=say.number(f"{found.requests:,}"), days=days, of=of)
    return head if found.opportunities else f"{head} {say('opportunities.head_nothing')}"


def _lines(one: Told, by: int, say: Language) -> list[str]:
    """Saving first in the order asked for, then effort, step and assumptions."""
    names = [say(f"opportunities.{quantity}") for quantity in QUANTITIES]
    figures = list(zip(names, one.saving.figures, strict=True))
    figures.insert(0, figures.pop(by))
    known = [f"{name} {_value(figure, say)}" for name, figure in figures if figure.known]
    saves = f"{say('opportunities.saves'):<6}"
    if known:
        lines = [f"{saves} {known[0]}", *(f"{'':<{len(saves)}} {text}" for text in known[1:])]
    else:
        lines = [f"{say('opportunities.saving_unknown')}: {figures[0][1].reason}"]
        stake = one.at_stake.figures[by]
        if stake.known:
            lines.append(f"{say('opportunities.uses'):<6} {names[by]} {_value(stake, say)}")
    effort, following = say("opportunities.effort"), say("opportunities.next")
    lines.append(f"{effort} {one.effort}; {following}: {one.step}")
    return lines + [f"{say('opportunities.granted')}: {text}" for text in one.assumptions]


def _value(figure: Figure, say: Language) -> str:
    from modicum.report.numbers import show

    basis = say(f"sustainability.basis_{figure.basis}")
    return f"{say.number(plain(str(show(figure))))}, {basis}"
