"""From one parsed line to the requests it holds, whatever wrote it.

Read are OpenAI's and Anthropic's batch files (input and output) and logs of their APIs, LiteLLM's
standard logging payload and spend logs, OpenTelemetry GenAI spans and events (one a line, or OTLP
JSON), OpenInference's spans, and Langfuse's and Helicone's exports.  A format is known by its keys,
not by a file's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modicum.discover.content import (
    answer_of,
    count,
    messages_of,
    moment,
    number,
    text_of,
    unpacked,
)
from modicum.discover.events import is_event, is_otlp_events, requests_of_events
from modicum.discover.request import Request
from modicum.discover.spans import is_otlp, is_span, request_of_span, requests_of_otlp

Line = Mapping[str, Any]

_PROMPTS = ("messages", "input", "prompt", "contents", "proxy_server_request")
_PAIRS = (("request", "response"), ("request_body", "response_body"))
_LISTS = ("data", "observations", "requests")
"""Where pages of an API, Langfuse's traces, and batches hold their records."""

_OTHER_TYPES = (
    "SPAN", "EVENT", "TRACE", "SCORE", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR",
    "EMBEDDING", "GUARDRAIL",
)  # fmt: skip
"""Langfuse's kinds of observations that are no generation; an agent repeats those within it."""

_OTHER_CALLS = ("embedding", "image", "transcription", "speech", "moderation", "rerank")
"""LiteLLM's call types that generate no text, by their words."""

_MODELS = ("model", "provided_model_name", "providedModelName", "model_group")
_USAGES = ("usage", "usage_details", "usageDetails", "token_usage")
_COSTS = (
    "response_cost", "spend", "calculatedTotalCost", "total_cost", "totalCost", "costUSD",
    "cost_usd", "cost",
)  # fmt: skip
_TOTALS = ("costDetails", "cost_details")
_IN = ("prompt_tokens", "input_tokens", "promptTokens", "inputTokens", "input")
_OUT = ("completion_tokens", "output_tokens", "completionTokens", "outputTokens", "output")
_CACHED = ("cache_read_input_tokens", "input_cached_tokens", "input_cache_read")
_BESIDE = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Anthropic counts these beside the input, where others count them in it."""

_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_TIMES = (
    "created", "created_at", "startTime", "start_time", "request_created_at", "timestamp", "time",
    "date", "ts",
)  # fmt: skip


def requests_of(line: Any) -> Sequence[Request]:
    """The requests of a parsed line; none where it holds no prompt and no answer."""
    if isinstance(line, list):
        return [request for one in line if isinstance(one, dict) for request in requests_of(one)]
    if not isinstance(line, dict):
        return ()
    if is_otlp(line):
        return requests_of_otlp(line)
    if is_otlp_events(line) or is_event(line):
        return requests_of_events(line)
    if is_span(line):
        return _kept(request_of_span(line))
    if "custom_id" in line and not line.keys().isdisjoint(_BATCH):
        return _kept(_of_batch(line))
    for key in _LISTS:
        if isinstance(line.get(key), list) and line[key] and "messages" not in line:
            return requests_of(line[key])
    for asked, answered in _PAIRS:
        if isinstance(line.get(asked), dict | str) and not line.get("messages"):
            return _kept(_of_pair(line, asked, answered))
    return _kept(_of_flat(line))


_BATCH = frozenset(("body", "response", "error", "params", "result"))


def _kept(request: Request) -> Sequence[Request]:
    return (request,) if request.messages or request.answer is not None or request.failed else ()


def _of_batch(line: Line) -> Request:
    """A line of a batch's input file, output file, or both joined; OpenAI's or Anthropic's."""
    response, result = line.get("response"), line.get("result")
    answered = response.get("body", response) if isinstance(response, dict) else None
    if isinstance(result, dict):
        answered = result.get("message")
    request = _of_bodies(line.get("body", line.get("params")), answered)
    request.custom_id = str(line["custom_id"])
    status = response.get("status_code", 200) if isinstance(response, dict) else 200
    request.failed = bool(line.get("error")) or (isinstance(status, int) and status >= 400)
    request.failed |= isinstance(result, dict) and result.get("type") not in (None, "succeeded")
    return request


def _of_pair(line: Line, one: str, other: str) -> Request:
    """A proxy's record of a request and its response."""
    asked, answered = unpacked(line[one]), unpacked(line.get(other))
    asked = asked.get("body", asked) if isinstance(asked, dict) else asked
    answered = answered.get("body", answered) if isinstance(answered, dict) else answered
    request = _of_bodies(unpacked(asked), unpacked(answered))
    return _completed(request, line)


def _of_flat(line: Line) -> Request:
    """Prompt and answer side by side: chat logs, LiteLLM, Langfuse, fine-tuning files."""
    if str(line.get("type", "GENERATION")).upper() in _OTHER_TYPES or _is_other_call(line):
        return Request()
    answered = next(
        (line[k] for k in ("response", "output", "completion", "answer") if line.get(k)), None
    )
    if answered is None and line.get("choices"):
        answered = line
    request = _of_bodies(line, unpacked(answered))
    if answered is not None and request.answer is None:
        request.answer = answer_of(answered)
    return _completed(request, line)


def _is_other_call(line: Line) -> bool:
    call = line.get("call_type")
    return isinstance(call, str) and any(word in call for word in _OTHER_CALLS)


def _of_bodies(asked: Any, answered: Any) -> Request:
    request = Request()
    if isinstance(asked, dict):
        request.messages = _prompt(asked)
        request.model = _text(asked.get("model"))
    elif isinstance(asked, str | list):
        request.messages = messages_of(asked)
    if answered is not None:
        request.answer = answer_of(answered)
    if isinstance(answered, dict):
        request.model = request.model or _text(answered.get("model"))
        request.time = moment(answered.get("created", answered.get("created_at")))
        _read_usage(request, answered.get("usage"))
    if request.answer is None and request.messages and request.messages[-1][0] == "assistant":
        request.answer = request.messages[-1][1]
        request.messages = request.messages[:-1]
    return request


def _prompt(asked: Line) -> tuple[tuple[str, str], ...]:
    for key in _PROMPTS:
        found = unpacked(asked.get(key))
        if found:
            first = next(filter(None, map(text_of, _first(asked))), "")
            said = messages_of(found)
            head = (("system", first),) if first and ("system", first) not in said else ()
            return head + said
    return ()


def _first(asked: Line) -> Sequence[Any]:
    """Where a system prompt may stand beside the messages; LiteLLM keeps it apart."""
    more = unpacked(asked.get("model_parameters"))
    more = more if isinstance(more, dict) else {}
    names = ("instructions", "system")
    return [place.get(name) for place in (asked, more) for name in names]


def _completed(request: Request, line: Line) -> Request:
    """What stands beside prompt and answer: model, tokens, cost, time, failure."""
    for key in _MODELS:
        if request.model:
            break
        request.model = _text(line.get(key))
    for key in _USAGES:
        if key in line:
            _read_usage(request, unpacked(line[key]))
    _read_usage(request, line)
    for key in _TIMES:
        if key in line and (found := moment(line[key])) is not None:
            request.time = found
            break
    for key in _COSTS:
        cost = number(line.get(key))
        if cost:
            request.cost = cost
            break
    for key in _TOTALS:
        found = unpacked(line.get(key))
        if request.cost is None and isinstance(found, dict):
            request.cost = number(found.get("total")) or None
    state = str(line.get("status", line.get("level", ""))).lower()
    request.failed = state in ("failure", "failed", "error") or _refused(line)
    return request


def _refused(line: Line) -> bool:
    """Whether a proxy recorded an HTTP status of failure."""
    status = count(line.get("response_status", line.get("status_code")))
    return status is not None and status >= 400


def _read_usage(request: Request, usage: Any) -> None:
    if not isinstance(usage, dict):
        return
    if request.tokens_in is None:
        request.tokens_in = _tokens_in(usage)
    if request.tokens_out is None:
        request.tokens_out = _first_count(usage, _OUT)
    for key in _DETAILS:
        detail = usage.get(key)
        if isinstance(detail, dict) and request.tokens_cached is None:
            request.tokens_cached = count(detail.get("cached_tokens"))
    if request.tokens_cached is None:
        request.tokens_cached = _first_count(usage, _CACHED)


def _tokens_in(usage: Line) -> int | None:
    found = _first_count(usage, _IN)
    if found is None or "input_tokens" not in usage or "prompt_tokens" in usage:
        return found
    return found + sum(count(usage.get(key)) or 0 for key in _BESIDE)


def _first_count(usage: Line, names: Sequence[str]) -> int | None:
    for name in names:
        if name in usage and (found := count(usage[name])) is not None:
            return found
    return None


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) and found else None
