"""Modicum as a provider of LiteLLM: `modicum/TASK` is answered in this process by a decision.

In a program:

    provider = DecisionProvider(Tasks.load({"spam": "modicum-runs/demo"}, "openai/gpt-4o"))
    provider.register()
    litellm.completion(model="modicum/spam", messages=[...])

In LiteLLM's proxy, beside its config.yaml, in a file `small.py`:

    handler = DecisionProvider(Tasks.load({"spam": "/srv/modicum-runs/demo"}, "openai/gpt-4o"))

and under `litellm_settings` of config.yaml:
`custom_provider_map: [{provider: modicum, custom_handler: small.handler}]`.

What the decision does not answer goes to the task's reference, any model that LiteLLM knows.  This
module imports LiteLLM; the gateway's hot path never imports this module.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from modicum.serve.in_process import Tasks
from modicum.serve.litellm_library import library
from modicum.serve.served import Outcome
from modicum.serve.shapes import content_for

litellm = library()
from litellm.llms.custom_llm import CustomLLM, CustomLLMError  # noqa: E402 (after its set-up)

PROVIDER = "modicum"
Chunk = dict[str, Any]


class DecisionProvider(CustomLLM):  # type: ignore[misc]  # LiteLLM is untyped here
    """Answers by decisions; see the module."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self.tasks = tasks

    def register(self, provider: str = PROVIDER) -> None:
        """Make `PROVIDER/TASK` known to LiteLLM in this process."""
        others = [each for each in litellm.custom_provider_map if each["provider"] != provider]
        litellm.custom_provider_map = [*others, {"provider": provider, "custom_handler": self}]

    def completion(self, model: str, messages: list[dict[str, Any]], **given: Any) -> Any:
        """One answer, ours or the reference's."""
        content, outcome = self._own(model, messages, given)
        if content is not None and outcome is not None:
            return _told(given["model_response"], model, content, outcome)
        found = litellm.completion(**self._on(model, messages, given))
        return _charged(found, outcome)

    async def acompletion(self, model: str, messages: list[dict[str, Any]], **given: Any) -> Any:
        """The same, awaited."""
        content, outcome = await self._own_awaited(model, messages, given)
        if content is not None and outcome is not None:
            return _told(given["model_response"], model, content, outcome)
        found = await litellm.acompletion(**self._on(model, messages, given))
        return _charged(found, outcome)

    def streaming(
        self, model: str, messages: list[dict[str, Any]], **given: Any
    ) -> Iterator[Chunk]:
        """The answer in one chunk, or the reference's own."""
        content, _ = self._own(model, messages, given)
        if content is not None:
            yield _chunk(content, "stop")
            return
        for each in litellm.completion(**self._on(model, messages, given), stream=True):
            yield _passed(each)

    async def astreaming(
        self, model: str, messages: list[dict[str, Any]], **given: Any
    ) -> AsyncIterator[Chunk]:
        """The same, awaited."""
        content, _ = await self._own_awaited(model, messages, given)
        if content is not None:
            yield _chunk(content, "stop")
            return
        handed_on = self._on(model, messages, given)
        async for each in await litellm.acompletion(**handed_on, stream=True):
            yield _passed(each)

    async def _own_awaited(
        self, task: str, messages: list[dict[str, Any]], given: dict[str, Any]
    ) -> tuple[str | None, Outcome | None]:
        """`_own`, on a thread where the candidate is slow."""
        served = self.tasks.tasks.get(task)
        if served is None or served.inline:
            return self._own(task, messages, given)
        return await asyncio.to_thread(self._own, task, messages, given)

    def _own(
        self, task: str, messages: list[dict[str, Any]], given: dict[str, Any]
    ) -> tuple[str | None, Outcome | None]:
        """Our answer in the wanted form, or None; and what was tried."""
        if task not in self.tasks.tasks:
            known = ", ".join(sorted(self.tasks.tasks))
            raise CustomLLMError(404, f"no task {task[:100]!r} here: use one of {known}")
        options = given.get("optional_params") or {}
        outcome = self.tasks.answer(task, messages, options)
        if outcome is None or outcome.value is None:
            return None, outcome
        wanted = options.get("response_format")
        content = content_for(outcome.value, wanted if isinstance(wanted, dict) else None)
        text = self.tasks.text(task, messages, options)
        if content is not None and text is not None:
            self.tasks.audit(task, text, outcome)
        return content, outcome

    def _on(
        self, task: str, messages: list[dict[str, Any]], given: dict[str, Any]
    ) -> dict[str, Any]:
        """The call to the task's reference; raises CustomLLMError where it has none."""
        reference = self.tasks.tasks[task].reference
        if reference is None:
            raise CustomLLMError(
                422, f"task {task!r} cannot answer this, and has no reference: name one"
            )
        options = {k: v for k, v in (given.get("optional_params") or {}).items() if k != "stream"}
        return {"model": reference, "messages": messages, **options}


def _told(response: Any, task: str, content: str, outcome: Outcome) -> Any:
    """LiteLLM's response with our answer; what it used is in headers that its proxy passes on."""
    response.model = f"{PROVIDER}/{task}"
    choice = response.choices[0]
    choice.message.content, choice.finish_reason = content, "stop"
    response.usage = litellm.Usage(prompt_tokens=0, completion_tokens=0, total_tokens=0)
    cost = outcome.constants.amount("cost").value
    response._hidden_params["response_cost"] = cost if cost is not None else 0.0
    _headers(response, outcome.route, outcome)
    return response


def _charged(response: Any, tried: Outcome | None) -> Any:
    """The reference's response, which also tells what was tried in vain."""
    if tried is not None:
        _headers(response, "", tried)
    return response


def _headers(response: Any, route: str, outcome: Outcome) -> None:
    told = response._hidden_params.setdefault("additional_headers", {})
    if route:
        told["x-modicum-route"] = route
        for name, value in outcome.constants.headers():
            told[name.decode()] = value.decode("latin-1")
    if outcome.tried:
        told["x-modicum-tried"] = outcome.tried


def _chunk(text: str, reason: str) -> Chunk:
    return {
        "text": text,
        "is_finished": bool(reason),
        "finish_reason": reason,
        "usage": None,
        "index": 0,
        "tool_use": None,
    }


def _passed(chunk: Any) -> Chunk:
    """A chunk of another provider as a custom provider hands it on."""
    choice = chunk.choices[0]
    made = _chunk(choice.delta.content or "", choice.finish_reason or "")
    calls = getattr(choice.delta, "tool_calls", None)
    if calls:
        made["tool_use"] = calls[0].model_dump() if hasattr(calls[0], "model_dump") else calls[0]
    return made
