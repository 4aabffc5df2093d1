"""`gazetteer`: each field by the values it had before, looked up in the text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modicum.candidates.artefact import Parts, read_parts, write_parts
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.tagger import fields_of
from modicum.candidates.tokens import Token, spanned, tokens_of
from modicum.errors import ArtefactError
from modicum.tasks.answers import read_fields, write_fields
from modicum.tasks.field_values import Types
from modicum.tasks.structured_metrics import plain

_NAME = "gazetteer"
_LEVELS = (0.3, 0.5, 0.7)
Known = Mapping[str, Mapping[str, float]]


class Gazetteer:
    """For each field: known values and how often each, standing in a text, was that field.

    least: values below this share are passed over.  Of several the surest counts, then the longest,
    then the last.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, known: Known, least: float, types: Types | None = None) -> None:
        self.name, self.known, self.least, self.types = name, known, least, types or {}
        self._longest = {
            field: max((value.count(" ") + 1 for value in values), default=0)
            for field, values in known.items()
        }

    def answer(self, batch: Sequence[str]) -> Answers:
        """Fields whose value is known; confidence is the share of the least sure."""
        found = [self._one(text) for text in batch]
        return Answers(tuple(value for value, _ in found), tuple(sure for _, sure in found))

    def _one(self, text: str) -> tuple[str, float]:
        tokens = tokens_of(text)
        words = [t.text.casefold() for t in tokens]
        best = {field: self._best(field, text, tokens, words) for field in self.known}
        values = {field: found[1] for field, found in best.items() if found}
        sure = min((found[0] if found else 0.5 for found in best.values()), default=0.0)
        return write_fields(tuple(self.known), values, self.types), sure

    def _best(
        self, field: str, text: str, tokens: Sequence[Token], words: Sequence[str]
    ) -> tuple[float, str] | None:
        known = self.known[field]
        ranked: tuple[float, int, int] | None = None
        for start in range(len(words)):
            for stop in range(start + 1, min(start + self._longest[field], len(words)) + 1):
                share = known.get(" ".join(words[start:stop]), 0.0)
                if share >= self.least and (share, stop - start, start) >= (ranked or (0, 0, 0)):
                    ranked = (share, stop - start, start)
        if ranked is None:
            return None
        share, length, start = ranked
        return share, spanned(text, tokens, range(start, start + length))

    def save(self, folder: Path) -> None:
        """Write the values."""
        document = {"known": self.known, "least": self.least, "types": dict(self.types)}
        write_parts(folder, _NAME, Parts(document))

    def close(self) -> None:
        """Nothing was opened."""


class GazetteerRecipe:
    """Counts values of the fit split; how sure a value must be is chosen on tune."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Gazetteer:
        """Raises CandidateError for another kind of task."""
        read_options(_NAME, options, {})
        fields = fields_of(fit, _NAME)
        known = {field: _shares(fit, field, fields) for field in fields}
        types = fit.section.types if fit.section else {}
        tried = [Gazetteer(name, known, level, types) for level in _LEVELS]
        if not len(tune):
            return tried[1]
        return min(tried, key=lambda found: sum(tune.losses(found.answer(tune.inputs).values)))

    def load(self, folder: Path, *, name: str) -> Gazetteer:
        """Raises ArtefactError for a foreign or tampered folder."""
        document: dict[str, Any] = read_parts(folder, _NAME).document
        try:
            known, types = dict(document["known"]), dict(document.get("types", {}))
            return Gazetteer(name, known, float(document["least"]), types)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def _shares(fit: Examples, field: str, fields: Sequence[str]) -> dict[str, float]:
    """Each value's share: of the texts in which its words stand, those where it is the field."""
    values = [(read_fields(reference, fields) or {}).get(field) for reference in fit.references]
    right = Counter(_words(value) for value in values if value)
    longest = max((value.count(" ") + 1 for value in right), default=0)
    seen: defaultdict[str, int] = defaultdict(int)
    for text in fit.inputs:
        words = [t.text.casefold() for t in tokens_of(text)]
        grams = {
            " ".join(words[i:j])
            for i in range(len(words))
            for j in range(i + 1, min(i + longest, len(words)) + 1)
        }
        for gram in grams:
            if gram in right:
                seen[gram] += 1
    return {v: round(n / (seen[v] + 0.5), 4) for v, n in sorted(right.items()) if v in seen}


def _words(value: str) -> str:
    return " ".join(t.text.casefold() for t in tokens_of(plain(value)))
