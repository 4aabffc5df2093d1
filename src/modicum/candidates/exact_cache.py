"""`cache-exact`: the answer given before to the very same question, and none to any other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.errors import ArtefactError
from modicum.tasks.text import normalise

_NAME = "cache-exact"
_NEW = "this input was not seen before"


class ExactCache:
    """Knows inputs by their normal form (case and blanks do not count).

    worth: how often its hits were right on tune, which is its confidence in each.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, known: Mapping[str, str], worth: float) -> None:
        self.name, self.known, self.worth = name, dict(known), worth

    def answer(self, batch: Sequence[str]) -> Answers:
        """The known answer; None, with the reason, for an input that is new."""
        values = tuple(self.known.get(normalise(text)) for text in batch)
        return Answers(
            values,
            confidence=tuple(None if value is None else self.worth for value in values),
            errors=tuple(_NEW if value is None else None for value in values),
        )

    def save(self, folder: Path) -> None:
        """Write inputs and answers."""
        write_parts(folder, _NAME, Parts({"known": self.known, "worth": self.worth}))

    def close(self) -> None:
        """Nothing was opened."""


class ExactCacheRecipe:
    """Remembers the commonest answer of every input of the fit split."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> ExactCache:
        """Any number of examples will do."""
        read_options(_NAME, options, {})
        answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text, reference in zip(fit.inputs, fit.references, strict=True):
            answers[normalise(text)][reference] += 1
        known = {text: counts.most_common(1)[0][0] for text, counts in answers.items()}
        cache = ExactCache(name, known, 0.5)
        values = cache.answer(tune.inputs).values
        hits = [i for i, value in enumerate(values) if value is not None]
        losses = tune.taken(hits).losses([values[i] for i in hits])
        cache.worth = (len(hits) - sum(losses) + 1) / (len(hits) + 2)  # Laplace's rule
        return cache

    def load(self, folder: Path, *, name: str) -> ExactCache:
        """Raises ArtefactError for a foreign or tampered folder."""
        document = read_parts(folder, _NAME).document
        known, worth = document.get("known"), document.get("worth")
        if not isinstance(known, dict) or not isinstance(worth, float):
            raise ArtefactError(f"{folder} holds no answers: fit the candidate again")
        return ExactCache(name, known, worth)
