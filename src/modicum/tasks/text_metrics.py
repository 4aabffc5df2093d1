"""Losses of one written answer against one reference, in [0, 1]; 0 is right.

exact match and token F1 normalise as SQuAD does (Rajpurkar et al. 2016): case, punctuation, English
articles and white space do not count.  ROUGE-L is the F1 of the longest common subsequence of words
(Lin 2004, beta = 1).  A number is read from the end of an answer, where models state their result.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NUMBER = re.compile(
    r"(?<![\w.,])([-+−]?)\$?(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(?:\s?/\s?(\d+))?(%?)"
)
_LONGEST = 2_000  # words of an answer that are compared: what is longer is no short answer


def normalised(text: str) -> str:
    """The form in which two answers are the same.

    >>> normalised("The  Eiffel-Tower!")
    'eiffel tower'
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(
        " " if unicodedata.category(c)[0] in "PS" and c not in "+%" else c for c in folded
    )
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact_loss(answer: str, reference: str) -> float:
    """0 where both are the same once normalised."""
    return float(normalised(answer) != normalised(reference))


def f1_loss(answer: str, reference: str) -> float:
    """1 - F1 over the words of both, each counted as often as it occurs.

    >>> f1_loss("in the Paris area", "Paris"), f1_loss("", "")
    (0.5, 0.0)
    """
    one, other = normalised(answer).split()[:_LONGEST], normalised(reference).split()[:_LONGEST]
    return _f1_loss(sum((Counter(one) & Counter(other)).values()), len(one), len(other))


def rouge_l_loss(answer: str, reference: str) -> float:
    """1 - F1 of the longest common subsequence of words.

    >>> round(rouge_l_loss("police killed the gunman", "the gunman killed police"), 3)
    0.5
    """
    one, other = (re.findall(r"\w+", text.casefold())[:_LONGEST] for text in (answer, reference))
    return _f1_loss(common_subsequence(one, other), len(one), len(other))


def _f1_loss(shared: int, first: int, second: int) -> float:
    if not first or not second:
        return float(first != second)
    return 1.0 - 2.0 * shared / (first + second)


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, by bits (Hyyrö 2004).

    >>> common_subsequence("abcd", "bxd")
    2
    """
    places: dict[str, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | (1 << at)
    every = (1 << len(one)) - 1
    free = every
    for word in other:
        match = free & places.get(word, 0)
        free = ((free + match) | (free - match)) & every
    return len(one) - free.bit_count()


def numeric_loss(answer: str, reference: str, tolerance: float) -> float:
    """0 where the last number of the answer is that of the reference, within a relative tolerance.

    >>> numeric_loss("That makes $1,200 in all.", "1200 dollars", 1e-6)
    0.0
    """
    said, wanted = last_number(answer), last_number(reference)
    if said is None or wanted is None:
        return 1.0
    return float(not math.isclose(said, wanted, rel_tol=tolerance, abs_tol=tolerance))


def last_number(text: str) -> float | None:
    """The last number a text writes in figures: separators, fractions, currency and % are read.

    >>> last_number("3/4 of 1,000 is 750."), last_number("-2.5%"), last_number("seven")
    (750.0, -2.5, None)
    """
    found = numbers(text[-20_000:])
    return found[-1] if found else None


def numbers(text: str) -> list[float]:
    """Every number in figures, in order.

    >>> numbers("From 2 to 1/2 and -3")
    [2.0, 0.5, -3.0]
    """
    read = []
    for sign, whole, part, below, _ in _NUMBER.findall(text):
        if not whole and not part:
            continue
        value = float((whole or "0").replace(",", "") + part)
        if below and float(below):
            value /= float(below)
        if math.isfinite(value):
            read.append(-value if sign in ("-", "−") and value else value)
    return read


def regex_loss(answer: str, reference: str) -> float:
    """0 where the reference, a regular expression, is found in the answer."""
    return float(_compiled(reference).search(answer[:20_000]) is None)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def stated(answer: str, pattern: str | None) -> str:
    """The part of an answer that is scored: the last match of a pattern's group, else all of it.

    >>> stated("I add. #### 12", "#### *(.*)")
    '12'
    """
    if pattern is None:
        return answer
    found = _compiled(pattern).findall(answer[:20_000])
    return str(found[-1]).strip() if found else answer
