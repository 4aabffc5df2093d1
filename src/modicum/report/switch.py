"""What every page of several readers has: the switch between them, and the notes at its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modicum.report.markup import Html, el

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.report.language import Language
    from modicum.report.notes import Notes
    from modicum.report.reading import Reading


_TERM = re.compile(r'popovertarget="term-([\w-]+)"')


def switch(readings: Sequence[Reading], say: Language) -> Html:
    """Radio buttons that the style sheet follows, so that no script is needed."""
    choices = [
        el(
            "label",
            el("input", type="radio", name="reader", id=f"for-{r.reader}", checked=k == 0),
            el("span", say(f"page.{r.reader}")),
        )
        for k, r in enumerate(readings)
    ]
    return el("fieldset", el("legend", say("page.switch")), *choices, class_="switch")


def notes_section(notes: Notes, parts: Sequence[Html]) -> Html:
    """The notes to the figures, and the words that explain themselves in those parts."""
    say, asked = notes.say, {name for part in parts for name in _TERM.findall(part)}
    return el(
        "section",
        el("h2", say("page.notes")),
        notes.listed(),
        el("h2", say("page.words")),
        notes.words(asked),
        id="notes",
        class_="part notes",
    )
