"""Examples chosen for each input: those of the fit split that are most like it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from modicum.candidates.llm_prompt import Shot
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class NearestShots:
    """The `count` examples nearest to an input by TF-IDF of words, the nearest last.

    Models lean towards what they read last, so the likest stands next to the input.  Since the
    prompt differs from input to input, a server can keep nothing of it: expect several times the
    energy.
    """

    pool: tuple[Shot, ...]
    count: int
    budget_chars: float

    def shots(self, text: str) -> tuple[Shot, ...]:
        """The examples for one input."""
        chosen: list[Shot] = []
        used = 0.0
        for position in self._search(text):
            used += sum(map(len, self.pool[position])) + 40
            if used > self.budget_chars:
                break
            chosen.append(self.pool[position])
        return tuple(reversed(chosen))

    @cached_property
    def _search(self) -> Callable[[str], list[int]]:
        try:
            from sklearn.feature_extraction import text as sklearn_text
        except ImportError:
            raise MissingExtraError("nearest examples", "size") from None
        vectorizer: Any = sklearn_text.TfidfVectorizer  # scikit-learn carries no types
        words = vectorizer(sublinear_tf=True, ngram_range=(1, 2))
        matrix: Any = words.fit_transform([text for text, _ in self.pool])

        def search(text: str) -> list[int]:
            likeness = (matrix @ words.transform([text]).T).toarray().ravel()
            order: list[int] = (-likeness).argsort(kind="stable")[: self.count].tolist()
            return order

        return search
