"""What a language model is asked: instructions and examples first, the input last.

Everything that is the same for all inputs stands in front, so that a server can keep what it has
computed for it (prefix caching) and reads only the input anew.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.candidates.llm_parse import parse_class
from modicum.candidates.llm_reason import ASKED

if TYPE_CHECKING:
    from modicum.candidates.protocol import Examples

Message = dict[str, str]
Shot = tuple[str, str]  # an input and its class
CHARS_PER_TOKEN = 3.0  # low on purpose: English has about 4, and a budget must not be overrun
PLACEHOLDER = re.compile(r"\{(input|classes|examples)\}")
ANSWER = "Answer with exactly one of these classes: {classes}"
INSTRUCTION = f"Classify the user's text. {ANSWER}"


@dataclass(frozen=True)
class Prompt:
    """Turns one input into chat messages.

    template: the user's own prompt, or None for the default.
    labels: what the model is shown for each class, in the order of `classes`.
    shots: the examples shown to it, which it takes for earlier turns of the chat, or as text where
        the template says `{examples}`.
    instruction: the user's own words in place of the default's, where there is no template.
    reason: whether a reason is asked for after the class.  The examples have none, so they are
        shown as text: as turns they would teach the model to leave it out.
    """

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    shots: tuple[Shot, ...] = ()
    template: str | None = None
    reason: bool = False
    instruction: str | None = None

    def messages(self, text: str, shots: Sequence[Shot] | None = None) -> list[Message]:
        """The chat for one input; `shots` replaces the fixed examples."""
        shown = self.shots if shots is None else tuple(shots)
        listed = ", ".join(self.labels)
        if self.reason:
            return self._reasoned(text, listed, shown)
        if self.template is None:
            head = [_said("system", fill(self._instruction(), {"classes": listed}))]
            return [*head, *self._turns(shown), _said("user", text)]
        values = {"input": text, "classes": listed, "examples": self._written(shown)}
        turns = [] if "{examples}" in self.template else self._turns(shown)
        return [*turns, _said("user", fill(self.template, values))]

    def _instruction(self) -> str:
        """The user's own, with the classes after it where it does not name them."""
        if self.instruction is None:
            return INSTRUCTION
        named = "{classes}" in self.instruction
        return self.instruction if named else f"{self.instruction} {ANSWER}"

    def _reasoned(self, text: str, listed: str, shots: Sequence[Shot]) -> list[Message]:
        written = self._written(shots)
        values = {"input": text, "classes": listed, "examples": written}
        if self.template is not None:
            inside = "{examples}" in self.template or not shots
            head = [] if inside else [_said("system", f"Examples:\n\n{written}")]
            return [*head, _said("user", fill(self.template, values) + "\n\n" + ASKED.strip())]
        told = fill(self._instruction(), values) + "." + ASKED
        head = [_said("system", f"{told}\n\nExamples:\n\n{written}" if shots else told)]
        return [*head, _said("user", text)]

    def read(self, said: str) -> str | None:
        """The class that an answer names, or None."""
        return parse_class(said, self.classes, self.labels)

    def _turns(self, shots: Sequence[Shot]) -> list[Message]:
        words = dict(zip(self.classes, self.labels, strict=True))
        asked = self.template or "{input}"
        values = {"classes": ", ".join(self.labels), "examples": ""}
        return [
            message
            for text, label in shots
            for message in (
                _said("user", fill(asked, {**values, "input": text})),
                _said("assistant", words[label]),
            )
        ]

    def _written(self, shots: Sequence[Shot]) -> str:
        words = dict(zip(self.classes, self.labels, strict=True))
        return "\n\n".join(f"Text: {text}\nClass: {words[label]}" for text, label in shots)


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into their placeholders in one pass: nothing inside a value is a placeholder.

    >>> fill('{"q": "{input}"} of {classes}', {"input": "{classes}", "classes": "a, b"})
    '{"q": "{classes}"} of a, b'
    """
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)


def choose_shots(
    examples: Examples, count: int, *, seed: int, budget_chars: float
) -> tuple[Shot, ...]:
    """Examples for the prompt: balanced over the classes, mixed, the same for the same seed.

    Texts longer than four times the median are passed over where others are there, since one of
    them would take the room of many.  Stops before `budget_chars` characters are used.
    """
    by_class = _by_class(examples, seed)
    chosen: list[Shot] = []
    used = 0.0
    rank = 0
    while len(chosen) < count and any(rank < len(texts) for texts in by_class.values()):
        for label, texts in by_class.items():
            if rank < len(texts) and len(chosen) < count:
                used += len(texts[rank]) + len(label) + 40  # 40: the turn's own marks
                if used > budget_chars:
                    return _mixed(chosen, seed)
                chosen.append((texts[rank], label))
        rank += 1
    return _mixed(chosen, seed)


def _by_class(examples: Examples, seed: int) -> dict[str, list[str]]:
    lengths = sorted(len(text) for text in examples.inputs)
    longest = 4 * lengths[len(lengths) // 2] if lengths else 0
    rows = sorted(set(zip(examples.inputs, examples.references, strict=True)))
    chance = random.Random(seed)  # noqa: S311 - a choice of examples is no secret
    chance.shuffle(rows)
    rows.sort(key=lambda row: len(row[0]) > longest)
    order = list(examples.classes)
    chance.shuffle(order)
    grouped: dict[str, list[str]] = {label: [] for label in order}
    for text, label in rows:
        if label in grouped and text.strip():
            grouped[label].append(text)
    return grouped


def _mixed(shots: list[Shot], seed: int) -> tuple[Shot, ...]:
    random.Random(seed + 1).shuffle(shots)  # noqa: S311 - as above
    return tuple(shots)


def default_count(classes: int, *, custom: bool) -> int:
    """How many examples are shown where nobody said: two a class for few classes, one for many.

    >>> [default_count(n, custom=False) for n in (2, 6, 20, 77)]
    [6, 12, 20, 40]
    >>> default_count(6, custom=True)
    0
    """
    if custom:
        return 0
    return min(max(2 * classes, 6), 12) if classes <= 6 else min(max(classes, 12), 40)
