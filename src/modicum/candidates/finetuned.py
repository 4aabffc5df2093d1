"""A sentence encoder taught the classes by cross-entropy, its own head kept, beside words and
characters: for hundreds of examples and more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.blend import blend_heads, calibrated, choose_shares
from modicum.candidates.export_form import Export
from modicum.candidates.head import NEVER, LinearHead, fit_temperature
from modicum.candidates.layers import COUNT
from modicum.candidates.minilm import MiniLm
from modicum.candidates.protocol import Examples
from modicum.candidates.supervised import Course, teach
from modicum.candidates.taught import TaughtPair, TaughtRecipe, served
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Labelled, Trial, fit_head, targets_of
from modicum.candidates.tuned import TunedMiniLm
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modicum.candidates.student import Encoder

    Floats = NDArray[np.float32]

_TERMS = Terms(words=2, chars_from=2, chars_to=5)


class FineTunedRecipe(TaughtRecipe):
    """Options: `layers` that learn, of six; `epochs` (0: by the number of texts); `rate`.

    Encoder and head learn from fit alone, and again from fit and tune with `refit`.  Tune chooses
    the temperature of the encoder's head, the strength of the words' (`c`), and the share of each.
    """

    name = "finetuned"
    defaults: ClassVar[Mapping[str, object]] = {"layers": COUNT, "epochs": 0, "rate": 2e-4}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "layers": (3, 4, 6),
        "epochs": (0, 2, 6, 10),
        "rate": (5e-5, 1e-4, 2e-4, 4e-4),
    }

    def course(self, options: Mapping[str, Any]) -> Course:
        """How the encoder is taught; raises CandidateError for options out of range."""
        layers, epochs, rate = (options[key] for key in ("layers", "epochs", "rate"))
        if not 1 <= layers <= COUNT or epochs < 0 or not 0 < rate < 0.1:
            raise CandidateError(
                f"{self.name} got layers {layers}, epochs {epochs}, rate {rate:g}: give 1 to "
                f"{COUNT} layers, 0 epochs (by the number of texts) or more, and a rate between 0 "
                "and 0.1"
            )
        return Course(layers, epochs, rate)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[TaughtPair, LinearHead]:
        """Teach, export, fit the words' head, blend it with the encoder's own on tune."""
        course = self.course(options)
        learned = _learn(fit, tune, course, seed, options["c"])
        shares, temperature = choose_shares(
            learned.scores(tune), targets_of(tune.references, tune.classes)
        )
        if options["refit"] and len(tune):
            learned = learned.again(fit.joined(tune), course, seed)
        return learned.pair, blend_heads(learned.heads, shares, temperature)


@dataclass(frozen=True)
class _Learned:
    """What was taught: both encoders, the words' head with its strength, the encoder's own head."""

    pair: TaughtPair
    words: Trial
    own: LinearHead

    @property
    def heads(self) -> tuple[LinearHead, LinearHead]:
        """In the order of the encoders."""
        return self.words.head, self.own

    def scores(self, tune: Examples) -> list[Floats]:
        """Calibrated, of each head."""
        return [
            calibrated(self.words.head, _view(self.pair.words, tune)),
            calibrated(self.own, _view(self.pair.sentences, tune)),
        ]

    def again(self, every: Examples, course: Course, seed: int) -> _Learned:
        """All that was chosen stays; the weights are learned from `every`."""
        form = self.pair.export
        learned = _learn(every, every.none(), course, seed, self.words.strength, form)
        for new, old in zip(learned.heads, self.heads, strict=True):
            new.temperature = old.temperature
        return learned


def _learn(
    fit: Examples,
    tune: Examples,
    course: Course,
    seed: int,
    strength: float,
    known: Export | None = None,
) -> _Learned:
    """Both encoders and heads; temperatures by tune.

    known: how the same course was exported before, on texts it had not seen; that form is kept.
    """
    ids = MiniLm.open().tokens(fit.inputs)
    whole, own = _teach(ids, fit, course, seed)
    judged = tune if len(tune) else fit
    data, export = served(whole, ids, partial(_answers, own), judged, known)
    encoder = TunedMiniLm.of(data)
    pair = TaughtPair(TfIdf.fit(fit.inputs, _TERMS), encoder, export)
    own.temperature = fit_temperature(
        calibrated(own, _view(encoder, tune)), targets_of(tune.references, tune.classes)
    )
    seen, held = _view(pair.words, fit), _view(pair.words, tune)
    return _Learned(
        pair, fit_head("svm", seen, held, fit.classes, seed=seed, strength=strength), own
    )


def _teach(
    ids: Sequence[Sequence[int]], fit: Examples, course: Course, seed: int
) -> tuple[bytes, LinearHead]:
    """The encoder as taught, and its head; a class that fit never showed scores `NEVER`."""
    seen = sorted(set(fit.references))
    columns = [fit.classes.index(name) for name in seen]
    targets = targets_of(fit.references, seen)
    taught = teach(ids, targets, course, seed=seed)
    weights = np.zeros((len(taught.weights), len(fit.classes)), np.float32)
    intercept = np.full(len(fit.classes), NEVER, np.float32)
    weights[:, columns], intercept[columns] = taught.weights, taught.intercept
    return taught.onnx, LinearHead(weights, intercept, fit.classes)


def _answers(own: LinearHead, data: bytes, texts: Sequence[str]) -> Sequence[str | None]:
    return own.answers(TunedMiniLm.of(data).project(texts, own.weights)).values


def _view(encoder: Encoder, examples: Examples) -> Labelled:
    return Labelled(encoder.encode(examples.inputs), examples.references)
