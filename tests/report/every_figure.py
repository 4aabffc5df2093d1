"""Walks every figure of a page: each has its unit, its interval, and a note one click away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shown_numbers import Buttons

from modicum.report.language import Language, language

UNIT = re.compile(
    r"\d ?(?:[nµmkMG]?J|[nµmkMG]?Wh|[nµmkM]?g CO₂e|t CO₂e|[nµm]?L|m³|USD|EUR)(?![\w/])"
)
_FIGURE = re.compile(r'<button class="fig[^>]*popovertarget="([^"]+)".*?</button>', re.DOTALL)


def faults(page: str, say: Language | None = None) -> Iterator[str]:
    """What of the page breaks the rule; a page without a figure breaks it too."""
    say = say or language("en")
    body = re.sub(r"<(style|script|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    told, _, notes = body.partition('<section id="notes"')
    targets = _FIGURE.findall(told)
    if not targets or not notes:
        yield "no figure, or no notes"
    for place, (value, ends) in Buttons(told).found:
        if value != say("notes.unknown_value") and not ends:
            yield f"no interval: {value} at {place}"
        if not re.search(r"[^\W\d]|%|m³", value):
            yield f"no unit: {value} at {place}"
    for target in dict.fromkeys(targets):
        yield from _faults_of_note(target, notes, say)
    plain = re.sub(r"<button\b.*?</button>", "", told, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", plain)
    yield from (f"a figure without a note: {found}" for found in UNIT.findall(text))


def _faults_of_note(target: str, notes: str, say: Language) -> Iterator[str]:
    """A note says why nobody knows; or basis, kind of interval, and what was counted."""
    note = re.search(rf'id="{re.escape(target)}".*?</div>', notes, re.DOTALL)
    if note is None:
        yield f"no note {target}"
        return
    found = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", note[0], re.DOTALL))
    if found.get(say("notes.unknown")):
        return
    wanted = [say("notes.basis"), say("notes.interval")]
    if found.get(say("notes.basis")) != say("notes.judged"):  # losses are of the judge split
        wanted += [say("notes.source"), say("notes.boundary")]
    yield from (f"{target} tells no {name}: {found}" for name in wanted if not found.get(name))
