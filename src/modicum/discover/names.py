"""Short names for jobs, from the words of their templates that tell them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from modicum.discover.request import OPEN, SHUT
from modicum.discover.template import Template

_MOST = 4  # words
_DULL_WORDS = """
a an and are as at be by for from given have helpful i if in is it its just me my of on only or our
please should that the then this to us use we will with you your assistant answer reply respond
output using following below text user was were who what which do does not no into expert
der die das und ein eine ist sie bist du les des une est vous pour el los las una es un para
"""
_DULL = frozenset(_DULL_WORDS.split())
_ROLE = re.compile(rf"{OPEN}([a-z]+){SHUT}")
_WORD = re.compile(r"[^\W\d_]{2,}")


def names_of(templates: Sequence[Template]) -> list[str]:
    """One name each, none twice.

    >>> names_of([Template(("\\x02user\\x03Translate to French: ",), ends=False)])
    ['translate-french']
    """
    said = [_said(template) for template in templates]
    common = Counter(word for words in said for word in set(words["user"] + words["system"]))
    names: list[str] = []
    for words in said:
        base = _slug(_telling(words, common)) or "job"
        name, number = base, 2
        while name in names:
            name, number = f"{base}-{number}", number + 1
        names.append(name)
    return names


def _slug(words: Sequence[str]) -> str:
    plain = (word.encode("ascii", "ignore").decode() for word in words)
    return "-".join(word for word in plain if word)


def _telling(words: dict[str, list[str]], common: Counter[str]) -> list[str]:
    """What the user says, else the system; words of this template alone where there are two."""
    for most in (1, len(common)):
        for speaker in ("user", "system"):
            found = [w for w in words[speaker] if w not in _DULL and common[w] <= most]
            if len(found) >= 2:
                return found[:_MOST]
    return (words["user"] or words["system"])[:_MOST]


def _said(template: Template) -> dict[str, list[str]]:
    """The distinct words that stay, in order, by who says them."""
    said: dict[str, dict[str, None]] = {"user": {}, "system": {}}
    role = "user"
    for segment in template.segments:
        for i, part in enumerate(_ROLE.split(segment)):
            if i % 2:
                role = part
            else:
                said.setdefault(role, {}).update(dict.fromkeys(map(str.lower, _WORD.findall(part))))
    return {speaker: list(words) for speaker, words in said.items()}
