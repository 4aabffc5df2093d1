"""`tagger`: fields of a text by a linear-chain conditional random field over its tokens.

Lafferty, McCallum and Pereira 2001, "Conditional random fields"; trained and run by CRFsuite
(Okazaki 2007, BSD) through python-crfsuite (MIT).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.closed_fields import ClosedFields
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.tagger_marks import (
    OUT,
    SEEN,
    features,
    labelled,
    opened,
    spans,
    train,
    value_of,
)
from modicum.candidates.tokens import tokens_of
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, CandidateError
from modicum.tasks.answers import write_fields
from modicum.tasks.field_values import Types

_NAME = "tagger"
_STRENGTHS = ((0.05, 0.01), (0.2, 0.1), (0.0, 0.5))  # c1 (L1) and c2 (L2), chosen on tune


class Tagger:
    """Marks the first and further tokens of each field; its longest span of a field is the value.

    model: what CRFsuite wrote; empty where no field is quoted from its text.  closed: the fields
    that are chosen among known values instead.  Confidence is the probability of the whole
    labelling and of the least sure choice, read through what such answers were worth on tune.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        model: bytes,
        worth: Worth,
        types: Types | None = None,
        closed: ClosedFields | None = None,
    ) -> None:
        self.name, self.fields, self.model, self.worth = name, tuple(fields), model, worth
        self.types, self.closed = types or {}, closed or ClosedFields({})
        self._crf = opened(model) if model else None
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
            return write_fields(self.fields, {}, self.types), 0.0
        values, score = self.closed.of(text)
        if self._crf is not None:
            with self._lock:  # the library keeps the sequence it works on
                labels = self._crf.tag(features(tokens))
                score *= self._crf.probability(labels)
            for name, places in spans(labels).items():
                values[name] = value_of(text, tokens, places, self.types.get(name))
        return write_fields(self.fields, values, self.types), float(score)

    def save(self, folder: Path) -> None:
        """Write fields, model and calibration."""
        document: dict[str, object] = {"fields": self.fields, "worth": self.worth.document()}
        document |= {"seen": SEEN, "types": dict(self.types), "closed": self.closed.save(folder)}
        write_parts(folder, _NAME, Parts(document, {"model": np.frombuffer(self.model, np.uint8)}))

    def close(self) -> None:
        """Nothing was opened."""


class TaggerRecipe:
    """Learns from the texts in which a field's value stands, word for word or by its type.

    What is true or false, one of few values, or hardly ever quoted is learned as a class instead.
    """

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Tagger:
        """Raises CandidateError where no value stands in its text."""
        read_options(_NAME, options, {})
        fields = fields_of(fit, _NAME)
        types = dict(fit.section.types) if fit.section else {}
        closed = ClosedFields.fit(fit, tune, fields, types, seed=seed)
        quoted = [name for name in fields if name not in closed.fields]
        pairs = zip(fit.inputs, fit.references, strict=True)
        rows = [labelled(text, right, quoted, types) for text, right in pairs]
        if not closed.fields and all(label == OUT for _, labels in rows for label in labels):
            raise CandidateError(
                "recipe 'tagger' found no field's value in its text: fields must be quoted from "
                "it, or be of few values"
            )
        models = [train(rows, *c) for c in _STRENGTHS] if quoted else [b""]
        tried = [Tagger(name, fields, model, Worth(), types, closed) for model in models]
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
        if document.get("seen") != SEEN:
            raise ArtefactError(
                f"{folder} was fitted by another version, which saw other features: fit again"
            )
        try:
            worth = Worth.from_document(document["worth"])
            model, types = parts.arrays["model"].tobytes(), dict(document["types"])
            closed = ClosedFields.load(folder, dict(document["closed"]))
            return Tagger(name, document["fields"], model, worth, types, closed)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def fields_of(examples: Examples, recipe: str) -> tuple[str, ...]:
    """The fields of an extraction; raises CandidateError for another kind of task."""
    if examples.form != "extract" or examples.section is None:
        raise CandidateError(
            f'recipe {recipe!r} finds fields: use it where kind = "extract" under [task]'
        )
    return tuple(examples.section.fields)
