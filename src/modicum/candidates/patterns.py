"""`patterns`: fields by regular expressions induced from the examples, for people to read and edit.

Every value of fit is turned into the shape of its tokens, with what stands before and after it; for
each field the shapes that find the right value most surely become its rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.rule_folder import load_rules, save_rules
from modicum.candidates.rules_file import (
    Rule,
    Rules,
    compiled,
    read_rules,
)
from modicum.candidates.tagger import fields_of
from modicum.candidates.tokens import Token, align, tokens_of
from modicum.errors import ArtefactError, CandidateError
from modicum.tasks.answers import read_fields, write_fields
from modicum.tasks.field_values import Types
from modicum.tasks.structured_metrics import plain

_NAME = "patterns"
_HEAD = "Rules for the fields of a text; of each field the first whose pattern is found counts."
_TRIED, _MOST, _SUPPORT = 250, 25, 3
_LEVELS = (0.5, 0.7, 0.85)


class Patterns:
    """Finds each field by its own rules."""

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self, name: str, fields: Sequence[str], rules: Rules, types: Types | None = None
    ) -> None:
        self.name, self.fields, self.rules, self.types = name, tuple(fields), rules, types or {}
        pairs = list(zip(rules.rules, compiled(rules.rules, 0), strict=True))
        self._of = {field: [p for p in pairs if p[0].answer == field] for field in self.fields}

    def answer(self, batch: Sequence[str]) -> Answers:
        """Fields that a rule finds; confidence is that of the least sure rule used."""
        found = [self._one(text) for text in batch]
        return Answers(tuple(value for value, _ in found), tuple(sure for _, sure in found))

    def _one(self, text: str) -> tuple[str, float]:
        values: dict[str, str] = {}
        sure = 1.0
        for field, rules in self._of.items():
            for rule, pattern in rules:
                if value := rule.value(text, pattern):
                    values[field], sure = value.strip(" ,;"), min(sure, rule.sure)
                    break
            else:
                sure = min(sure, 0.5)
        return write_fields(self.fields, values, self.types), sure

    def save(self, folder: Path) -> None:
        """Write the rules as a file that can be read, copied and edited."""
        save_rules(
            folder, _NAME, self.rules, _HEAD, {"fields": self.fields, "types": dict(self.types)}
        )

    def close(self) -> None:
        """Nothing was opened."""


class PatternsRecipe:
    """Induces patterns on fit; `file` names rules to use as they are."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Patterns:
        """Raises CandidateError for another kind of task, or rules for unknown fields."""
        read = read_options(_NAME, options, {"file": ""})
        fields = fields_of(fit, _NAME)
        if read["file"]:
            given = self._given(Path(str(read["file"])), fields, name)
            given.types = fit.section.types if fit.section else {}
            return given
        ranked = {field: _ranked(fit, field, fields) for field in fields}
        types = fit.section.types if fit.section else {}
        tried = [Patterns(name, fields, _kept(ranked, level), types) for level in _LEVELS]
        if not len(tune):
            return tried[0]
        return min(tried, key=lambda one: sum(tune.losses(one.answer(tune.inputs).values)))

    def _given(self, path: Path, fields: Sequence[str], name: str) -> Patterns:
        rules = read_rules(path, groups=1)
        strange = sorted({rule.answer for rule in rules.rules} - set(fields))
        if strange:
            raise CandidateError(f"{path} finds {strange[0]!r}, which is no field of the task")
        return Patterns(name, fields, rules)

    def load(self, folder: Path, *, name: str) -> Patterns:
        """Raises ArtefactError for a foreign or tampered folder."""
        rules, document = load_rules(folder, _NAME, groups=1)
        fields = document.get("fields")
        if not isinstance(fields, list):
            raise ArtefactError(f"{folder} names no fields: fit again")
        types = document.get("types", {})
        if not isinstance(types, dict):
            raise ArtefactError(f"{folder} has types that are no table: fit again")
        return Patterns(name, fields, rules, types)


def _kept(ranked: dict[str, list[Rule]], least: float) -> Rules:
    return Rules(tuple(r for rules in ranked.values() for r in rules if r.sure >= least))


def _ranked(fit: Examples, field: str, fields: Sequence[str]) -> list[Rule]:
    """A field's rules, each the surest on the texts that no earlier one matches."""
    wanted = [(read_fields(r, fields) or {}).get(field) for r in fit.references]
    counts: Counter[tuple[str, str]] = Counter()
    for text, value in zip(fit.inputs, wanted, strict=True):
        if value:
            counts.update(set(_shapes(text, field, value)))
    common = [key for key, count in counts.most_common(_TRIED) if count >= _SUPPORT]
    right = {key: _matches(key, fit.inputs, wanted) for key in common}
    rules: list[Rule] = []
    left = set(range(len(wanted)))
    while right and len(rules) < _MOST:
        scored = {
            key: (sum(ok for i, ok in found.items() if i in left), sum(i in left for i in found))
            for key, found in right.items()
        }
        best = max(scored, key=lambda k: ((scored[k][0] + 1) / (scored[k][1] + 2), scored[k][1]))
        good, seen = scored[best]
        sure = (good + 1) / (seen + 2)
        if seen < _SUPPORT or sure < _LEVELS[0]:
            break
        rules.append(Rule(field, best[0], round(sure, 3), best[1]))
        left -= set(right.pop(best))
    return rules


def _matches(
    key: tuple[str, str], texts: Sequence[str], wanted: Sequence[str | None]
) -> dict[int, bool]:
    """The texts a pattern matches, and whether it finds the right value there."""
    pattern, take = key
    rule, ready = Rule("", pattern, 0.5, take), re.compile(pattern)
    values = ((i, rule.value(text, ready)) for i, text in enumerate(texts))
    return {i: plain(value) == plain(wanted[i]) for i, value in values if value is not None}


def _shapes(text: str, field: str, value: str) -> Iterator[tuple[str, str]]:
    """Patterns that find this value in this text, from narrow to wide."""
    tokens, places = align(text, {field: value})
    place = places.get(field)
    if place is None or len(place) > 12:
        return
    before = text[: tokens[place.start].start]
    after = text[tokens[place.stop - 1].end :]
    lefts = ["^", r"(?:^|\s)"] if not before.strip() else [r"\s", *_edge(before, left=True)]
    rights = [r"\W*$", r"(?!\w)"] if not after.strip() else [r"(?!\w)", *_edge(after, left=False)]
    inside = tokens[place.start : place.stop]
    for left, middle, right in product(lefts, _values(text, inside), rights):
        for take in ("first", "last"):
            yield f"{left}({middle}){right}", take


def _edge(text: str, *, left: bool) -> list[str]:
    """What stands next to a value: a comma, or the shape of the next token."""
    tokens = tokens_of(text[-60:] if left else text[:60])
    if not tokens:
        return []
    token = tokens[-1] if left else tokens[0]
    if not token.text[0].isalnum():
        mark = re.escape(token.text)
        return [rf"{mark}\s*" if left else rf"\s*{mark}"]
    wide = _wide(token.text)
    return [rf"\b{wide}\s+" if left else rf"\s+{wide}\b"]


def _values(text: str, tokens: Sequence[Token]) -> set[str]:
    """The value token by token, and as a run of words of any number."""
    exact = "".join(
        (_gap(text, tokens[i - 1], token) if i else "") + _narrow(token.text)
        for i, token in enumerate(tokens)
    )
    found = {exact}
    if len(tokens) > 1 or tokens[0].text.isalpha():
        first, last = _wide(tokens[0].text), _wide(tokens[-1].text)
        found.add(rf"{first}(?:[ .#'-]+\w+){{0,6}}?" if len(tokens) > 1 else first)
        found.add(rf"{first}[^,\n]*?{last}")
        found.add(rf"{first}[^,\n]*")
    return found


def _gap(text: str, one: Token, other: Token) -> str:
    return r"\s+" if text[one.end : other.start] else ""


def _narrow(word: str) -> str:
    if word.isdigit():
        return rf"\d{{{len(word)}}}"
    if word.isupper() and len(word) <= 3:
        return f"[A-Z]{{{len(word)}}}"
    return _wide(word)


def _wide(word: str) -> str:
    if word.isdigit():
        return r"\d+"
    if word.isupper() and word.isalpha():
        return "[A-Z]+"
    if word[0].isupper() and word.isalpha():
        return r"[A-Z]\w+"
    return r"\w+" if word[0].isalnum() else re.escape(word)
