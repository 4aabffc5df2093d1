"""Sets of labels: one logistic regression a label, and one threshold for all, chosen on tune.

Binary relevance (Tsoumakas and Katakis 2007, "Multi-label classification: an overview").
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import read_parts, write_parts
from modicum.candidates.encoding import Encoding, OfSentences, OfWords
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.student import Encoder, nest, select
from modicum.candidates.tfidf import Terms
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, CandidateError, MissingExtraError
from modicum.tasks.answers import read_labels, write_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_STRENGTHS = (1.0, 10.0, 100.0)
_THRESHOLDS = tuple(round(0.1 + 0.05 * i, 2) for i in range(13))


class LabelSets:
    """Names every label whose probability reaches the threshold.

    weights: shape (features, labels).  Confidence: the probability of the whole set were labels
    independent, read through what such sets were worth on tune.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self,
        name: str,
        recipe: str,
        encoder: Encoder,
        labels: Sequence[str],
        head: tuple[Floats, Floats],
        threshold: float = 0.5,
        worth: Worth | None = None,
    ) -> None:
        self.name, self.recipe, self.encoder, self.labels = name, recipe, encoder, tuple(labels)
        self.weights, self.intercept = head
        self.threshold, self.worth = threshold, worth or Worth()

    def answer(self, batch: Sequence[str]) -> Answers:
        """A set for every input, empty where nothing is likely enough."""
        if not batch:
            return Answers((), ())
        values, scores = self.named(self.odds(batch), self.threshold)
        return Answers(tuple(values), tuple(self.worth.of(scores)))

    def odds(self, batch: Sequence[str]) -> Floats:
        """Probability of each label, shape (texts, labels)."""
        scores = self.encoder.project(batch, self.weights) + self.intercept
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -50, 50))))

    def named(self, odds: Floats, threshold: float) -> tuple[list[str], list[float]]:
        """The sets at a threshold, and how likely each is as a whole."""
        kept = odds >= threshold
        values = [write_labels(self.labels[j] for j in np.flatnonzero(row)) for row in kept]
        likely = np.where(kept, odds, 1 - odds).prod(axis=1)
        return values, [float(p) for p in likely]

    def save(self, folder: Path) -> None:
        """Write encoder, weights and threshold."""
        parts = nest({"encoder": self.encoder.parts()})
        parts.document.update(
            labels=self.labels, threshold=self.threshold, worth=self.worth.document()
        )
        parts.arrays.update(weights=self.weights, intercept=self.intercept)
        write_parts(folder, self.recipe, parts)

    def close(self) -> None:
        """Nothing was opened."""


class LabelSetsRecipe(Encoding):
    """Fits a label at a time; strength and threshold are chosen on tune by the task's own loss."""

    name: ClassVar[str]
    rationales: ClassVar[bool] = True

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> LabelSets:
        """Raises CandidateError for another kind of task."""
        read_options(self.name, options, {})
        if fit.form != "multi-label":
            raise CandidateError(f"recipe {self.name!r} names sets: set multi_label = true")
        encoder = self.encoder(fit.inputs)
        features = encoder.encode(fit.inputs)
        truth = [read_labels(reference) or frozenset() for reference in fit.references]
        best: tuple[float, LabelSets] | None = None
        for strength in _STRENGTHS:
            head = _head(features, truth, fit.classes, strength, seed)
            tried = LabelSets(name, self.name, encoder, fit.classes, head)
            loss = _tuned(tried, tune)
            if best is None or loss < best[0]:
                best = (loss, tried)
        if best is None:
            raise CandidateError("no strength was tried")
        return best[1]

    def load(self, folder: Path, *, name: str) -> LabelSets:
        """Raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, self.name)
        document: dict[str, Any] = parts.document
        try:
            head = parts.arrays["weights"], parts.arrays["intercept"]
            encoder = self.load_encoder(select(parts, "encoder"))
            worth = Worth.from_document(document["worth"])
            threshold = float(document["threshold"])
            return LabelSets(name, self.name, encoder, document["labels"], head, threshold, worth)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def _head(
    features: Any, truth: Sequence[frozenset[str]], labels: Sequence[str], c: float, seed: int
) -> tuple[Floats, Floats]:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtraError("sets of labels", "size") from error
    weights = np.zeros((features.shape[1], len(labels)), np.float32)
    intercept = np.full(len(labels), -50.0, np.float32)  # a label that fit never showed
    for j, label in enumerate(labels):
        has = np.array([label in found for found in truth])
        if has.all() or not has.any():
            intercept[j] = 50.0 if has.all() else -50.0
            continue
        model = LogisticRegression(C=c, solver="liblinear", random_state=seed)  # type: ignore[no-untyped-call]
        model.fit(features, has)
        weights[:, j], intercept[j] = model.coef_[0], model.intercept_[0]
    return weights, intercept


def _tuned(found: LabelSets, tune: Examples) -> float:
    """Set threshold and calibration by tune; the loss there."""
    if not len(tune):
        return 0.0
    odds = found.odds(tune.inputs)
    losses = {t: sum(tune.losses(found.named(odds, t)[0])) for t in _THRESHOLDS}
    found.threshold = min(losses, key=lambda t: (losses[t], abs(t - 0.5)))
    values, scores = found.named(odds, found.threshold)
    found.worth = Worth.fit(scores, tune.losses(values))
    return losses[found.threshold]


class TfIdfLabelsRecipe(OfWords, LabelSetsRecipe):
    """Words, word pairs and characters."""

    name = "tfidf-labels"
    terms = Terms(words=2, chars_from=2, chars_to=4)


class MiniLmLabelsRecipe(OfSentences, LabelSetsRecipe):
    """Sentence embeddings."""

    name = "minilm-labels"
    opening = 3
