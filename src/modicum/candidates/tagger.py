"""`tagger`: fields of a text by a linear-chain conditional random field over its tokens.

Lafferty, McCallum and Pereira 2001, "Conditional random fields"; trained and run by CRFsuite
(Okazaki 2007, BSD) through python-crfsuite (MIT).
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.tokens import Token, align, clean, shape, spanned, tokens_of
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, CandidateError, MissingExtraError
from modicum.tasks.answers import read_fields, write_fields

_NAME = "tagger"
_OUT = "O"
_STRENGTHS = ((0.05, 0.01), (0.2, 0.1), (0.0, 0.5))  # c1 (L1) and c2 (L2), chosen on tune
_ITERATIONS = 150
_PARTING = frozenset(",;")
_SEEN = 2  # the features that a saved model was fitted to


class Tagger:
    """Marks the first and further tokens of each field; its surest span of a field is the value.

    model: what CRFsuite wrote.  Confidence is the probability of the whole labelling, read through
    what such labellings were worth on tune.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, fields: Sequence[str], model: bytes, worth: Worth) -> None:
        self.name, self.fields, self.model, self.worth = name, tuple(fields), model, worth
        self._crf = _opened(model)
        self._lock = threading.Lock()

    def answer(self, batch: Sequence[str]) -> Answers:
        """Every field that is marked; None for the others."""
        found = [self.tagged(text) for text in batch]
        sure = self.worth.of([score for _, score in found]) if found else []
        return Answers(tuple(value for value, _ in found), tuple(sure))

    def tagged(self, text: str) -> tuple[str, float]:
        """The fields of one text, and the probability of its labelling."""
        tokens = tokens_of(text)
        if not tokens:
            return write_fields(self.fields, {}), 0.0
        with self._lock:  # the library keeps the sequence it works on
            labels = self._crf.tag(features(tokens))
            score = self._crf.probability(labels)
        values = {name: spanned(text, tokens, place) for name, place in spans(labels).items()}
        return write_fields(self.fields, values), float(score)

    def save(self, folder: Path) -> None:
        """Write fields, model and calibration."""
        document: dict[str, object] = {"fields": self.fields, "worth": self.worth.document()}
        document["seen"] = _SEEN
        write_parts(folder, _NAME, Parts(document, {"model": np.frombuffer(self.model, np.uint8)}))

    def close(self) -> None:
        """Nothing was opened."""


class TaggerRecipe:
    """Learns from the texts in which a field's value stands word for word."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Tagger:
        """Raises CandidateError where no value stands in its text."""
        read_options(_NAME, options, {})
        fields = fields_of(fit, _NAME)
        rows = [labelled(t, r, fields) for t, r in zip(fit.inputs, fit.references, strict=True)]
        if all(label == _OUT for _, labels in rows for label in labels):
            raise CandidateError(
                "recipe 'tagger' found no field's value in its text: fields must be quoted from it"
            )
        tried = [Tagger(name, fields, train(rows, *c), Worth()) for c in _STRENGTHS]
        if not len(tune):
            return tried[0]
        best = min(tried, key=lambda tagger: sum(tune.losses(tagger.answer(tune.inputs).values)))
        scored = [best.tagged(text) for text in tune.inputs]
        losses = tune.losses([value for value, _ in scored])
        best.worth = Worth.fit([score for _, score in scored], losses)
        return best

    def load(self, folder: Path, *, name: str) -> Tagger:
        """Raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, _NAME)
        document: dict[str, Any] = parts.document
        if document.get("seen") != _SEEN:
            raise ArtefactError(
                f"{folder} was fitted by another version, which saw other features: fit again"
            )
        try:
            worth = Worth.from_document(document["worth"])
            return Tagger(name, document["fields"], parts.arrays["model"].tobytes(), worth)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def fields_of(examples: Examples, recipe: str) -> tuple[str, ...]:
    """The fields of an extraction; raises CandidateError for another kind of task."""
    if examples.form != "extract" or examples.section is None:
        raise CandidateError(
            f'recipe {recipe!r} finds fields: use it where kind = "extract" under [task]'
        )
    return tuple(examples.section.fields)


def labelled(text: str, reference: str, fields: Sequence[str]) -> tuple[list[Token], list[str]]:
    """Tokens with a label each: B-field, I-field, or O."""
    tokens, places = align(text, read_fields(reference, fields) or {})
    labels = [_OUT] * len(tokens)
    for name, place in places.items():
        for i in place:
            labels[i] = f"{'B' if i == place.start else 'I'}-{name}"
    return tokens, labels


def spans(labels: Sequence[str]) -> dict[str, range]:
    """The longest run of each field.

    >>> spans(["B-a", "I-a", "O", "B-a", "B-b"])
    {'a': range(0, 2), 'b': range(4, 5)}
    """
    found: dict[str, range] = {}
    start = 0
    for i in range(1, len(labels) + 1):
        name = labels[start][2:]
        if i < len(labels) and labels[i] == f"I-{name}" and name:
            continue
        if name and (name not in found or i - start > len(found[name])):
            found[name] = range(start, i)
        start = i
    return found


def features(tokens: Sequence[Token]) -> list[list[str]]:
    """What is seen of each token: itself, its neighbours, and where it stands.

    Neighbours are seen twice: as the tokens next to it, and as the words next to it whatever marks
    stand between.
    """
    words = [clean(t.text.casefold()) for t in tokens]
    shapes = [clean(shape(t.text)) for t in tokens]
    last = len(tokens) - 1
    spoken = [i for i, token in enumerate(tokens) if token.text[0].isalnum()]
    parted = [token.text in _PARTING for token in tokens]
    rows, passed, cuts, all_cuts = [], 0, 0, sum(parted)
    for i, word in enumerate(words):
        row = [
            "bias",
            f"w={word}",
            f"s={shapes[i]}",
            f"n={min(len(word), 8)}",
            f"p={word[:3]}",
            f"e={word[-3:]}",
            f"from={min(i, 6)}",
            f"left={min(last - i, 6)}",
        ]
        for step in (-2, -1, 1, 2):
            j = i + step
            inside = 0 <= j <= last
            row += [f"{step}w={words[j]}", f"{step}s={shapes[j]}"] if inside else [f"{step}end"]
        own = int(passed < len(spoken) and spoken[passed] == i)
        before, after = spoken[max(passed - 2, 0) : passed], spoken[passed + own : passed + own + 2]
        for side, near in (("l", before[::-1]), ("r", after)):
            for k, j in enumerate(near):
                row += [f"{side}{k}w={words[j]}", f"{side}{k}s={shapes[j]}"]
        row += [f"cuts={min(cuts, 4)}", f"tocut={min(all_cuts - cuts - parted[i], 4)}"]
        passed, cuts = passed + own, cuts + parted[i]
        rows.append(row)
    return rows


def train(rows: Sequence[tuple[list[Token], list[str]]], c1: float, c2: float) -> bytes:
    """Fit by L-BFGS at these penalties; the model as CRFsuite writes it."""
    trainer = _library().Trainer(verbose=False)
    for tokens, labels in rows:
        if tokens:
            trainer.append(features(tokens), labels)
    trainer.set_params(
        {
            "c1": c1,
            "c2": c2,
            "max_iterations": _ITERATIONS,
            "feature.possible_transitions": True,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.crfsuite"
        trainer.train(str(path))
        return path.read_bytes()


def _opened(model: bytes) -> Any:
    crf = _library().Tagger()
    crf.open_inmemory(model)
    return crf


def _library() -> Any:
    try:
        import pycrfsuite
    except ImportError as error:
        raise MissingExtraError("field taggers", "size") from error
    return pycrfsuite
