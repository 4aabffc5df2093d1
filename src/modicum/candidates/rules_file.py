"""Rules as a file that people read and edit: TOML, one pattern a rule, the first that matches wins.

otherwise = "HUM"

[[rules]]
answer = "NUM"               # of an extraction: the field
pattern = '\\bhow\\W+many\\b'  # Python's `re`; of an extraction: with one group, the value
sure = 0.97                  # how often it was right
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modicum.errors import CandidateError

_KEYS = {"answer", "pattern", "sure", "take"}
LONGEST = 20_000  # characters of a text that rules look at


@dataclass(frozen=True)
class Rule:
    """What a match of `pattern` means; `take` is which match of several counts, first or last."""

    answer: str
    pattern: str
    sure: float = 0.5
    take: str = "first"

    def value(self, text: str, compiled: re.Pattern[str]) -> str | None:
        """The group of the match that counts; None without a match."""
        found: re.Match[str] | None = None
        for match in compiled.finditer(text[:LONGEST]):
            found = match
            if self.take == "first":
                break
        return found[1] if found else None


@dataclass(frozen=True)
class Rules:
    """Rules in order, and the answer where none matches."""

    rules: tuple[Rule, ...]
    otherwise: str = ""
    otherwise_sure: float = 0.5


def write_rules(rules: Rules, head: str) -> str:
    """The file's text, `head` as its first comment."""
    lines = [f"# {line}" for line in head.splitlines()]
    lines += [f"otherwise = {json.dumps(rules.otherwise, ensure_ascii=False)}"]
    lines += [f"otherwise_sure = {rules.otherwise_sure:.3f}", ""]
    for rule in rules.rules:
        lines += ["[[rules]]", f"answer = {json.dumps(rule.answer, ensure_ascii=False)}"]
        lines += [f"pattern = {_literal(rule.pattern)}", f"sure = {rule.sure:.3f}"]
        lines += [f"take = {json.dumps(rule.take)}", ""]
    return "\n".join(lines)


def _literal(pattern: str) -> str:
    """A TOML literal string, in which nothing needs escaping, where the pattern allows one."""
    plain = "'" not in pattern and pattern.isprintable()
    return f"'{pattern}'" if plain else json.dumps(pattern, ensure_ascii=True)


def parse_rules(text: str, where: str, *, groups: int | None = None) -> Rules:
    """Read the file; raises CandidateError naming the rule that cannot be used.

    groups: how many groups every pattern must have; None for any number.
    """
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CandidateError(f"{where} is not valid TOML: {error}") from None
    found = plain.get("rules", [])
    if not isinstance(found, list):
        raise CandidateError(f"{where}: rules must be [[rules]] tables")
    rules = tuple(_rule(one, f"{where}, rule {n}", groups) for n, one in enumerate(found, start=1))
    sure = plain.get("otherwise_sure", 0.5)
    return Rules(rules, str(plain.get("otherwise", "")), float(sure) if _share(sure) else 0.5)


def _rule(plain: object, where: str, groups: int | None) -> Rule:
    if not isinstance(plain, dict) or not {"answer", "pattern"} <= set(plain):
        raise CandidateError(f"{where} needs an answer and a pattern: add them")
    if strange := sorted(set(plain) - _KEYS):
        known = ", ".join(sorted(_KEYS))
        raise CandidateError(f"{where} has an unknown key {strange[0]!r}: known are {known}")
    pattern, sure, take = str(plain["pattern"]), plain.get("sure", 0.5), plain.get("take", "first")
    try:
        found = re.compile(pattern).groups
    except re.error as error:
        raise CandidateError(f"{where}: {pattern!r} is no regular expression ({error})") from None
    if groups is not None and found != groups:
        raise CandidateError(f"{where}: {pattern!r} has {found} groups, {groups} was wanted")
    if not _share(sure) or take not in ("first", "last"):
        raise CandidateError(f"{where}: sure lies in 0 to 1, take is first or last")
    return Rule(str(plain["answer"]), pattern, float(sure), take)


def _share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def read_rules(path: Path, *, groups: int | None = None) -> Rules:
    """Rules from a file; raises CandidateError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CandidateError(f"{path} cannot be read ({error}): correct file") from None
    return parse_rules(text, str(path), groups=groups)


def compiled(rules: Sequence[Rule], flags: int) -> list[re.Pattern[str]]:
    """Their patterns, ready."""
    return [re.compile(rule.pattern, flags) for rule in rules]
