"""`arithmetic`: word problems by an induced program over the numbers of the text.

A program says which numbers are combined how, by their place: `0 + 1`, `(1 - 0) * 2`.  The
programs that give the right answers on fit are collected (the answers alone teach, as in Kushman et
al. 2014, "Learning to automatically solve algebra word problems"), and a linear model of the words
chooses among them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from modicum.candidates.artefact import read_parts, write_parts
from modicum.candidates.head import LinearHead
from modicum.candidates.numbers_in_words import masked, numbers_of
from modicum.candidates.options import read_options
from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.student import nest, select
from modicum.candidates.tfidf import Terms, TfIdf
from modicum.candidates.training import Labelled, fit_head
from modicum.candidates.worth import Worth
from modicum.errors import ArtefactError, CandidateError
from modicum.tasks.answers import read_parts as parts_of
from modicum.tasks.text_metrics import last_number

_NAME = "arithmetic"
_MOST_NUMBERS = 5  # whose programs are tried while learning
_SUPPORT = 3  # fit examples a program must explain
_ROUNDS = 3
_NONE = "the text has no numbers that a known program takes"
Program = tuple[str, ...]  # postfix: places as digits, operations as signs


class Arithmetic:
    """Chooses the likeliest program that the numbers of a text allow, and runs it.

    columns: the parts of an input, question first; the context is read before the question.
    """

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(
        self, name: str, columns: Sequence[str], encoder: TfIdf, head: LinearHead, worth: Worth
    ) -> None:
        self.name, self.columns, self.encoder, self.head = name, tuple(columns), encoder, head
        self.worth = worth
        self.programs = [tuple(text.split()) for text in head.classes]

    def answer(self, batch: Sequence[str]) -> Answers:
        """A number for every text whose numbers a program takes."""
        scored = [self.solve(text) for text in batch]
        return Answers(
            tuple(value for value, _ in scored),
            tuple(None if v is None else self.worth.of([s])[0] for v, s in scored),
            errors=tuple(_NONE if value is None else None for value, _ in scored),
        )

    def solve(self, text: str) -> tuple[str | None, float]:
        """The result of the likeliest program that runs and gives no negative number."""
        story = story_of(text, self.columns)
        given = numbers_of(story)
        odds = self.head.answer_one(
            self.encoder.project_one(feature_text(story), self.head.weights)
        )
        row = odds.probabilities
        if row is None:
            return None, 0.0
        for at in (-row[0]).argsort(kind="stable")[:20]:
            value = run(self.programs[at], given)
            if value is not None and value >= 0:
                return write_number(value), float(row[0][at])
        return None, 0.0

    def save(self, folder: Path) -> None:
        """Write programs, weights and calibration."""
        parts = nest({"encoder": self.encoder.parts(), "head": self.head.parts()})
        parts.document.update(columns=self.columns, worth=self.worth.document())
        write_parts(folder, _NAME, parts)

    def close(self) -> None:
        """Nothing was opened."""


class ArithmeticRecipe:
    """Collects programs on fit, learns when each applies, calibrates on tune."""

    name = _NAME

    def fit(
        self, fit: Examples, tune: Examples, *, name: str, seed: int, options: dict[str, object]
    ) -> Arithmetic:
        """Raises CandidateError where no program explains three answers."""
        read_options(_NAME, options, {})
        columns = fit.section.parts if fit.section else ("input",)
        stories = [story_of(text, columns) for text in fit.inputs]
        right = [
            explained(numbers_of(story), last_number(answer))
            for story, answer in zip(stories, fit.references, strict=True)
        ]
        chosen = consistent(right)
        rows = [i for i, program in enumerate(chosen) if program]
        classes = sorted({" ".join(chosen[i]) for i in rows})
        if len(classes) < 2:
            raise CandidateError(
                "recipe 'arithmetic' found no programs that explain the answers: it is for texts "
                "whose answer is calculated from their numbers"
            )
        texts = [feature_text(stories[i]) for i in rows]
        encoder = TfIdf.fit(texts, Terms(words=2, min_count=2))
        data = Labelled(encoder.encode(texts), tuple(" ".join(chosen[i]) for i in rows))
        none = Labelled(encoder.encode([]), ())
        heads = [
            fit_head("logistic", data, none, classes, seed=seed, strength=c).head
            for c in (10.0, 30.0)
        ]
        tried = [Arithmetic(name, columns, encoder, head, Worth()) for head in heads]
        best = min(tried, key=lambda one: sum(tune.losses(one.answer(tune.inputs).values)))
        solved = [best.solve(text) for text in tune.inputs]
        best.worth = Worth.fit([s for _, s in solved], tune.losses([v for v, _ in solved]))
        return best

    def load(self, folder: Path, *, name: str) -> Arithmetic:
        """Raises ArtefactError for a foreign or tampered folder."""
        parts = read_parts(folder, _NAME)
        document: dict[str, Any] = parts.document
        try:
            encoder = TfIdf.from_parts(select(parts, "encoder"))
            head = LinearHead.from_parts(select(parts, "head"))
            worth = Worth.from_document(document["worth"])
            return Arithmetic(name, document["columns"], encoder, head, worth)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ArtefactError(f"{folder} lacks a part ({error}): fit again") from error


def story_of(text: str, columns: Sequence[str]) -> str:
    """Context, then question: the order in which the numbers are told."""
    question, *context = parts_of(text, columns)
    return " ".join((*context, question)).strip()


def feature_text(story: str) -> str:
    """The words, numbers masked, the last sentence told apart, and how many numbers there are."""
    words = masked(story)
    question = words.rstrip(" ?.").rpartition(". ")[2]
    marked = " ".join(f"q{word}" for word in question.split())
    return f"{words} {marked} count{min(len(numbers_of(story)), 6)}"


def programs(count: int) -> Iterator[Program]:
    """Every program of up to three of `count` numbers, and the sum and product of all."""
    places = [str(i) for i in range(count)]
    yield from ((place,) for place in places)
    for a, b in permutations(places, 2):
        yield from ((a, b, op) for op in "+-*/" if op in "-/" or a < b)
    if count >= 3:
        yield ("sum",)
        yield ("product",)
    for a, b, c in permutations(places, 3):
        for first in "+-*/":
            if first in "+*" and a > b:
                continue
            yield from ((a, b, first, c, second) for second in "+-*/")
            yield from ((c, a, b, first, second) for second in "-/")


def run(program: Program, given: Sequence[float]) -> float | None:
    """The result, or None where a number is not there or divides by zero.

    >>> run(("0", "1", "+", "2", "*"), [1.0, 2.0, 3.0])
    9.0
    """
    if program in (("sum",), ("product",)):
        if len(given) < 3:
            return None
        return math.fsum(given) if program == ("sum",) else finite(math.prod(given))
    stack: list[float] = []
    for piece in program:
        if piece.isdigit():
            if int(piece) >= len(given):
                return None
            stack.append(given[int(piece)])
            continue
        b, a = stack.pop(), stack.pop()
        if piece == "/" and b == 0:
            return None
        stack.append({"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else 0.0}[piece])
    return finite(stack[0])


def finite(value: float) -> float | None:
    """The value, None where it overflowed."""
    return value if math.isfinite(value) else None


def explained(given: Sequence[float], answer: float | None) -> set[Program]:
    """The programs that give this answer."""
    if answer is None:
        return set()
    found = set()
    for program in programs(min(len(given), _MOST_NUMBERS)):
        value = run(program, given)
        if value is not None and math.isclose(value, answer, rel_tol=1e-4, abs_tol=1e-6):
            found.add(program)
    return found


def consistent(right: Sequence[set[Program]]) -> list[Program]:
    """One program for each example, the same ones again and again; () where none has support."""
    counts = Counter(program for found in right for program in found)
    for _ in range(_ROUNDS):
        chosen = [max(found, key=lambda p: (counts[p], p), default=()) for found in right]
        counts = Counter(program for program in chosen if program)
    return [program if counts[program] >= _SUPPORT else () for program in chosen]


def write_number(value: float) -> str:
    """A number as people write it: no exponent, no more than six decimals.

    >>> write_number(3.0), write_number(0.5)
    ('3', '0.5')
    """
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")
