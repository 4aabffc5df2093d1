"""A context cut to what bears on the question: fewer tokens, read first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from modicum.tasks.answers import read_parts, write_parts

_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?]+[\"')\]]*\s*|\n+|$)")


def trimmed(text: str, columns: Sequence[str], most: int) -> str:
    """An input whose context holds at most `most` characters.

    The sentences that share the rarest words with the question are kept, in their order.  An input
    without context keeps its beginning and its end.

    >>> trimmed("abcdefghij", ["text"], 6)
    'abcdij'
    """
    question, *context = read_parts(text, columns)
    if not context:
        head = most - most // 3
        return text if len(text) <= most else text[:head] + text[len(text) - (most - head) :]
    if sum(map(len, context)) <= most:
        return text
    share = most // len(context)
    return write_parts(columns, [question, *(_kept(part, question, share) for part in context)])


def _kept(context: str, question: str, most: int) -> str:
    sentences = [s for s in _SENTENCE.findall(context) if s]
    bags = [set(re.findall(r"\w+", s.casefold())) for s in sentences]
    seen = Counter(word for bag in bags for word in bag)
    asked = set(re.findall(r"\w+", question.casefold()))
    worth = [sum(1 / seen[w] for w in bag & asked) / (len(bag) + 1) ** 0.5 for bag in bags]
    kept: set[int] = set()
    left = most
    for at in sorted(range(len(sentences)), key=lambda i: (-worth[i], i)):
        if len(sentences[at]) <= left:
            kept.add(at)
            left -= len(sentences[at])
    return "".join(sentences[i] for i in sorted(kept)) or context[:most]
