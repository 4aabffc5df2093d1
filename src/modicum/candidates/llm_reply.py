"""One input asked and answered: request, stored response, the class read from it, usage."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from modicum.candidates.llm_client import Endpoint, Reply
from modicum.candidates.llm_failures import Blame, RequestError
from modicum.candidates.llm_parse import Scores, first_token_scores
from modicum.candidates.llm_reason import parted
from modicum.candidates.protocol import Usage
from modicum.tasks.text_metrics import normalised

if TYPE_CHECKING:
    from modicum.candidates.llm import LLMParts
    from modicum.candidates.llm_cache import ResponseCache
    from modicum.candidates.prices import Price


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one input; `value` is None with an `error` where it named no class."""

    value: str | None
    confidence: float | None
    usage: Usage
    probabilities: tuple[float, ...] | None = None
    error: str | None = None
    scores: Scores | None = None
    reason: str | None = None


class Asker:
    """Asks one endpoint; safe to use from many threads."""

    def __init__(
        self,
        endpoint: Endpoint,
        parts: LLMParts,
        cache: ResponseCache | None,
        price: Price | None,
    ) -> None:
        self.endpoint, self.parts, self.cache, self.price = endpoint, parts, cache, price

    def answer(self, text: str) -> Answered:
        """Ask for one class, by its first token where that tells; raises RequestError."""
        if self.parts.options.samples > 1:
            return self._agreed(text)
        first = self.by_first_token(text) if self.parts.shape.first_token else None
        if first is not None and first.value is not None:
            return first
        written = self._written(text)
        if first is None:
            return written
        return replace(written, usage=added(first.usage, written.usage))

    def ask(self, text: str, *, one: bool, sample: int | None = None) -> tuple[Reply, Usage]:
        """The response to one input, from the cache where it is there.

        `sample` is sent as the seed of sampling, so that no sample is taken for another one.
        """
        parts = self.parts
        shots = parts.nearest.shots(text) if parts.nearest else None
        body = parts.shape.body(
            parts.prompt.messages(text, shots), parts.prompt.labels, parts.options.extra, one=one
        )
        if sample is not None:
            body["seed"] = sample
        if self.cache is not None and (kept := self.cache.get(body)) is not None:
            return kept, replace(usage_of(kept, self.price), cached=True)
        reply = self.endpoint.chat(body)
        self._choice(reply)
        if self.cache is not None:
            self.cache.put(body, reply)
        return reply, usage_of(reply, self.price)

    def by_first_token(self, text: str) -> Answered:
        """Ask for one token; the class by its alternatives, or None where they do not tell."""
        reply, usage = self.ask(text, one=True)
        prompt = self.parts.prompt
        scores = first_token_scores(self._choice(reply), prompt.labels)
        forced = self.parts.shape.constrain == "grammar"
        if scores is None or not scores.clear or not (scores.direct or forced):
            return Answered(None, None, usage, scores=scores)
        calibration = self.parts.calibration
        odds = calibration.probabilities(scores.log_mass) if calibration else scores.probabilities()
        best = max(range(len(odds)), key=odds.__getitem__)
        return Answered(prompt.classes[best], odds[best], usage, odds, scores=scores)

    def _agreed(self, text: str) -> Answered:
        """The class named most often over some samples; the earlier one where two are level."""
        asked = [self._written(text, sample) for sample in range(self.parts.options.samples)]
        usage = reduce(added, (each.usage for each in asked))
        said = [each.value for each in asked if each.value is not None]
        votes = Counter(self._same(value) for value in said)
        if not votes:
            return replace(asked[0], usage=usage)
        winner, count = votes.most_common(1)[0]
        first = next(a for a in asked if a.value is not None and self._same(a.value) == winner)
        return Answered(first.value, count / len(asked), usage, reason=first.reason)

    def _same(self, value: str) -> str:
        """The form in which two samples agree."""
        return value if self.parts.prompt.classes else normalised(value)

    def _written(self, text: str, sample: int | None = None) -> Answered:
        reply, usage = self.ask(text, one=False, sample=sample)
        choice = self._choice(reply)
        prompt = self.parts.prompt
        said = written_text(choice)
        reason = None
        if self.parts.options.reason:
            said, reason = parted(said)
        value = prompt.read(said)
        if value is None:
            shown = " ".join(said.split())[:60]
            wanted = "names no class" if prompt.classes else "has not the form asked for"
            why = "cut off at max_tokens" if choice.get("finish_reason") == "length" else "no class"
            why = why if prompt.classes or why != "no class" else "unreadable"
            return Answered(None, None, usage, error=f"the answer {shown!r} {wanted} ({why})")
        # The tokens of a reason, or of an answer that was held to a form, say nothing of the class.
        told = self.parts.shape.constrain == "none" and not self.parts.options.reason
        sure = sequence_probability(choice) if told else None
        if sure is not None and not prompt.classes:
            sure = sure ** (1 / max(len(choice["logprobs"]["content"]), 1))  # per token
        return Answered(value, sure, usage, reason=reason)

    def _choice(self, reply: Reply) -> dict[str, Any]:
        choices = reply.payload.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
            raise RequestError(
                f"{self.endpoint.host} answered without choices:"
                " check that base_url is an OpenAI-compatible endpoint",
                Blame.ENDPOINT,
            )
        return choice


def written_text(choice: dict[str, Any]) -> str:
    """The text of an answer; empty where a server left it out."""
    content = choice["message"].get("content")
    return content if isinstance(content, str) else ""


def sequence_probability(choice: dict[str, Any]) -> float | None:
    """The probability the model gave to the tokens it wrote, where the server tells it.

    >>> sequence_probability({"logprobs": {"content": [{"logprob": -0.1}, {"logprob": -0.2}]}})
    0.7408182206817179
    """
    try:
        each = [float(token["logprob"]) for token in choice["logprobs"]["content"]]
    except (KeyError, TypeError, ValueError):
        return None
    return math.exp(min(sum(each), 0.0)) if each and math.isfinite(sum(each)) else None


def usage_of(reply: Reply, price: Price | None) -> Usage:
    """Tokens as the server counted them, and their price where one is known."""
    told = reply.payload.get("usage")
    told = told if isinstance(told, dict) else {}
    details = told.get("prompt_tokens_details")
    tokens_in, tokens_out = _count(told, "prompt_tokens"), _count(told, "completion_tokens")
    cached = _count(details, "cached_tokens") if isinstance(details, dict) else None
    cost = None
    if price is not None and tokens_in is not None and tokens_out is not None:
        cost = price.cost(tokens_in, tokens_out, cached or 0)
    return Usage(
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=cost,
        currency=price.currency if price and cost is not None else None,
        latency_ms=reply.latency_ms,
        tokens_cached=cached,
    )


def _count(told: dict[str, Any], name: str) -> int | None:
    value = told.get(name)
    return value if isinstance(value, int) and value >= 0 else None


def added(first: Usage, second: Usage) -> Usage:
    """The usage of two requests for one answer; unknown plus anything is unknown."""

    def both(a: float | None, b: float | None) -> float | None:
        return None if a is None or b is None else a + b

    def whole(a: int | None, b: int | None) -> int | None:
        return None if a is None or b is None else a + b

    return Usage(
        tokens_in=whole(first.tokens_in, second.tokens_in),
        tokens_out=whole(first.tokens_out, second.tokens_out),
        cost=both(first.cost, second.cost),
        currency=first.currency,
        latency_ms=both(first.latency_ms, second.latency_ms),
        tokens_cached=whole(first.tokens_cached, second.tokens_cached),
        cached=first.cached and second.cached,
    )
