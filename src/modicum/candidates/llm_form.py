"""What a language model is asked for where the answer is no single class, and how it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from modicum.candidates.llm_parse import THOUGHT, plain
from modicum.candidates.llm_trim import trimmed
from modicum.candidates.protocol import Examples
from modicum.errors import CandidateError
from modicum.tasks.answers import read_fields, read_labels, read_parts, write_fields, write_labels
from modicum.tasks.field_values import Types, put

MOST_CHARS = 20_000  # of an answer that is kept
_FENCE = re.compile(r"^```\w*\s*(.*?)\s*```$", re.DOTALL)
_PREFIX = re.compile(r"^(?:the\s+)?(?:final\s+)?answer\s*(?:is\b\s*:?|:|=)\s*", re.IGNORECASE)
_OBJECT = re.compile(r"\{.*?\}", re.DOTALL)
_LIST = re.compile(r"\[.*?\]", re.DOTALL)


@dataclass(frozen=True)
class Form:
    """The form of an answer.

    columns: the parts of an input, the question first.  fields: of an extraction.  labels: of a
    multi-label task.  numeric: whether an answer is a number.  types: of the fields that are
    more than texts.
    """

    kind: Literal["generate", "extract", "multi-label"]
    columns: tuple[str, ...]
    fields: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    numeric: bool = False
    types: Types = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Examples) -> Form | None:
        """The form of a task's answers; None where they are classes."""
        section = examples.section
        if section is None or examples.form == "classify":
            return None
        if examples.form == "multi-label" and not examples.classes:
            raise CandidateError("a multi-label task has no labels: give classes in [task]")
        return cls(
            examples.form,  # type: ignore[arg-type]  # what is left of the forms
            section.parts,
            tuple(section.fields),
            examples.classes,
            section.metric == "numeric",
            section.types,
        )

    def instruction(self) -> str:
        """What is asked, in one or two sentences."""
        if self.kind == "extract":
            names = ", ".join(f"{name}{_told(self.types.get(name))}" for name in self.fields)
            return (
                f"Extract these fields from the user's text: {names}. Answer with one JSON object "
                "with exactly these keys. Copy values as they stand; null for what is not there."
            )
        if self.kind == "multi-label":
            listed = ", ".join(self.labels)
            return (
                f"Which of these labels apply to the user's text? {listed}. "
                "Answer with a JSON list of labels, [] for none."
            )
        given = " from the given context" if len(self.columns) > 1 else ""
        what = "Give only the number" if self.numeric else "Give only the answer, in few words"
        return f"Answer the question{given}. {what}, without an explanation."

    def shown(self, text: str) -> str:
        """An input as the model reads it: context first, then the question."""
        question, *context = read_parts(text, self.columns)
        if not context:
            return question
        told = "\n\n".join(f"{n}: {c}" for n, c in zip(self.columns[1:], context, strict=True) if c)
        return f"{told}\n\nQuestion: {question}"

    def read(self, said: str) -> str | None:
        """The answer in its canonical form; None where it has not the form that was asked for."""
        text = THOUGHT.sub("", said[:MOST_CHARS]).strip()
        fenced = _FENCE.match(text)
        text = fenced[1] if fenced else text
        if self.kind == "extract":
            return self._fields(text)
        if self.kind == "multi-label":
            return self._labels(text)
        return _PREFIX.sub("", text, count=1).strip() or None

    def _fields(self, text: str) -> str | None:
        for part in (text, _first_object(text), *_OBJECT.findall(text)):
            found = read_fields(part, self.fields)
            if found is not None:
                blank = {"null", "none", "n/a", ""}
                kept = {n: None if plain(v or "") in blank else v for n, v in found.items()}
                return write_fields(self.fields, kept, self.types)
        return None

    def _labels(self, text: str) -> str | None:
        known = {plain(label): label for label in self.labels}
        for part in (text, *_LIST.findall(text)):
            found = read_labels(part)
            if found is not None:
                return write_labels(known[plain(w)] for w in found if plain(w) in known)
        named = [known[plain(w)] for w in re.split(r"[,;\n]", text) if plain(w) in known]
        return write_labels(named) if named else None

    def schema(self) -> dict[str, Any] | None:
        """A JSON schema that answers are held to; None for written ones."""
        if self.kind == "extract":
            values: dict[str, Any] = {}
            for name in self.fields:
                if name in self.types:
                    put(values, name, self.types[name])
                else:
                    values[name] = None
            return _object_schema(values)
        if self.kind == "multi-label":
            item = {"type": "string", "enum": list(self.labels)}
            return {"type": "array", "items": item, "maxItems": len(self.labels)}
        return None

    def limit(self, references: Sequence[str]) -> int:
        """Tokens enough for nearly every answer like these: two characters each, and some more."""
        lengths = sorted(len(json.dumps(text)) for text in references if text) or [200]
        long = lengths[int(0.98 * (len(lengths) - 1))]
        return min(max(long // 2, 8) + 16, 1024)


@dataclass(frozen=True)
class FreePrompt:
    """Turns one input into chat messages, like `llm_prompt.Prompt`, for answers of a form.

    template: the user's own prompt, or None for the default.  `{input}` is the question, the name
    of a context column its text, `{examples}` the shots.  trim: characters of context kept.
    """

    form: Form
    shots: tuple[tuple[str, str], ...] = ()
    template: str | None = None
    instruction: str | None = None
    trim: int | None = None
    classes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def messages(
        self, text: str, shots: Sequence[tuple[str, str]] | None = None
    ) -> list[dict[str, str]]:
        """The chat for one input; `shots` replaces the fixed examples."""
        shown = self.shots if shots is None else tuple(shots)
        turns = [
            {"role": role, "content": content}
            for asked, answer in shown
            for role, content in (("user", self._asked(asked)), ("assistant", answer))
        ]
        if self.template is None:
            head = {"role": "system", "content": self.instruction or self.form.instruction()}
            return [head, *turns, {"role": "user", "content": self._asked(text)}]
        if "{examples}" in self.template:
            turns = []
        written = "\n\n".join(f"Input: {self.form.shown(t)}\nAnswer: {a}" for t, a in shown)
        return [*turns, {"role": "user", "content": self._asked(text, written)}]

    def _asked(self, text: str, examples: str = "") -> str:
        kept = trimmed(text, self.form.columns, self.trim) if self.trim else text
        if self.template is None:
            return self.form.shown(kept)
        parts = read_parts(kept, self.form.columns)
        values = dict(zip(self.form.columns, parts, strict=True))
        values |= {"input": parts[0], "examples": examples, "classes": ", ".join(self.form.labels)}
        return filled(self.template, values)

    def read(self, said: str) -> str | None:
        """See `Form.read`."""
        return self.form.read(said)


_SHORT = {"type": "string", "maxLength": 200}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array", "items": _SHORT, "maxItems": 50},
}


def _first_object(text: str) -> str:
    """The first whole JSON object of a text, with what lies in it; "" where there is none."""
    start = text.find("{")
    try:
        return json.dumps(json.JSONDecoder().raw_decode(text, start)[0]) if start >= 0 else ""
    except (ValueError, RecursionError):
        return ""


def _object_schema(values: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object: of each field's type, or of an object within it."""
    told = {n: _object_schema(v) if isinstance(v, dict) else _or_null(v) for n, v in values.items()}
    return {
        "type": "object",
        "properties": told,
        "required": list(told),
        "additionalProperties": False,
    }


def _or_null(kind: object) -> dict[str, Any]:
    known = {"enum": kind} if isinstance(kind, list) else _SCHEMAS.get(str(kind), _SHORT)
    return {"anyOf": [known, {"type": "null"}]}


def _told(kind: object) -> str:
    """What the instructions say of a field's type; nothing of a text."""
    if isinstance(kind, list):
        return f" ({' or '.join(kind)})"
    words = {"number": "number", "boolean": "true or false", "date": "YYYY-MM-DD", "list": "list"}
    return f" ({words[str(kind)]})" if str(kind) in words else ""


def filled(template: str, values: Mapping[str, str]) -> str:
    """Put values into their placeholders in one pass: nothing inside a value is a placeholder.

    >>> filled("{passage} {input} {other}", {"passage": "{input}", "input": "?"})
    '{input} ? {other}'
    """
    names = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
    return re.sub(r"\{(" + names + r")\}", lambda found: values[found[1]], template)
