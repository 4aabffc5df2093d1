"""A sentence encoder taught the task, with heads on it, beside words and characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar

from modicum.candidates.blend import Blend
from modicum.candidates.export_form import Export
from modicum.candidates.finetune import Lesson, finetune
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import SIZE, MiniLm
from modicum.candidates.minilm_logistic import OPENING
from modicum.candidates.pair import Pair
from modicum.candidates.protocol import Examples
from modicum.candidates.taught import TaughtPair, TaughtRecipe, served
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Kind, Labelled, fit_head, targets_of
from modicum.candidates.tuned import TunedMiniLm
from modicum.errors import CandidateError

_TERMS = Terms(words=2, chars_from=2, chars_to=5)
_KINDS: tuple[Kind, ...] = ("svm", "logistic", "logistic")


class SetFitRecipe(TaughtRecipe):
    """Options: `layers` that learn, of six; `epochs`; `rate` of learning.

    The encoder learns from fit alone, and again from fit and tune with `refit`.  The heads are
    fitted on the encoder as exported, so what is judged is what is served.
    """

    name = "setfit"
    defaults: ClassVar[Mapping[str, object]] = {"layers": 3, "epochs": 12, "rate": 1e-4}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "layers": (1, 2, 3, 6),
        "epochs": (4, 8, 12, 20),
        "rate": (5e-5, 1e-4, 2e-4, 5e-4),
    }

    def lesson(self, options: Mapping[str, Any]) -> Lesson:
        """How the encoder is taught; raises CandidateError for options out of range."""
        layers, epochs, rate = (options[key] for key in ("layers", "epochs", "rate"))
        if not 1 <= layers <= 6 or epochs < 1 or not 0 < rate < 0.1:
            raise CandidateError(
                f"{self.name} got layers {layers}, epochs {epochs}, rate {rate:g}: give 1 to 6 "
                "layers, at least one epoch, and a rate between 0 and 0.1"
            )
        return Lesson(layers, epochs, rate)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[TaughtPair, LinearHead]:
        """Teach, export, fit heads on the export, blend them on tune."""
        lesson = self.lesson(options)
        pair = _taught(fit, tune, lesson, seed)
        views, held = _views(pair, fit), _views(pair, tune)
        strength = options["c"]
        blend = Blend.fit(_KINDS, views, held, fit.classes, seed=seed, strength=strength)
        if options["refit"] and len(tune):
            every = fit.joined(tune)
            pair = _taught(every, fit.none(), lesson, seed, pair.export)
            blend = blend.refit(_views(pair, every), seed=seed)
        return pair, blend.head


def _taught(
    fit: Examples, tune: Examples, lesson: Lesson, seed: int, known: Export | None = None
) -> TaughtPair:
    """The encoder taught on fit and exported; compared on tune, or on fit where there is none."""
    ids = MiniLm.open().tokens(fit.inputs)
    targets = targets_of(fit.references, fit.classes)
    whole = finetune(ids, targets, lesson, seed=seed)
    answers = partial(_answers, cache(partial(_head, whole, fit, seed)))
    data, export = served(whole, ids, answers, tune if len(tune) else fit, known)
    return TaughtPair(TfIdf.fit(fit.inputs, _TERMS), TunedMiniLm.of(data, OPENING), export)


def _head(whole: bytes, fit: Examples, seed: int) -> LinearHead:
    """Fitted on the whole encoder, to compare its other forms with."""
    features = Labelled(TunedMiniLm.of(whole, OPENING).encode(fit.inputs), fit.references)
    none = Labelled(features.features[:0], ())
    return fit_head("logistic", features, none, fit.classes, seed=seed).head


def _answers(
    head: Callable[[], LinearHead], data: bytes, texts: Sequence[str]
) -> Sequence[str | None]:
    made = head()
    return made.answers(TunedMiniLm.of(data, OPENING).project(texts, made.weights)).values


def _views(pair: Pair, examples: Examples) -> list[Labelled]:
    dense = pair.sentences.encode(examples.inputs)
    seen = (pair.words.encode(examples.inputs), dense[:, :SIZE], dense[:, SIZE:])
    return [Labelled(features, examples.references) for features in seen]
