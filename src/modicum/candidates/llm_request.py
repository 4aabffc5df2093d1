"""The body of a chat request, and how it is bent to what an endpoint accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from modicum.candidates.llm_prompt import Message
from modicum.candidates.llm_reason import reasoned_grammar, reasoned_schema

Constraint = Literal["grammar", "json_schema", "none"]
HOSTED_TOP = 20  # the most alternatives a token that hosted endpoints list
LLAMA_TOP = 100  # llama.cpp lists more, so that rare classes of a small model are still seen


@dataclass(frozen=True)
class RequestShape:
    """Which fields an endpoint is sent.

    answer_schema: what answers are held to where they are no classes, unless `constrain` is none.
    reason: whether a reason follows the class.
    first_token: one token is asked for and the class read from its alternatives, which costs the
        least; else the label is written out and parsed.
    """

    model: str
    limit: int
    temperature: float | None = 0.0
    constrain: Constraint = "none"
    top_logprobs: int | None = HOSTED_TOP
    first_token: bool = False
    limit_field: str = "max_tokens"
    answer_schema: dict[str, Any] | None = None
    reasoning_effort: str | None = None
    reason: bool = False

    def body(
        self, messages: list[Message], labels: Sequence[str], extra: dict[str, Any], *, one: bool
    ) -> dict[str, Any]:
        """The request; `one` asks for the first token alone."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            self.limit_field: 1 if one else self.limit,
        }
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.top_logprobs is not None:
            body |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.reasoning_effort is not None:
            body["reasoning_effort"] = self.reasoning_effort
        if not one and self.answer_schema is not None and self.constrain != "none":
            body["response_format"] = held_to(self.answer_schema)
        elif not one and self.constrain == "grammar":
            held = grammar(labels)
            body["grammar"] = reasoned_grammar(held) if self.reason else held
        elif not one and self.constrain == "json_schema":
            reasoned = self.reason
            body["response_format"] = (
                held_to(reasoned_schema(labels)) if reasoned else schema(labels)
            )
        return {**body, **extra}

    def without(self, complaint: str, *, keep_constraint: bool) -> RequestShape | None:
        """The shape that avoids what an endpoint refused, or None where nothing can be given up.

        >>> shape = RequestShape("m", 8)
        >>> shape.without("Unsupported: 'max_tokens'", keep_constraint=True).limit_field
        'max_completion_tokens'
        """
        says = complaint.casefold()
        if "max_tokens" in says and self.limit_field == "max_tokens":
            return replace(self, limit_field="max_completion_tokens")
        if "temperature" in says and self.temperature is not None:
            return replace(self, temperature=None)
        if re.search(r"log_?probs?", says) and self.top_logprobs is not None:
            fewer = 5 if "top_logprobs" in says and self.top_logprobs > 5 else None
            return replace(self, top_logprobs=fewer)
        named = re.search(r"grammar|response_format|json_schema|structured", says)
        if named and self.constrain != "none" and not keep_constraint:
            return replace(self, constrain="none")
        return None


def grammar(labels: Sequence[str]) -> str:
    r"""A llama.cpp grammar (GBNF) of exactly these answers.

    >>> grammar(["yes", 'say "no"'])
    'root ::= "yes" | "say \\"no\\""'
    """
    return "root ::= " + " | ".join(json.dumps(label, ensure_ascii=False) for label in labels)


def schema(labels: Sequence[str]) -> dict[str, Any]:
    """A response format of one JSON object with one of the labels."""
    return held_to(
        {
            "type": "object",
            "properties": {"class": {"type": "string", "enum": list(labels)}},
            "required": ["class"],
            "additionalProperties": False,
        }
    )


def held_to(answer: dict[str, Any]) -> dict[str, Any]:
    """A response format that holds answers to a JSON schema."""
    told = {"name": "answer", "strict": True, "schema": answer}
    return {"type": "json_schema", "json_schema": told}


def label_limit(labels: Sequence[str], constrain: str) -> int:
    """Tokens enough for the longest label, a prefix such as "Answer:" and closing marks.

    Two characters a token is what the least frequent words need.
    """
    return max(len(label) for label in labels) // 2 + (24 if constrain == "json_schema" else 12)
