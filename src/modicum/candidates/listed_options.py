"""The options that an input lists, and which part of one is the answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from modicum.candidates.protocol import Examples
from modicum.errors import CandidateError
from modicum.tasks.answers import read_parts
from modicum.tasks.text_metrics import normalised

Said = Literal["whole", "text", "mark"]
"""What an answer says of an option: "A. a bank", "a bank", or "A"."""

_MARK = re.compile(r"^\(?([A-Za-z]|\d{1,2})[.):]\s+(.+)$", re.DOTALL)
_MOST, _LONGEST = 50, 20_000
_LISTED = 0.9  # share of examples whose answer must be one of the options


class Option(NamedTuple):
    """One option as it stands, its text without the mark before it, and that mark."""

    whole: str
    text: str
    mark: str

    def as_said(self, said: Said) -> str:
        """The part of it that is the answer."""
        return {"whole": self.whole, "text": self.text, "mark": self.mark}[said]


def options_of(cell: str) -> list[Option]:
    """A JSON list of texts, else the lines, else the parts between bars or semicolons.

    >>> [option.text for option in options_of("A. a bank\\nB. a mall")]
    ['a bank', 'a mall']
    >>> [option.whole for option in options_of('["yes", "no"]')]
    ['yes', 'no']
    """
    parts = [part.strip() for part in _parts(cell[:_LONGEST]) if part.strip()][:_MOST]
    return [_option(part) for part in parts] if len(parts) > 1 else []


def _parts(cell: str) -> Sequence[str]:
    if cell.lstrip()[:1] == "[":
        try:
            found = json.loads(cell)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [str(one) for one in found]
    lines = cell.strip().splitlines()
    return lines if len(lines) > 1 else re.split(r"\s*[|;]\s*", cell)


def _option(part: str) -> Option:
    marked = _MARK.match(part)
    return Option(part, marked[2], marked[1]) if marked else Option(part, part, part)


def right_option(options: Sequence[Option], answer: str, said: Said) -> int | None:
    """The only option that an answer names; None where it is none or several."""
    wanted = normalised(answer)
    same = [i for i, option in enumerate(options) if normalised(option.as_said(said)) == wanted]
    return same[0] if len(same) == 1 else None


def way_of_saying(listed: Sequence[Sequence[Option]], answers: Sequence[str]) -> tuple[Said, float]:
    """What answers say of the options, by most examples, and the share of examples that do so."""
    ways: tuple[Said, ...] = ("whole", "text", "mark")
    pairs = list(zip(listed, answers, strict=True))
    hits = Counter({w: sum(right_option(o, a, w) is not None for o, a in pairs) for w in ways})
    said, count = hits.most_common(1)[0]
    return said, count / max(len(pairs), 1)


def listing_column(fit: Examples) -> tuple[int, Said]:
    """The context column that lists the answers, and how they are said."""
    section = fit.section
    if section is None or fit.form != "generate" or not section.context:
        raise CandidateError("recipe 'choice' needs options: give context under [task]")
    cells = [read_parts(text, section.parts) for text in fit.inputs]
    found: list[tuple[float, int, Said]] = []
    for at in range(1, len(section.parts)):
        said, share = way_of_saying([options_of(row[at]) for row in cells], fit.references)
        found.append((share, -at, said))
    share, at, said = max(found)
    if share < _LISTED:
        raise CandidateError(
            f"recipe 'choice' found the answer among the options of {share:.0%} of examples, at "
            f"least {_LISTED:.0%} was wanted: name the column that lists them, one a line, as "
            "context, or leave it out"
        )
    return -at, said


def lists_options(examples: Examples) -> bool:
    """Whether a context column lists the answers of nearly all examples, so that this can learn."""
    try:
        listing_column(examples)
    except CandidateError:
        return False
    return True
