"""Losses of answers with parts: sets of labels, and the fields of an extraction."""

from __future__ import annotations

from collections.abc import Sequence

from modicum.tasks.answers import Fields, read_fields, read_labels
from modicum.tasks.field_values import Types, plain, same_form

__all__ = ["field_losses", "jaccard_loss", "plain", "subset_loss"]


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


def field_losses(
    answer: str | None, reference: str, names: Sequence[str], types: Types | None = None
) -> list[float]:
    """For each field 0 where it is right; case, blanks and outer punctuation do not count.

    types: of the fields whose values are the same in more ways: 1,250.00 and 1250 as numbers.

    >>> field_losses('{"a": "reno,", "b": "1"}', '{"a": "Reno", "b": null}', ["a", "b"])
    [0.0, 1.0]
    """
    said = read_fields(answer, names) if answer is not None else None
    wanted: Fields = read_fields(reference, names) or {}
    if said is None:
        return [1.0] * len(names)
    kinds = [(types or {}).get(name, "text") for name in names]
    return [
        float(same_form(said[name], kind) != same_form(wanted.get(name), kind))
        for name, kind in zip(names, kinds, strict=True)
    ]
