"""What answers look like, in short: enough to tell whether two prompts ask for the same thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from modicum.discover.parse import parsed

Look = tuple[str, frozenset[str]]

_FEW = 30  # distinct answers
_ALIKE = 0.5  # Jaccard similarity of two sets of answers or keys that are one


def look(answers: Iterable[str | None]) -> Look:
    """Labels with their set, json with its keys, free, or nothing where nothing was answered.

    >>> look(["yes", "no"] * 10)[0], look(["a b"])[0]
    ('labels', 'free')
    """
    given = [a.strip() for a in answers if a]
    if not given:
        return "nothing", frozenset()
    keys = [found for a in given if (found := json_keys(a)) is not None]
    if len(keys) > 0.8 * len(given):
        return "json", Counter(keys).most_common(1)[0][0]
    common = {a for a, n in Counter(given).items() if n > 1}
    if len(common) <= _FEW and sum(a in common for a in given) > 0.9 * len(given):
        return "labels", frozenset(common)
    return "free", frozenset()


def json_keys(answer: str) -> frozenset[str] | None:
    """The keys of an answer that is a JSON object, bare or in a fence; else None."""
    found = json_object(answer)
    return None if found is None else frozenset(found)


def json_object(answer: str) -> Mapping[str, object] | None:
    """The JSON object that an answer is, bare or in a Markdown fence, else None.

    >>> json_object('```json\\n{"a": 1}\\n```')
    {'a': 1}
    """
    text = answer.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text[3:-3].removeprefix("json").strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        found = parsed(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def kinds(looks: Iterable[Look]) -> int:
    """How many different things are asked for, as far as the answers tell."""
    seen: list[Look] = []
    for one in looks:
        if not any(_alike(one, other) for other in seen):
            seen.append(one)
    return len(seen)


def _alike(a: Look, b: Look) -> bool:
    if a[0] != b[0]:
        return False
    either = a[1] | b[1]
    return not either or len(a[1] & b[1]) >= _ALIKE * len(either)
