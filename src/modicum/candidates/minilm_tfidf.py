"""The best of the small ones: words and characters (SVM), the sentence (logistic) and its opening
(logistic), blended by what tune says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.blend import blend_heads, choose_shares
from modicum.candidates.head import LinearHead
from modicum.candidates.minilm import SIZE, MiniLm
from modicum.candidates.pair import Pair
from modicum.candidates.protocol import Examples
from modicum.candidates.student import StudentRecipe
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Kind, Labelled, Trial, fit_head, targets_of

_OPENING = 4  # the mark of the beginning and three tokens: "what", "city", "has"
_TERMS = Terms(words=2, chars_from=2, chars_to=5)
_KINDS: tuple[Kind, ...] = ("svm", "logistic", "logistic")


class MiniLmTfIdfRecipe(StudentRecipe):
    """Takes no options of its own; `c`, given, holds for all three heads."""

    name = "minilm-tfidf"
    defaults: ClassVar[Mapping[str, object]] = {}

    def encoder(self, texts: Sequence[str], options: Mapping[str, Any]) -> Pair:
        """TF-IDF of `texts` beside the sentence encoder of the asset packages."""
        return Pair(TfIdf.fit(texts, _TERMS), MiniLm.open(_OPENING))

    def load_encoder(self, parts: Parts) -> Pair:
        """As saved."""
        return Pair.from_parts(parts)

    def fit_parts(
        self, fit: Examples, tune: Examples, seed: int, options: Mapping[str, Any]
    ) -> tuple[Pair, LinearHead]:
        """Three heads, blended."""
        pair = self.encoder(fit.inputs, options)
        dense = pair.sentences.encode(fit.inputs), pair.sentences.encode(tune.inputs)
        views, tunes = (_views(pair.words, e, d) for e, d in zip((fit, tune), dense, strict=True))
        trials = [
            fit_head(kind, view, held, fit.classes, seed=seed, strength=options["c"])
            for kind, view, held in zip(_KINDS, views, tunes, strict=True)
        ]
        scores = [_scores(t, held) for t, held in zip(trials, tunes, strict=True)]
        shares, temperature = choose_shares(scores, targets_of(tunes[0], fit.classes))
        if options["refit"] and len(tune):
            every = fit.joined(tune)
            pair = Pair(TfIdf.fit(every.inputs, _TERMS), pair.sentences)
            views = _views(pair.words, every, np.concatenate(dense))
            trials = [_refit(t, k, v, seed) for t, k, v in zip(trials, _KINDS, views, strict=True)]
        return pair, blend_heads([trial.head for trial in trials], shares, temperature)


def _views(words: TfIdf, examples: Examples, dense: Any) -> list[Labelled]:
    """What each head sees: words and characters, the mean state, the opening states."""
    seen = (words.encode(examples.inputs), dense[:, :SIZE], dense[:, SIZE:])
    return [Labelled(features, examples.references) for features in seen]


def _scores(trial: Trial, data: Labelled) -> Any:
    return (data.features @ trial.head.weights + trial.head.intercept) / trial.head.temperature


def _refit(trial: Trial, kind: Kind, data: Labelled, seed: int) -> Trial:
    """The same strength and temperature on more examples."""
    none = Labelled(data.features[:0], ())
    again = fit_head(kind, data, none, trial.head.classes, seed=seed, strength=trial.strength)
    again.head.temperature = trial.head.temperature
    return replace(again)
