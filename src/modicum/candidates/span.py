"""`span`: the sentence or clause of the context that answers the question best.

A ridge regression learns, on the fit split, how much of an answer a span is worth: by the words it
shares with the question, its neighbours', its place, its length, and what kind of words it holds.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, CandidateError
from modicum.tasks.answers import read_parts as parts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NAME = "span"
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
_CLAUSE = re.compile(r"[,;:()]\s+|\s+[-–—]\s+")
_ASKS = ("who", "when", "where", "how many", "how much", "why", "what", "which", "did", "was")
_MOST, _LONGEST = 80, 20_000  # spans and characters of a context that are looked at
_PULLS = (0.1, 1.0, 10.0, 100.0)
_NONE = "the input has no context to answer from"


class Span:
    """Answers with the span of the highest expected worth.

    columns: the parts of an input, the question first.  weights: of features, last a constant.
    rarity: inverse document frequency of the words of fit.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        rarity: dict[str, float],
        weights: Floats,
        worth: Worth,
    ) -> None:
        self.name, self.columns, self.rarity = name, tuple(columns), rarity
        self.weights, self.worth = weights, worth

    def answer(self, batch: Sequence[str]) -> Answers:
        """A span for every input with a context."""
        found = [self.best(text) for text in batch]
        return Answers(
            tuple(value for value, _ in found),
            tuple(None if v is None else self.worth.of([s])[0] for v, s in found),
            errors=tuple(_NONE if value is None else None for value, _ in found),
        )

    def best(self, text: str) -> tuple[str | None, float]:
        """The best span and its expected worth."""
        spans, rows = candidates(text, self.columns, self.rarity)
        if not spans:
            return None, 0.0
        scores = rows @ self.weights[:-1] + self.weights[-1]
        top = int(np.round(scores, 9).argmax())
        return spans[top], float(scores[top])

    def save(self, folder: Path) -> None:
        """Write weights and words."""
        document: dict[str, object] = {"columns": self.columns, "rarity": self.rarity}
        document["worth"] = self.worth.document()
        write_parts(folder, _NAME, Parts(document, {"weights": self.weights}))

    def close(self) -> None:
        """Nothing was opened."""


class SpanRecipe:
    """Learns what a span is worth by the task's own loss."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Span:
        """Raises CandidateError for a task without context."""
        read_options(_NAME, options, {})
        section = fit.section
        if section is None or fit.form != "generate" or not section.context:
            raise CandidateError("recipe 'span' answers from a context: give context under [task]")
        rarity = _rarity(fit.inputs)
        rows, worths = [], []
        for i, text in enumerate(fit.inputs):
            spans, features = candidates(text, section.parts, rarity)
            rows.append(features)
            same = fit.taken([i] * len(spans))
            worths += [1 - loss for loss in same.losses(spans)]
        if not worths:
            raise CandidateError("recipe 'span' found no context in the fit split: fill it in")
        every, target = np.concatenate(rows), np.array(worths)
        tried = [
            Span(name, section.parts, rarity, _ridge(every, target, pull), Worth())
            for pull in _PULLS
        ]
        if not len(tune):
            return tried[1]
        best = min(tried, key=lambda one: sum(tune.losses(one.answer(tune.inputs).values)))
        found = [best.best(text) for text in tune.inputs]
        best.worth = Worth.fit([s for _, s in found], tune.losses([v for v, _ in found]))
        return best

    def load(self, folder: Path, *, name: str) -> Span:
        """Raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, _NAME)
        document: dict[str, Any] = parts.document
        try:
            worth = Worth.from_document(document["worth"])
            rarity, weights = dict(document["rarity"]), parts.arrays["weights"]
            return Span(name, document["columns"], rarity, weights, worth)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def candidates(
    text: str, columns: Sequence[str], rarity: dict[str, float]
) -> tuple[list[str], Floats]:
    """Every sentence and clause of the context, and what is seen of each: shape (spans, 28)."""
    question, *context = parts_of(text, columns)
    asked = _words(question)
    spans: list[str] = []
    rows: list[list[float]] = []
    sentences = [s for part in context for s in _SENTENCE.split(part[:_LONGEST]) if s.strip()]
    for at, sentence in enumerate(sentences[:_MOST]):
        whole = _overlap(asked, _words(sentence), rarity)
        near = max(
            (_overlap(asked, _words(s), rarity) for s in sentences[max(at - 1, 0) : at + 2]),
            default=0.0,
        )
        clauses = [c for c in _CLAUSE.split(sentence) if c.strip()]
        for span in dict.fromkeys([sentence, *(clauses if len(clauses) > 1 else [])]):
            spans.append(span.strip())
            rows.append(_features(question, span, rarity, at, len(sentences), whole, near))
    return spans, np.array(rows, dtype=np.float64).reshape(len(rows), 8 + 2 * len(_ASKS))


def _features(
    question: str,
    span: str,
    rarity: dict[str, float],
    at: int,
    count: int,
    whole: float,
    near: float,
) -> list[float]:
    words = _words(span)
    own = _overlap(_words(question), words, rarity)
    kinds = re.search(r"\d", span) is not None, re.search(r"\b[A-Z]\w+\s+[A-Z]", span) is not None
    low = question.casefold()
    asks = [float(ask in low) for ask in _ASKS]
    number, name = map(float, kinds)
    length = math.log1p(len(words))
    start = [own, whole, near, at / max(count, 1), length, length * length, number, name]
    return [*start, *(a * number for a in asks), *(a * name for a in asks)]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _overlap(asked: set[str], words: set[str], rarity: dict[str, float]) -> float:
    """The share of the question's rarity that the words hold."""
    total = sum(rarity.get(w, 1.0) for w in asked) or 1.0
    return sum(rarity.get(w, 1.0) for w in asked & words) / total


def _rarity(texts: Sequence[str]) -> dict[str, float]:
    seen = Counter(word for text in texts for word in _words(text))
    return {w: round(math.log((1 + len(texts)) / (1 + n)), 4) for w, n in seen.items() if n > 1}


def _ridge(rows: Floats, target: Floats, pull: float) -> Floats:
    """Least squares with a penalty on all weights but the constant."""
    inputs = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.eye(inputs.shape[1]) * pull
    penalty[-1, -1] = 0.0
    left = inputs.T @ inputs + penalty + 1e-9 * np.eye(len(penalty))
    return np.asarray(np.linalg.solve(left, inputs.T @ target), dtype=np.float64)
