"""`rules`: a decision list of words and phrases, induced from the examples, for people to read.

Sequential covering (Clark and Niblett 1989, "The CN2 induction algorithm"): again and again the
surest phrase is taken, by its Laplace estimate on what no earlier rule covers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.rule_folder import load_rules, save_rules
from modicum.candidates.rules_file import (
    LONGEST,
    Rule,
    Rules,
    compiled,
    read_rules,
)
from modicum.candidates.training import check_fit
from modicum.candidates.words import tokenise
from modicum.errors import CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAME = "rules"
_HEAD = "Rules for a text, ignoring case; the first whose pattern is found gives the answer."
_SUPPORT, _MOST = 3, 400
_LEVELS = (0.5, 0.65, 0.8)  # how sure a rule must be, chosen on tune


class RuleList:
    """Answers with the first rule that matches."""

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, rules: Rules) -> None:
        self.name, self.rules = name, rules
        self._patterns = compiled(rules.rules, re.IGNORECASE)

    def answer(self, batch: Sequence[str]) -> Answers:
        """An answer to everything; its confidence is how often its rule was right."""
        found = [self._one(text[:LONGEST]) for text in batch]
        return Answers(tuple(value for value, _ in found), tuple(sure for _, sure in found))

    def _one(self, text: str) -> tuple[str, float]:
        for rule, pattern in zip(self.rules.rules, self._patterns, strict=True):
            if pattern.search(text):
                return rule.answer, rule.sure
        return self.rules.otherwise, self.rules.otherwise_sure

    def save(self, folder: Path) -> None:
        """Write the rules as a file that can be read, copied and edited."""
        save_rules(folder, _NAME, self.rules, _HEAD, {})

    def close(self) -> None:
        """Nothing was opened."""


class RulesRecipe:
    """Induces rules on fit; `file` names rules to use as they are."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> RuleList:
        """Raises CandidateError for fewer than two classes, or rules that name no class."""
        read = read_options(_NAME, options, {"file": ""})
        if read["file"]:
            return self._given(Path(str(read["file"])), fit, name)
        if fit.form != "classify":
            raise CandidateError("recipe 'rules' names one class: use 'patterns' to find fields")
        check_fit(_NAME, fit)
        tried = [RuleList(name, induce(fit, level)) for level in _LEVELS]
        if not len(tune):
            return tried[0]
        return min(tried, key=lambda rules: sum(tune.losses(rules.answer(tune.inputs).values)))

    def _given(self, path: Path, fit: Examples, name: str) -> RuleList:
        rules = read_rules(path)
        named = {rule.answer for rule in rules.rules} | {rules.otherwise}
        strange = sorted(named - set(fit.classes))
        if strange and fit.form == "classify":
            raise CandidateError(f"{path} answers {strange[0]!r}, which is no class of the data")
        return RuleList(name, rules)

    def load(self, folder: Path, *, name: str) -> RuleList:
        """Raises ArtefactError for a foreign or tampered folder."""
        return RuleList(name, load_rules(folder, _NAME)[0])


def induce(fit: Examples, least: float) -> Rules:
    """The list of rules that are at least this sure, and the commonest answer of the rest."""
    phrases, seen = _phrases(fit.inputs)
    column = {name: i for i, name in enumerate(fit.classes)}
    target = np.array([column[name] for name in fit.references])
    truth = _matrix(np.arange(len(target)), target, (len(target), len(column)))
    left = np.ones(len(target), bool)
    rules: list[Rule] = []
    while len(rules) < _MOST and left.any():
        counts = np.asarray((seen[left].T @ truth[left]).todense())
        covered = counts.sum(axis=1)
        best = counts.max(axis=1)
        sure = np.where(covered >= _SUPPORT, (best + 1) / (covered + 2), 0.0)
        top = int(np.lexsort((np.arange(len(sure))[::-1], covered, sure))[-1])
        if sure[top] < least:
            break
        answer = fit.classes[int(counts[top].argmax())]
        rules.append(Rule(answer, _pattern(phrases[top]), round(float(sure[top]), 3)))
        left &= ~np.asarray(seen[:, [top]].todense()).ravel().astype(bool)
    rest = np.bincount(target[left] if left.any() else target, minlength=len(column))
    share = float(rest.max() / rest.sum())
    return Rules(tuple(rules), fit.classes[int(rest.argmax())], round(share, 3))


Phrase = tuple[bool, tuple[str, ...]]  # whether at the beginning, and its words


def _phrases(texts: Sequence[str]) -> tuple[list[Phrase], Any]:
    """Words, pairs and opening words, and in which texts each stands: shape (texts, phrases)."""
    rows: list[int] = []
    columns: list[int] = []
    known: dict[Phrase, int] = {}
    for row, text in enumerate(texts):
        words = tokenise(text[:LONGEST])
        found: set[Phrase] = {(False, (word,)) for word in words}
        found |= {(False, pair) for pair in pairwise(words)}
        found |= {(True, tuple(words[:n])) for n in (1, 2, 3) if len(words) >= n}
        for phrase in sorted(found):
            if any(word[0].isalnum() for word in phrase[1]):
                rows.append(row)
                columns.append(known.setdefault(phrase, len(known)))
    shape = (len(texts), len(known))
    seen = _matrix(rows, columns, shape)
    often: NDArray[np.int64] = np.flatnonzero(np.asarray(seen.sum(axis=0)).ravel() >= _SUPPORT)
    names = list(known)
    return [names[i] for i in often], seen[:, often]


def _pattern(phrase: Phrase) -> str:
    """A regular expression of a phrase; marks between its words are its own."""
    opening, words = phrase
    pieces = [rf"\b{re.escape(word)}\b" if word[0].isalnum() else re.escape(word) for word in words]
    return (r"^\s*" if opening else "") + r"\s*".join(pieces)


def _matrix(rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    """Ones in these places."""
    ones = np.ones(len(rows))
    return csr_array((ones, (rows, columns)), shape=shape)  # type: ignore[no-untyped-call]
