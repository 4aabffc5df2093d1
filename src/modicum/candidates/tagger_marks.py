"""Fields as marks on the tokens of a text, and the model that learns to set them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modicum.candidates.numbers_in_words import number_places
from modicum.candidates.tokens import Token, clean, find_span, shape, spanned, tokens_of
from modicum.errors import MissingExtraError
from modicum.tasks.answers import read_fields
from modicum.tasks.field_values import Types, date_places, items_of, number_of, same_form

OUT = "O"
SEEN = 2
"""The features that a saved model was fitted to."""
_ITERATIONS = 150
_PARTING = frozenset(",;")


def labelled(
    text: str, reference: str, fields: Sequence[str], types: Types
) -> tuple[list[Token], list[str]]:
    """Tokens with a label each: B-field, I-field, or O."""
    tokens, places = placed(text, read_fields(reference, fields) or {}, types)
    labels = [OUT] * len(tokens)
    for name, place in places:
        for i in place:
            labels[i] = f"{'B' if i == place.start else 'I'}-{name}"
    return tokens, labels


def placed(
    text: str, values: Mapping[str, str | None], types: Types
) -> tuple[list[Token], list[tuple[str, range]]]:
    """Where values stand in a text, longer ones placed first; each item of a list by itself.

    Numbers and dates are found however they are written.
    """
    tokens = tokens_of(text)
    taken = [False] * len(tokens)
    wanted = []
    for name, value in values.items():
        items = items_of(value) if types.get(name) == "list" else [value or ""]
        wanted += [(name, item) for item in items if item]
    found = []
    for name, item in sorted(wanted, key=lambda pair: -len(pair[1])):
        kind = types.get(name, "text")
        if kind in ("number", "date"):
            place = _written(text, tokens, item, str(kind), taken)
        else:
            place = find_span(tokens, item, taken)
        if place is not None:
            found.append((name, place))
            for i in place:
                taken[i] = True
    return tokens, found


def _written(
    text: str, tokens: Sequence[Token], value: str, kind: str, taken: Sequence[bool]
) -> range | None:
    """The first free place where this number or date stands, however it is written."""
    wanted = same_form(value, "date" if kind == "date" else "number")
    for (start, end), read in date_places(text) if kind == "date" else number_places(text):
        if same_form(_shown(read), "date" if kind == "date" else "number") != wanted:
            continue
        inside = [i for i, t in enumerate(tokens) if t.start < end and start < t.end]
        if inside and not any(taken[i] for i in inside):
            return range(inside[0], inside[-1] + 1)
    return None


def _shown(read: str | float) -> str:
    return read if isinstance(read, str) else f"{read:.12g}"


def value_of(text: str, tokens: Sequence[Token], places: Sequence[range], kind: object) -> object:
    """What is written at the places of a field: the longest, or all of a list."""
    if kind == "list":
        return [spanned(text, tokens, place) for place in places]
    written = spanned(text, tokens, max(places, key=len))
    if kind == "number" and number_of(written) is None and (found := number_places(written)):
        return _shown(found[0][1])
    return written


def spans(labels: Sequence[str]) -> dict[str, list[range]]:
    """The runs of each field.

    >>> spans(["B-a", "I-a", "O", "B-a", "B-b"])
    {'a': [range(0, 2), range(3, 4)], 'b': [range(4, 5)]}
    """
    found: dict[str, list[range]] = {}
    start = 0
    for i in range(1, len(labels) + 1):
        name = labels[start][2:]
        if i < len(labels) and labels[i] == f"I-{name}" and name:
            continue
        if name:
            found.setdefault(name, []).append(range(start, i))
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


def opened(model: bytes) -> Any:
    """A tagger of what `train` gave; the bytes must be kept for as long as it lives."""
    crf = _library().Tagger()
    crf.open_inmemory(model)
    return crf


def _library() -> Any:
    try:
        import pycrfsuite
    except ImportError as error:
        raise MissingExtraError("field taggers", "size") from error
    return pycrfsuite
