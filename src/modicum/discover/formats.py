"""From one parsed line to the requests it holds, whatever wrote it.

Read are OpenAI's batch files (input and output) and chat or Responses logs, LiteLLM's standard
logging payload and spend logs, OpenTelemetry GenAI spans (one span a line, or OTLP JSON), and
Langfuse's exports.  A format is known by its keys, not by a file's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modicum.discover.content import answer_of, count, messages_of, moment, text_of, unpacked
from modicum.discover.request import Request
from modicum.discover.spans import is_otlp, is_span, request_of_span, requests_of_otlp

Line = Mapping[str, Any]

_PROMPTS = ("messages", "input", "prompt", "contents")
_MODELS = ("model", "provided_model_name", "providedModelName", "model_group")
_USAGES = ("usage", "usage_details", "usageDetails", "token_usage")
_COSTS = ("response_cost", "spend", "calculatedTotalCost", "total_cost", "totalCost")
_IN = ("prompt_tokens", "input_tokens", "promptTokens", "inputTokens", "input")
_OUT = ("completion_tokens", "output_tokens", "completionTokens", "outputTokens", "output")
_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_TIMES = ("created", "created_at", "startTime", "start_time", "timestamp", "time", "date", "ts")


def requests_of(line: Any) -> Sequence[Request]:
    """The requests of a parsed line; none where it holds no prompt and no answer."""
    if not isinstance(line, dict):
        return ()
    if is_otlp(line):
        return requests_of_otlp(line)
    if is_span(line):
        return _kept(request_of_span(line))
    if "custom_id" in line and ("body" in line or "response" in line or "error" in line):
        return _kept(_of_batch(line))
    if isinstance(line.get("request"), dict | str) and not line.get("messages"):
        return _kept(_of_pair(line))
    return _kept(_of_flat(line))


def _kept(request: Request) -> Sequence[Request]:
    return (request,) if request.messages or request.answer is not None or request.failed else ()


def _of_batch(line: Line) -> Request:
    """A line of a batch's input file, output file, or both joined."""
    response = line.get("response")
    answered = response.get("body", response) if isinstance(response, dict) else None
    request = _of_bodies(line.get("body"), answered)
    request.custom_id = str(line["custom_id"])
    status = response.get("status_code", 200) if isinstance(response, dict) else 200
    request.failed = bool(line.get("error")) or (isinstance(status, int) and status >= 400)
    return request


def _of_pair(line: Line) -> Request:
    """A proxy's record of a request and its response."""
    asked, answered = unpacked(line["request"]), unpacked(line.get("response"))
    asked = asked.get("body", asked) if isinstance(asked, dict) else asked
    answered = answered.get("body", answered) if isinstance(answered, dict) else answered
    request = _of_bodies(unpacked(asked), unpacked(answered))
    return _completed(request, line)


def _of_flat(line: Line) -> Request:
    """Prompt and answer side by side: chat logs, LiteLLM, Langfuse, fine-tuning files."""
    if str(line.get("type", "GENERATION")).upper() in ("SPAN", "EVENT", "TRACE", "SCORE"):
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
        if asked.get(key):
            first = asked.get("instructions", asked.get("system"))
            head = (("system", text_of(first)),) if first and text_of(first) else ()
            return head + messages_of(asked[key])
    return ()


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
        cost = line.get(key)
        if isinstance(cost, int | float) and not isinstance(cost, bool) and cost > 0:
            request.cost = float(cost)
            break
    state = str(line.get("status", line.get("level", ""))).lower()
    request.failed = state in ("failure", "failed", "error")
    return request


def _read_usage(request: Request, usage: Any) -> None:
    if not isinstance(usage, dict):
        return
    if request.tokens_in is None:
        request.tokens_in = _first_count(usage, _IN)
    if request.tokens_out is None:
        request.tokens_out = _first_count(usage, _OUT)
    for key in _DETAILS:
        detail = usage.get(key)
        if isinstance(detail, dict) and request.tokens_cached is None:
            request.tokens_cached = count(detail.get("cached_tokens"))


def _first_count(usage: Line, names: Sequence[str]) -> int | None:
    for name in names:
        if name in usage and (found := count(usage[name])) is not None:
            return found
    return None


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) and found else None
