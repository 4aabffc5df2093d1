"""`choice`: which of the options listed in a context column answers the question.

An option is seen by its likeness to the question in meaning (MiniLM), its words that stand in the
rest of the input, its length, its likeness to the other options, and its place, each beside those
of the other options.  A logistic regression learns what tells the right one from the others
(a conditional logit over options, fitted one option at a time).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.listed_options import (
    Option,
    Said,
    listing_column,
    options_of,
    right_option,
)
from modicum.candidates.minilm import MiniLm
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, MissingExtraError
from modicum.tasks.answers import read_parts as parts_of
from modicum.tasks.text_metrics import normalised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NAME = "choice"
_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)
_NONE = "the input lists no options to choose from"


class Choice:
    """Answers with the option of the highest score.

    columns: the parts of an input, the question first; at: which of them lists the options.
    weights: of features; their spread is in them.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self,
        name: str,
        encoder: MiniLm,
        columns: Sequence[str],
        at: int,
        said: Said,
        weights: Floats,
        worth: Worth,
    ) -> None:
        self.name, self.encoder, self.columns = name, encoder, tuple(columns)
        self.at, self.said, self.weights, self.worth = at, said, weights, worth

    def answer(self, batch: Sequence[str]) -> Answers:
        """One of its options for every input that lists some."""
        found = self.best(batch)
        return Answers(
            tuple(value for value, _ in found),
            tuple(None if v is None else self.worth.of([lead])[0] for v, lead in found),
            errors=tuple(_NONE if value is None else None for value, _ in found),
        )

    def best(self, batch: Sequence[str]) -> list[tuple[str | None, float]]:
        """The best option of each input, and its probability among the options."""
        read = [_read(text, self.columns, self.at) for text in batch]
        found: list[tuple[str | None, float]] = []
        rows = features(self.encoder, read)
        for (_, options), seen in zip(read, rows, strict=True):
            if not options:
                found.append((None, 0.0))
                continue
            scores = np.round(seen @ self.weights, 6)
            top = int(scores.argmax())
            share = float(1.0 / np.exp(scores - scores[top]).sum())
            found.append((options[top].as_said(self.said), share))
        return found

    def save(self, folder: Path) -> None:
        """Write weights; the encoder's own stay in their package, pinned."""
        document = {
            "columns": self.columns,
            "at": self.at,
            "said": self.said,
            "worth": self.worth.document(),
            **self.encoder.parts().document,
        }
        write_parts(folder, _NAME, Parts(document, {"weights": self.weights}))

    def close(self) -> None:
        """Nothing was opened."""


class ChoiceRecipe:
    """Learns which option is right where a context column lists them."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Choice:
        """Raises CandidateError where no context column lists the answers."""
        read_options(_NAME, options, {})
        at, said = listing_column(fit)
        columns = fit.section.parts if fit.section else ()
        encoder = MiniLm.open()
        read = [_read(text, columns, at) for text in fit.inputs]
        rows = features(encoder, read)
        right = [right_option(o, a, said) for (_, o), a in zip(read, fit.references, strict=True)]
        tried = [
            Choice(name, encoder, columns, at, said, _learned(rows, right, c), Worth())
            for c in _STRENGTHS
        ]
        if not len(tune):
            return tried[1]
        best = min(tried, key=lambda one: sum(tune.losses(one.answer(tune.inputs).values)))
        found = best.best(tune.inputs)
        best.worth = Worth.fit([lead for _, lead in found], tune.losses([v for v, _ in found]))
        return best

    def load(self, folder: Path, *, name: str) -> Choice:
        """Raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, _NAME)
        document: dict[str, Any] = parts.document
        try:
            worth = Worth.from_document(document["worth"])
            encoder, weights = MiniLm.from_parts(parts), parts.arrays["weights"]
            columns, at = document["columns"], int(document["at"])
            return Choice(name, encoder, columns, at, document["said"], weights, worth)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def _read(text: str, columns: Sequence[str], at: int) -> tuple[str, list[Option]]:
    """All of an input but its options, the passage before the question; and the options."""
    question, *context = parts_of(text, columns)
    rest = [part for i, part in enumerate(context, start=1) if i != at and part]
    return " ".join([*rest, question]), options_of(context[at - 1])


def features(encoder: MiniLm, read: Sequence[tuple[str, Sequence[Option]]]) -> list[Floats]:
    """What is seen of each option of each input, less its mean: shape (options, 5) each."""
    texts = [asked for asked, _ in read] + [o.text for _, options in read for o in options]
    vectors = np.asarray(encoder.encode(texts), np.float64)
    questions, listed = vectors[: len(read)], vectors[len(read) :]
    found, start = [], 0
    for (asked, options), question in zip(read, questions, strict=True):
        own = listed[start : start + len(options)]
        start += len(options)
        if not options:
            found.append(np.zeros((0, 5)))
            continue
        words = set(normalised(asked).split())
        said = [set(normalised(option.text).split()) for option in options]
        rows = np.column_stack(
            [
                own @ question,
                own @ own.mean(axis=0),
                [np.log1p(len(option.text)) for option in options],
                [len(words & one) / max(len(one), 1) for one in said],
                np.arange(len(options)) == 0,
            ]
        )
        found.append(rows - rows.mean(axis=0))
    return found


def _learned(rows: Sequence[Floats], right: Sequence[int | None], strength: float) -> Floats:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtraError("choices among options", "size") from error
    pairs = [(row, i) for row, i in zip(rows, right, strict=True) if i is not None]
    every = np.concatenate([row for row, _ in pairs])
    target = np.concatenate([np.arange(len(row)) == i for row, i in pairs])
    spread = every.std(axis=0) + 1e-9
    model = LogisticRegression(C=strength, max_iter=1000)  # type: ignore[no-untyped-call]
    model.fit(every / spread, target)
    return np.asarray(model.coef_[0] / spread, np.float64)
