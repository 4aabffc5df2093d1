"""The further keys of a candidate's table in a task file, read strictly.

A misspelt key must not silently mean the default: an unknown one is refused with the nearest known.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from modicum.errors import CandidateError


def read_options(
    recipe: str, options: Mapping[str, object], defaults: Mapping[str, object]
) -> dict[str, object]:
    """Defaults overlaid with `options`; a value must be of its default's type (an int is a float).

    A default of None accepts any string.  Raises CandidateError for unknown keys and wrong types.

    >>> read_options("majority", {"smoothing": 2}, {"smoothing": 1.0})
    {'smoothing': 2.0}
    """
    read = dict(defaults)
    for key, value in options.items():
        if key not in defaults:
            raise CandidateError(_unknown(recipe, key, defaults))
        read[key] = _typed(recipe, key, value, defaults[key])
    return read


def _unknown(recipe: str, key: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.0)
    if not near:
        return f"recipe {recipe!r} takes no options, but got {key!r}: leave it out"
    rest = ", ".join(sorted(known))
    return f"recipe {recipe!r} has no option {key!r}: did you mean {near[0]!r}? (it takes {rest})"


def _typed(recipe: str, key: str, value: object, default: object) -> object:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    wanted = str if default is None else type(default)
    # bool is a subclass of int, and `ngrams = true` is a mistake
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise CandidateError(
            f"option {key!r} of recipe {recipe!r} is {value!r}: give a {wanted.__name__}"
        )
    return value
