"""Language: the sentences of a reader, from one file a language; a new language is a new file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from modicum.errors import DataError

FOLDER = "lang"


@dataclass(frozen=True)
class Language:
    """Sentences by their key, for example `business.risk`; `code` is an ISO 639-1 code."""

    code: str
    sentences: Mapping[str, str] = field(repr=False)

    def __call__(self, key: str, **values: str) -> str:
        """The sentence with its placeholders filled in."""
        return self.sentences[key].format(**values)

    @property
    def terms(self) -> dict[str, str]:
        """Every term with its sentence, by the English name that the pages ask for it with."""
        start = "terms."
        return {k.removeprefix(start): v for k, v in self.sentences.items() if k.startswith(start)}

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Every term with the ways it is written in this language, its heading first."""
        start = "names."
        return {
            k.removeprefix(start): tuple(v.split("|"))
            for k, v in self.sentences.items()
            if k.startswith(start)
        }

    @property
    def glossary(self) -> dict[str, str]:
        """Every term with its sentence, by its heading in this language."""
        return {self.names[term][0]: sentence for term, sentence in self.terms.items()}

    def number(self, text: str) -> str:
        """A number as `numbers.show` and `words.Measure` write it, in this language.

        >>> language("de").number("1,234.5 points worse")
        '1.234,5 Punkte schlechter'
        """
        swap = {",": self("number.thousands"), ".": self("number.decimal")}
        text = re.sub(r"(?<=\d)[.,](?=\d)", lambda m: swap[m[0]], text)
        return re.sub(r"[A-Za-z]+", lambda m: self.sentences.get(f"unit.{m[0]}", m[0]), text)


@lru_cache
def language(code: str) -> Language:
    """The language of that code; raises DataError for one that has no file."""
    if code not in languages():
        raise DataError(f"language {code!r} is not known: give one of {', '.join(languages())}")
    text = files("modicum.report").joinpath(FOLDER, f"{code}.toml").read_text(encoding="utf-8")
    groups: dict[str, dict[str, str]] = tomllib.loads(text)
    flat = {f"{group}.{key}": str(v) for group, own in groups.items() for key, v in own.items()}
    return Language(code, flat)


@lru_cache
def languages() -> tuple[str, ...]:
    """Every code that has a file."""
    folder = files("modicum.report").joinpath(FOLDER)
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))
