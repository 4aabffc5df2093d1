"""A sentence encoder taught the task, with heads on it, beside words and characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.blend import Blend
from modicum.candidates.export_form import AGREEMENT, COMPARED, Export, choose_form, in_form
from modicum.candidates.finetune import Lesson, finetune
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import SIZE, MiniLm
from modicum.candidates.minilm_logistic import OPENING
from modicum.candidates.pair import Pair
from modicum.candidates.protocol import Examples
from modicum.candidates.student import Student, StudentRecipe, select
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Kind, Labelled, targets_of
from modicum.candidates.tuned import TunedMiniLm
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from modicum.candidates.student import Encoder

__all__ = ["AGREEMENT", "Export", "SetFitRecipe", "SetFitStudent"]
_TERMS = Terms(words=2, chars_from=2, chars_to=5)
_KINDS: tuple[Kind, ...] = ("svm", "logistic", "logistic")


class SetFitStudent(Student):
    """A student with a note on its export."""

    export: Export | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the decision should know of it."""
        return (str(self.export),) if self.export else ()


class SetFitRecipe(StudentRecipe):
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

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Encoder:
        """Raises CandidateError: this encoder learns from classes, by `fit`."""
        raise CandidateError(f"{self.name} learns from texts with their classes: call fit")

    def load_encoder(self, parts: Parts) -> Pair:
        """As saved; needs ONNX Runtime and tokenizers only."""
        words = TfIdf.from_parts(select(parts, "words"))
        return Pair(words, TunedMiniLm.from_parts(select(parts, "sentences")))

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Student:
        """Raises CandidateError, and MissingExtraError where the extra is not installed."""
        made = super().fit(fit, tune, name=name, seed=seed, options=options)
        student = SetFitStudent(name, self.name, made.encoder, made.head)
        if isinstance(made.encoder, _Taught):
            student.export = made.encoder.export
        return student

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Pair, LinearHead]:
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


class _Taught(Pair):
    """Both encoders, and how the second was exported."""

    export: Export | None = None


def _taught(
    fit: Examples, tune: Examples, lesson: Lesson, seed: int, known: Export | None = None
) -> _Taught:
    """The encoder taught on fit and exported; compared on tune, or on fit where there is none.

    known: how the same lesson was exported before, on texts it had not seen; that form is kept.
    """
    ids = MiniLm.open().tokens(fit.inputs)
    targets = targets_of(Labelled(np.zeros((0, 0), np.float32), fit.references), fit.classes)
    whole = finetune(ids, targets, lesson, seed=seed)
    if known is not None:
        data = in_form(whole, known.form, ids)
        export = replace(known, size=len(data))
    else:
        answer = _answers(whole, fit, tune if len(tune) else fit, seed)
        data, export = choose_form(whole, ids, answer)
    pair = _Taught(TfIdf.fit(fit.inputs, _TERMS), TunedMiniLm.of(data, OPENING))
    pair.export = export
    return pair


def _answers(
    whole: bytes, fit: Examples, judged: Examples, seed: int
) -> Callable[[bytes], Sequence[str | None]]:
    """What a head fitted on the whole encoder answers with any form of it."""
    from modicum.candidates.training import fit_head

    features = Labelled(TunedMiniLm.of(whole, OPENING).encode(fit.inputs), fit.references)
    none = Labelled(features.features[:0], ())
    head = fit_head("logistic", features, none, fit.classes, seed=seed).head
    texts = judged.inputs[:COMPARED]

    def answer(data: bytes) -> Sequence[str | None]:
        scores = TunedMiniLm.of(data, OPENING).project(texts, head.weights)
        return head.answers(scores).values

    return answer


def _views(pair: Pair, examples: Examples) -> list[Labelled]:
    dense = pair.sentences.encode(examples.inputs)
    seen = (pair.words.encode(examples.inputs), dense[:, :SIZE], dense[:, SIZE:])
    return [Labelled(features, examples.references) for features in seen]
