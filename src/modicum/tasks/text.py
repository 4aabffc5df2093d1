"""What makes two inputs the same text, and which are near-duplicates of each other.

Two inputs are the same when they agree after Unicode NFKC, case folding and joining of white space.
They are near-duplicates (siblings from one template) when, with digits masked, the Jaccard
similarity of their word 1- and 2-gram sets reaches a threshold.  Pairs are proposed by MinHash with
banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3) and
each is then checked exactly, so hashing can miss a pair but never joins two texts wrongly.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import pairwise

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
_BANDS, _ROWS = 16, 4  # proposes a pair of similarity .8 with probability 1 - (1 - .8^4)^16 = .9998
_PRIME = (1 << 31) - 1
_LONGEST = 2_000  # words of a text that are looked at: siblings show within them


def normalise(text: str) -> str:
    """The form in which equal inputs are equal.

    >>> normalise("  Where is\\tMY card? ")
    'where is my card?'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def content_hash(text: str, seed: int = 0) -> float:
    """A number in [0, 1) that depends on the normalised text and the seed alone."""
    raw = f"{seed}:{normalise(text)}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(raw, digest_size=8).digest(), "big") / 2**64


def clusters(inputs: Sequence[str], threshold: float = 0.8) -> list[int]:
    """For each input the number of its cluster, numbered in order of first appearance.

    Clusters are the connected components over equal and near-duplicate inputs.
    """
    first: dict[str, int] = {}
    parent = list(range(len(inputs)))
    for i, text in enumerate(inputs):
        union(parent, i, first.setdefault(normalise(text), i))
    distinct = list(first.values())
    shingles = [_shingles(normalise(inputs[i])) for i in distinct]
    for a, b in _proposed(shingles):
        if _jaccard(shingles[a], shingles[b]) >= threshold:
            union(parent, distinct[a], distinct[b])
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(parent, i), len(numbers)) for i in range(len(inputs))]


def _shingles(text: str) -> frozenset[str]:
    words = _WORD.findall(_DIGITS.sub("0", text))[:_LONGEST] or [text]
    return frozenset((*words, *(f"{a} {b}" for a, b in pairwise(words))))


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)


def _proposed(sets: Sequence[frozenset[str]]) -> Iterable[tuple[int, int]]:
    """Pairs that share a band of their MinHash signatures; each bucket is a chain, not a clique."""
    import numpy as np

    if len(sets) < 2:
        return
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, _PRIME, size=(2, 1, _BANDS * _ROWS), dtype=np.uint64)
    flat = np.array([_small_hash(s) for group in sets for s in group], dtype=np.uint64)
    starts = np.cumsum([0, *(len(group) for group in sets[:-1])])
    signature = np.empty((len(sets), _BANDS * _ROWS), dtype=np.uint64)
    for column in range(_BANDS * _ROWS):
        hashed = (flat * a[0, column] + b[0, column]) % np.uint64(_PRIME)
        signature[:, column] = np.minimum.reduceat(hashed, starts)
    for band in range(_BANDS):
        buckets: defaultdict[bytes, list[int]] = defaultdict(list)
        for i, row in enumerate(signature[:, band * _ROWS : (band + 1) * _ROWS]):
            buckets[row.tobytes()].append(i)
        for bucket in buckets.values():
            yield from pairwise(bucket)


def _small_hash(text: str) -> int:
    raw = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(raw, digest_size=4).digest(), "big") % _PRIME


def root(parent: list[int], i: int) -> int:
    """The smallest member of i's set (union-find with path halving)."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def union(parent: list[int], a: int, b: int) -> None:
    """Join the sets of a and b."""
    low, high = sorted((root(parent, a), root(parent, b)))
    parent[high] = low
