"""From what a model wrote to one of the classes, and how sure it was."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
PREFIX = re.compile(
    r"^\W*(?:the\s+)?(?:final\s+|correct\s+|best\s+)?"
    r"(?:answer|class|category|label|classification|type|output)\s*(?:is\s*:?|:|=)\s*",
    re.IGNORECASE,
)
EDGES = " \t\r\n\"'`*_.,;:!?()[]{}<>“”‘’«»-"
MAX_CHARS = 10_000  # of an answer that is searched; a class is named early or not at all


def plain(text: str) -> str:
    """Case, quotes, edge punctuation and inner spacing taken away.

    >>> plain(' **"Hum_an  Being".** ')
    'hum_an being'
    """
    return " ".join(text.strip(EDGES).split()).casefold()


def parse_class(text: str, classes: Sequence[str], labels: Sequence[str]) -> str | None:
    """The class that an answer names, or None.

    Tried in turn: the whole answer, its first line, both without a prefix such as "Answer:", a JSON
    object's only string, then the one class that is named in it as a whole word.

    >>> parse_class('Answer: "hum".', ["HUM", "LOC"], ["HUM", "LOC"])
    'HUM'
    >>> parse_class("HUM or LOC", ["HUM", "LOC"], ["HUM", "LOC"]) is None
    True
    """
    said = THOUGHT.sub("", text[:MAX_CHARS]).strip()
    named = {plain(label): known for label, known in zip(labels, classes, strict=True)}
    named |= {plain(known): known for known in classes if plain(known) not in named}
    exact = dict(zip(labels, classes, strict=True))
    for guess in _guesses(said):
        if guess in exact:
            return exact[guess]
        if plain(guess) in named:
            return named[plain(guess)]
    return _only_mention(said, named)


def _guesses(said: str) -> list[str]:
    first = said.splitlines()[0].strip() if said else ""
    bare = [PREFIX.sub("", part, count=1) for part in (said, first)]
    inside = re.findall(r'"[^"]{1,40}"\s*:\s*"([^"]{1,200})"', said)
    return [said, first, *bare, *(inside if len(inside) == 1 else [])]


def _only_mention(said: str, named: dict[str, str]) -> str | None:
    """The class whose name stands in the answer, the longest where one holds another."""
    line = " ".join(said.casefold().split())
    found: set[str] = set()
    for word in sorted(filter(None, named), key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
        line, hits = re.subn(pattern, "\0", line)
        if hits:
            found.add(named[word])
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Scores:
    """How likely each class is, as far as the tokens shown by the server tell.

    log_mass: the natural log of each class's probability, unnormalised, in the order of the
        classes; a class that was not among the tokens shown has the floor.
    clear: whether no shown token leaves open which of the likeliest classes it begins.
    direct: whether the model's own first token begins a class, so that it did set out to name one.
    """

    log_mass: tuple[float, ...]
    clear: bool
    direct: bool = True

    @property
    def best(self) -> int:
        """The position of the likeliest class."""
        return max(range(len(self.log_mass)), key=self.log_mass.__getitem__)

    def probabilities(self) -> tuple[float, ...]:
        """Normalised over the classes.

        >>> [round(p, 2) for p in Scores((math.log(0.3), math.log(0.1)), True).probabilities()]
        [0.75, 0.25]
        """
        top = max(self.log_mass)
        weights = [math.exp(value - top) for value in self.log_mass]
        return tuple(weight / sum(weights) for weight in weights)


def first_token_scores(choice: dict[str, Any], labels: Sequence[str]) -> Scores | None:
    """Score the classes by the first token alone; None where the server gave no log-probabilities.

    A token counts for the class whose label it begins.  One that begins several classes counts for
    none of them, and where it outweighs the best class the scores are not clear.
    """
    tokens = first_alternatives(choice)
    if not tokens:
        return None
    mass = [0.0] * len(labels)
    shared = 0.0
    direct = False
    folded = [label.casefold() for label in labels]
    for rank, (text, logprob) in enumerate(tokens):
        start = text.strip().casefold()
        owners = [i for i, label in enumerate(folded) if start and label.startswith(start)]
        direct = direct or (rank == 0 and bool(owners))
        if len(owners) == 1:
            mass[owners[0]] += math.exp(logprob)
        elif owners:
            shared += math.exp(logprob)
    if not any(mass):
        return None
    floor = min(logprob for _, logprob in tokens) - 1.0
    return Scores(tuple(math.log(m) if m else floor for m in mass), shared < max(mass), direct)


def first_alternatives(choice: dict[str, Any]) -> list[tuple[str, float]]:
    """The first token's alternatives with their log-probabilities; empty where malformed."""
    try:
        shown = choice["logprobs"]["content"][0]["top_logprobs"]
        pairs = [(str(token["token"]), float(token["logprob"])) for token in shown]
    except (KeyError, TypeError, ValueError, IndexError):
        return []
    kept = [(text, logprob) for text, logprob in pairs if -1e4 < logprob <= 1e-6]
    return sorted(kept, key=lambda pair: -pair[1])
