"""Losses of answers with parts: sets of labels, and the fields of an extraction."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from modicum.tasks.answers import Fields, read_fields, read_labels

_EDGES = " \t\r\n.,;:!?\"'`()[]"


def jaccard_loss(answer: str, reference: str) -> float:
    """1 - shared labels over all labels of both; two empty sets agree.

    >>> jaccard_loss('["a", "b"]', '["b", "c"]')
    0.6666666666666667
    """
    said, wanted = read_labels(answer), read_labels(reference)
    if said is None or wanted is None:
        return 1.0
    return 1.0 - len(said & wanted) / len(said | wanted) if said | wanted else 0.0


def subset_loss(answer: str, reference: str) -> float:
    """0 where both name exactly the same labels."""
    said = read_labels(answer)
    return float(said is None or said != read_labels(reference))


def field_losses(answer: str | None, reference: str, names: Sequence[str]) -> list[float]:
    """For each field 0 where it is right; case, blanks and outer punctuation do not count.

    >>> field_losses('{"a": "reno,", "b": "1"}', '{"a": "Reno", "b": null}', ["a", "b"])
    [0.0, 1.0]
    """
    said = read_fields(answer, names) if answer is not None else None
    wanted: Fields = read_fields(reference, names) or {}
    if said is None:
        return [1.0] * len(names)
    return [float(plain(said[name]) != plain(wanted.get(name))) for name in names]


def plain(value: str | None) -> str:
    """The form in which two values of a field are the same; "" for none."""
    folded = unicodedata.normalize("NFKC", value or "").casefold()
    return " ".join(folded.split()).strip(_EDGES)
