"""From prompts of one group to their template: what all of them hold, in the same order.

The shortest prompt holds the least that varies.  It is walked from left to right, and at each place
the longest run of its tokens is kept that nearly all others hold after what was kept before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from modicum.discover.request import OPEN
from modicum.discover.sketch import TOKEN, trimmed
from modicum.discover.template import Template

SAMPLE = 60
"""Prompts a template is read from."""

_NEARLY_ALL = 0.95  # share of the prompts that must hold a text for it to stay
_FIT = 0.7  # share of the prompts that a template must match to be one
_LONG = 4  # tokens from which a run stays by itself; a shorter one needs a word and a mark
_MARK = re.compile(r"[:\n\"`<>\[\](){}|=#*：。「」]")
_GLUE = re.compile(r"[\w@+%]")  # what words, numbers and addresses are made of
_NUMBER = re.compile(r"[\s().-]?\d")
_TAIL, _HEAD = re.compile(r"[\w.+%@-]+\Z"), re.compile(r"[\w.+%@-]+")
_TAIL_NUMBER = re.compile(r"\+?\d[\d\s()./-]*\Z")
_WORD = re.compile(r"[^\W\d_]")


def align(prompts: Sequence[str]) -> Template | None:
    """The template of at least two prompts, or None where they share nothing to go by."""
    chosen = _of_one_role(_spread(prompts, SAMPLE))
    texts = sorted(map(trimmed, chosen), key=len)
    if len(texts) < 2:
        return None
    segments = _Walk(texts).segments()
    if not segments:
        return None
    ends = all(text.endswith(segments[-1]) for text in texts)
    return _settled(Template(tuple(segments), ends), chosen)


class _Walk:
    """One pass over the shortest text; `places` is where each text has been read to."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.base, self.texts = texts[0], texts
        self.places = [0] * len(texts)
        self.need = _NEARLY_ALL * len(texts)
        self.spans = [m.span() for m in TOKEN.finditer(self.base)]
        self.kept: list[str] = []

    def segments(self) -> list[str]:
        """The texts that stay, in order."""
        hopeful = self._hopeful()
        i = 0
        while i < len(self.spans):
            length = self._longest(i) if hopeful[i] else 0
            i += self._keep(i, length) if length else 1
        return _rejoined(self.kept, self.texts)

    def _hopeful(self) -> list[bool]:
        """Whether a run may begin at each token: its pair with the next is held by nearly all."""
        tokens = [self.base[a:b] for a, b in self.spans]
        held = Counter(p for text in self.texts for p in set(pairwise(TOKEN.findall(text))))
        pairs = [held[pair] >= self.need for pair in pairwise(tokens)] + [False]
        return [good or token[0] == OPEN for good, token in zip(pairs, tokens, strict=True)]

    def _longest(self, i: int) -> int:
        """How many tokens from the i-th on nearly all texts hold as they stand."""
        low, high = 0, len(self.spans) - i
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._held(i, middle) else (low, middle - 1)
        return low

    def _held(self, i: int, length: int) -> bool:
        piece = self._piece(i, length)
        found = self._find(piece)
        return sum(at >= 0 for at in found) >= self.need

    def _find(self, piece: str) -> list[int]:
        """Where each text holds the piece; the first segment opens the text."""
        if not self.kept:
            return [0 if text.startswith(piece) else -1 for text in self.texts]
        return [text.find(piece, at) for text, at in zip(self.texts, self.places, strict=True)]

    def _piece(self, i: int, length: int) -> str:
        return self.base[self.spans[i][0] : self.spans[i + length - 1][1]]

    def _keep(self, i: int, length: int) -> int:
        """Keep the run if it is one that people would write into a template; tokens passed."""
        piece = self._whole_words(i, length)
        if not piece:
            return 1
        found = self._find(piece)
        piece, found = self._with_blanks(piece, found)
        if not _stays(piece):
            return 1
        self.kept.append(piece)
        self.places = [
            f + len(piece) if f >= 0 else at for f, at in zip(found, self.places, strict=True)
        ]
        return length

    def _whole_words(self, i: int, length: int) -> str:
        """The run without a word, number or address that it holds only one end of."""
        start, stop = self.spans[i][0], self.spans[i + length - 1][1]
        piece = self.base[start:stop]
        behind = self.base[stop : stop + 1]
        if _GLUE.match(behind) and _GLUE.match(piece[-1]):
            piece = _TAIL.sub("", piece)
        if _NUMBER.match(self.base[stop : stop + 2]):
            piece = _TAIL_NUMBER.sub("", piece)
        if start and piece and _GLUE.match(self.base[start - 1]) and _GLUE.match(piece[0]):
            piece = _HEAD.sub("", piece)
        return piece.strip() if piece[:1].isspace() else piece

    def _with_blanks(self, piece: str, found: list[int]) -> tuple[str, list[int]]:
        """The piece with the blanks that stand before and behind it in all texts that hold it."""
        where = [(t, f) for t, f in zip(self.texts, found, strict=True) if f >= 0]
        while len(behind := {t[f + len(piece) : f + len(piece) + 1] for t, f in where}) == 1:
            char = behind.pop()
            if not char.isspace():
                break
            piece += char
        while self.kept:
            before = {t[f - 1] for t, f in where if f > 0}
            free = all(f > at for f, at in zip(found, self.places, strict=True) if f >= 0)
            if len(before) != 1 or not free or not (char := before.pop()).isspace():
                break
            piece, found = char + piece, [f - 1 if f >= 0 else f for f in found]
            where = [(t, f - 1) for t, f in where]
        return piece, found


def _stays(piece: str) -> bool:
    if OPEN in piece:
        return True
    if not _WORD.search(piece):
        return False
    return len(TOKEN.findall(piece)) >= _LONG or bool(_MARK.search(piece))


def _rejoined(segments: list[str], texts: Sequence[str]) -> list[str]:
    """Neighbours that touch in all texts become one segment."""
    joined: list[str] = []
    for segment in segments:
        if joined and all(joined[-1] + segment in t for t in texts):
            joined[-1] += segment
        else:
            joined.append(segment)
    return joined


def _settled(template: Template, prompts: Sequence[str]) -> Template | None:
    """The template with the gaps that never vary written out; None where most do not fit it."""
    gaps = [found for prompt in prompts if (found := template.match(prompt)) is not None]
    if len(gaps) < _FIT * len(prompts):
        return None
    columns = list(zip(*gaps, strict=True))
    fixed = tuple(c[0] if len(set(c)) == 1 and len(c[0]) < 40 else None for c in columns)
    return Template(template.segments, template.ends, fixed)


def _of_one_role(prompts: Sequence[str]) -> list[str]:
    """The prompts that begin with the commonest role."""
    first = Counter(TOKEN.match(p)[0] for p in prompts if TOKEN.match(p))  # type: ignore[index]
    role = first.most_common(1)[0][0] if first else ""
    return [p for p in prompts if p.startswith(role)]


def _spread(prompts: Sequence[str], most: int) -> list[str]:
    """At most that many distinct prompts, evenly over all."""
    distinct = list(dict.fromkeys(prompts))
    step = max(len(distinct) / most, 1.0)
    return [distinct[int(i * step)] for i in range(min(most, len(distinct)))]
