"""A template: the texts that stay, in order, and the gaps between them that vary."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from modicum.discover.request import OPEN, SHUT, readable
from modicum.discover.sketch import TOKEN

_MARKS = re.compile(r"[:\n\"'`<>\[\](){}|=#>*„“”«»：。、「」-]\s*\Z|\n\s*\Z")
_OPENS = re.compile(r"\s*[\n\"'`<>\[\](){}|#*]|\s*\n")
SYSTEM_WORDS = 5
"""Words of a system prompt that make a job of whatever follows."""

USER_WORDS = 8
"""Words that stay in what the user says; fewer need a mark."""

_ROLE = re.compile(rf"{OPEN}[a-z]+{SHUT}")


@dataclass(eq=False)
class Template:
    """Texts that stay; a gap lies before, between and after them where `gaps` says so.

    segments: raw text, each found in a prompt after the one before.
    fixed: for a gap that never varied where the template was read, its text, else None.
    ends: whether the last segment ends the prompt.  It always begins with a role's mark.
    """

    segments: tuple[str, ...]
    ends: bool
    fixed: tuple[str | None, ...] = ()
    anchor: str = field(init=False)
    weight: int = field(init=False)

    def __post_init__(self) -> None:
        self.anchor = max(self.segments, key=len)
        self.weight = sum(map(len, self.segments))
        if not self.fixed:
            self.fixed = (None,) * (len(self.segments) - self.ends)

    def match(self, prompt: str) -> list[str] | None:
        """What stands in each gap, or None where the prompt is of another template."""
        if self.anchor not in prompt:
            return None
        segments = self.segments
        if not prompt.startswith(segments[0]):
            return None
        at, gaps = len(segments[0]), []
        stop = len(prompt)
        if self.ends and len(segments) > 1:
            if not prompt.endswith(segments[-1]):
                return None
            stop -= len(segments[-1])
        inner = segments[1:-1] if self.ends else segments[1:]
        for segment in inner:
            found = prompt.find(segment, at, stop)
            if found < 0:
                return None
            gaps.append(prompt[at:found])
            at = found + len(segment)
        if at > stop or (self.ends and len(segments) == 1 and at != stop):
            return None
        if not (self.ends and len(segments) == 1):
            gaps.append(prompt[at:stop])
        return gaps

    def varying(self, gaps: Sequence[str]) -> list[str]:
        """The gaps that vary, of those `match` gave."""
        pairs = zip(gaps, self.fixed, strict=True)
        return [gap for gap, fixed in pairs if fixed is None]

    @property
    def variables(self) -> int:
        """How many gaps vary."""
        return sum(fixed is None for fixed in self.fixed)

    def pattern(self) -> str:
        """The template for people: numbered variables in braces, roles in brackets."""
        out, number = [], 0
        for i, segment in enumerate(self.segments):
            out.append(segment)
            if i < len(self.fixed):
                fixed = self.fixed[i]
                number += fixed is None
                out.append(f"{{{number}}}" if fixed is None else fixed)
        return readable("".join(out))

    def words(self) -> dict[str, int]:
        """How many words stay, by the role that speaks them."""
        found: dict[str, int] = {}
        role = "user"
        for segment in self.segments:
            for token in TOKEN.findall(segment):
                if token[0] == OPEN:
                    role = token[1:-1]
                elif token.isalpha():
                    found[role] = found.get(role, 0) + 1
        return found

    def marked(self) -> bool:
        """Whether a mark (colon, newline, quote, bracket) parts the user's text from what varies.

        It is how templates are written, and rarely how people open a sentence.  Words that float
        between two gaps need a mark on both sides.
        """
        before, after = self._marks()
        return before and after if self.floats() else before or after

    def _marks(self) -> tuple[bool, bool]:
        """Whether a mark stands before a gap that varies, and whether one stands behind one."""
        before = after = False
        for i, fixed in enumerate(self.fixed):
            if fixed is not None:
                continue
            ahead = _ROLE.split(self.segments[i])[-1]
            behind = self.segments[i + 1] if i + 1 < len(self.segments) else ""
            before |= bool(_MARKS.search(ahead) and TOKEN.search(ahead))
            after |= bool(_OPENS.match(behind) and TOKEN.search(_ROLE.split(behind)[0]))
        return before, after

    def floats(self) -> bool:
        """Whether the user's words that stay neither open a message nor end the prompt."""
        if self.ends:
            return False
        text = "\0".join(self.segments)
        spoken = text.rpartition(f"{OPEN}user{SHUT}")[2]
        return not spoken or spoken[0] == "\0"

    def closes(self) -> bool:
        """Whether words stay behind the first gap that varies."""
        behind = "".join(self.segments[self._first_gap() + 1 :])
        return any(token.isalpha() for token in TOKEN.findall(behind))

    def _first_gap(self) -> int:
        return next((i for i, f in enumerate(self.fixed) if f is None), len(self.fixed))


@dataclass(eq=False)
class Found:
    """A template with some of its prompts, for reading it again together with another's."""

    template: Template
    samples: list[str]
    requests: int = 0


def worth(template: Template) -> bool:
    """Whether enough stays for a template: a system prompt, or the user's words with a mark."""
    words = template.words()
    if template.variables == 0:
        return False
    if words.get("system", 0) >= SYSTEM_WORDS or words.get("user", 0) >= USER_WORDS:
        return True
    return words.get("user", 0) >= 1 and template.marked()
