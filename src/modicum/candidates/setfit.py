"""A sentence encoder taught the task, with heads on it, beside words and characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.blend import Blend
from modicum.candidates.finetune import Lesson, finetune
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import SIZE, MiniLm
from modicum.candidates.minilm_logistic import OPENING
from modicum.candidates.onnx_export import quantised
from modicum.candidates.pair import Pair
from modicum.candidates.protocol import Examples
from modicum.candidates.student import Student, StudentRecipe, select
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Kind, Labelled, targets_of
from modicum.candidates.tuned import TunedMiniLm
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from modicum.candidates.student import Encoder

AGREEMENT = 0.995
"""Share of the answers that the int8 export must have in common with the encoder as taught."""

_TERMS = Terms(words=2, chars_from=2, chars_to=5)
_KINDS: tuple[Kind, ...] = ("svm", "logistic", "logistic")
_COMPARED = 1_000  # texts the export is compared on


@dataclass(frozen=True, slots=True)
class Export:
    """How the encoder is served, and what that changed.

    form: int8, or fp32 where int8 would have changed more than `AGREEMENT` allows.
    agreement: share of `compared` texts answered alike before and after; int8_agreement: what
    int8 alone would have kept.
    """

    form: str
    agreement: float
    int8_agreement: float
    compared: int

    def __str__(self) -> str:
        if self.form == "int8":
            return f"exported to int8: {self.agreement:.2%} of {self.compared} answers as before"
        return (
            f"exported in full precision: int8 would have changed {1 - self.int8_agreement:.2%} of "
            f"{self.compared} answers"
        )


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
        data = quantised(whole) if known.form == "int8" else whole
        encoder, export = TunedMiniLm.of(data, OPENING), known
    else:
        encoder, export = _exported(whole, fit, tune if len(tune) else fit, seed)
    pair = _Taught(TfIdf.fit(fit.inputs, _TERMS), encoder)
    pair.export = export
    return pair


def _exported(
    whole: bytes, fit: Examples, judged: Examples, seed: int
) -> tuple[TunedMiniLm, Export]:
    """int8 where it answers as the whole encoder does, else the whole one, and by how much."""
    from modicum.candidates.training import fit_head

    small, before = TunedMiniLm.of(quantised(whole), OPENING), TunedMiniLm.of(whole, OPENING)
    texts = judged.inputs[:_COMPARED]
    features = Labelled(before.encode(fit.inputs), fit.references)
    none = Labelled(features.features[:0], ())
    head = fit_head("logistic", features, none, fit.classes, seed=seed).head
    answers = [head.answers(e.project(texts, head.weights)).values for e in (before, small)]
    same = float(np.mean([a == b for a, b in zip(*answers, strict=True)]))
    if same >= AGREEMENT:
        return small, Export("int8", same, same, len(texts))
    return before, Export("fp32", 1.0, same, len(texts))


def _views(pair: Pair, examples: Examples) -> list[Labelled]:
    dense = pair.sentences.encode(examples.inputs)
    seen = (pair.words.encode(examples.inputs), dense[:, :SIZE], dense[:, SIZE:])
    return [Labelled(features, examples.references) for features in seen]
