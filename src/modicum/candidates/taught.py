"""What students have in common whose sentence encoder was taught the task."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modicum.candidates.artefact import Parts
from modicum.candidates.export_form import COMPARED, Export, choose_form, in_form
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import MiniLm
from modicum.candidates.pair import Pair
from modicum.candidates.protocol import Examples
from modicum.candidates.student import Student, StudentRecipe, select
from modicum.candidates.tfidf import TfIdf
from modicum.candidates.tuned import TunedMiniLm
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from modicum.candidates.student import Encoder


class TaughtPair(Pair):
    """Words and a taught encoder, and how that was exported."""

    def __init__(self, words: TfIdf, sentences: MiniLm, export: Export | None = None) -> None:
        super().__init__(words, sentences)
        self.export = export


class TaughtStudent(Student):
    """A student with a note on its export."""

    export: Export | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the decision should know of it."""
        return (str(self.export),) if self.export else ()


class TaughtRecipe(StudentRecipe):
    """A recipe whose encoder learns from classes, so that it is `fit_parts` that makes it."""

    @abstractmethod
    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[TaughtPair, LinearHead]:
        """Both encoders, and the head on them."""

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Encoder:
        """Raises CandidateError: this encoder learns from classes, by `fit`."""
        raise CandidateError(f"{self.name} learns from texts with their classes: call fit")

    def load_encoder(self, parts: Parts) -> TaughtPair:
        """As saved; needs ONNX Runtime and tokenizers only."""
        words = TfIdf.from_parts(select(parts, "words"))
        return TaughtPair(words, TunedMiniLm.from_parts(select(parts, "sentences")))

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Student:
        """Raises CandidateError, and MissingExtraError where the extra is not installed."""
        made = super().fit(fit, tune, name=name, seed=seed, options=options)
        student = TaughtStudent(name, self.name, made.encoder, made.head)
        if isinstance(made.encoder, TaughtPair):
            student.export = made.encoder.export
        return student


def served(
    whole: bytes,
    ids: Sequence[Sequence[int]],
    answers: Callable[[bytes, Sequence[str]], Sequence[str | None]],
    judged: Examples,
    known: Export | None,
) -> tuple[bytes, Export]:
    """The encoder as it is served: in the form that is known, else in the lightest that will do.

    answers: what one and the same head says to some texts with a form of the encoder.  known: how
    the same lesson was exported before, on texts it had not seen; that form is kept.
    """
    if known is not None:
        data = in_form(whole, known.form, ids)
        return data, replace(known, size=len(data))
    texts = judged.inputs[:COMPARED]
    return choose_form(whole, ids, lambda form: answers(form, texts))
