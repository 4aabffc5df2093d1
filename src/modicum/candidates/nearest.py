"""An answer cache by likeness: the answer of the fitted example that is most like the input.

`cache-words` compares words and characters (TF-IDF), `cache-minilm` meaning.  Confidence is what
answers at such a likeness were worth on tune, so that a cascade can keep the hits and pass on the
rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.encoding import Encoding, OfSentences, OfWords
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.student import Encoder, nest, select
from modicum.candidates.tfidf import Terms
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_BLOCK = 1024  # inputs compared at a time, which bounds memory


class Nearest:
    """Answers with the nearest known input's answer; the first of equally near ones.

    scale: what the product of a text's vector with itself is, so that likeness is a cosine.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self, name: str, recipe: str, encoder: Encoder, scale: float, known: Examples, worth: Worth
    ) -> None:
        self.name, self.recipe, self.encoder, self.scale = name, recipe, encoder, scale
        self.known, self.worth = known, worth
        matrix = encoder.encode(known.inputs)
        self._columns = matrix.T.tocsr() if hasattr(matrix, "tocsr") else matrix.T.copy()

    def answer(self, batch: Sequence[str]) -> Answers:
        """Every input has a nearest one; its confidence tells how much that means."""
        values: list[str] = []
        sure: list[float | None] = []
        for start in range(0, len(batch), _BLOCK):
            nearest, likeness = self.search(batch[start : start + _BLOCK])
            values += [self.known.references[i] for i in nearest]
            sure += self.worth.of(likeness)
        return Answers(tuple(values), tuple(sure))

    def search(self, texts: Sequence[str]) -> tuple[list[int], Floats]:
        """Rows of the nearest known inputs, and the cosine of each."""
        likeness = self.encoder.encode(texts) @ self._columns
        dense = likeness.toarray() if hasattr(likeness, "toarray") else likeness
        best = np.round(dense, 6).argmax(axis=1)
        return best.tolist(), np.asarray(dense[np.arange(len(best)), best] / self.scale)

    def save(self, folder: Path) -> None:
        """Write encoder, known inputs and answers."""
        own = {"inputs": self.known.inputs, "answers": self.known.references}
        parts = nest({"encoder": self.encoder.parts()})
        document = {**own, "worth": self.worth.document(), **parts.document}
        write_parts(folder, self.recipe, Parts(document, parts.arrays))

    def close(self) -> None:
        """Nothing was opened."""


class NearestRecipe(Encoding):
    """Remembers the fit split, and learns on tune what likeness is worth."""

    name: ClassVar[str]
    scale: ClassVar[float] = 1.0

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Nearest:
        """Raises CandidateError without examples."""
        read_options(self.name, options, {})
        if not len(fit):
            raise CandidateError(f"recipe {self.name!r} got no fit examples: give at least one")
        known = Examples(fit.inputs, fit.references, ())
        found = Nearest(name, self.name, self.encoder(fit.inputs), self.scale, known, Worth())
        if len(tune):
            nearest, likeness = found.search(tune.inputs)
            losses = tune.losses([fit.references[i] for i in nearest])
            found.worth = Worth.fit(likeness.tolist(), losses)
        return found

    def load(self, folder: Path, *, name: str) -> Nearest:
        """Raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, self.name)
        document: dict[str, Any] = parts.document
        try:
            known = Examples(tuple(document["inputs"]), tuple(document["answers"]), ())
            worth = Worth.from_document(document["worth"])
            encoder = self.load_encoder(select(parts, "encoder"))
            return Nearest(name, self.name, encoder, self.scale, known, worth)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ArtefactError(
                f"{folder} lacks a part ({error}): fit the candidate again"
            ) from error


class WordsCacheRecipe(OfWords, NearestRecipe):
    """Likeness by TF-IDF of words, word pairs and characters."""

    name = "cache-words"
    terms = Terms(words=2, chars_from=3, chars_to=4)
    scale = 2.0  # two blocks, each of length 1


class MiniLmCacheRecipe(OfSentences, NearestRecipe):
    """Likeness by sentence embedding."""

    name = "cache-minilm"
