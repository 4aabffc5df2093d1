"""Modicum as LiteLLM's router: a model group of a small and of strong deployments, by decision.

    router = litellm.Router(model_list=[
        {"model_name": "spam", "litellm_params": {"model": "modicum/spam"}},
        {"model_name": "spam", "litellm_params": {"model": "openai/gpt-4o"}},
    ])
    litellm.callbacks.append(DecisionRouting(tasks, {"spam": "spam"}))

(in the proxy: `litellm_settings: callbacks: small.routing`).  Of a group's deployments only the
small ones are left where the decision answers, else only the strong ones, and LiteLLM balances
over what is left.  The asynchronous calls and the proxy ask this hook; the synchronous
`Router.completion` does not, and there the provider itself hands on what it does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from modicum.serve.in_process import Tasks
from modicum.serve.litellm_library import library
from modicum.serve.litellm_provider import PROVIDER

library()
from litellm.integrations.custom_logger import CustomLogger  # noqa: E402 (after its set-up)


class DecisionRouting(CustomLogger):  # type: ignore[misc]  # LiteLLM is untyped here
    """Leaves of a group the small deployments, or the strong ones.

    groups: the task that decides, by the name of the model group.
    """

    def __init__(self, tasks: Tasks, groups: Mapping[str, str]) -> None:
        super().__init__()
        for task in groups.values():
            tasks.text(task, [], {})  # an unknown task is told now
        self.tasks, self.groups = tasks, dict(groups)

    async def async_filter_deployments(
        self,
        model: str,
        healthy_deployments: list[dict[str, Any]],
        messages: list[dict[str, Any]] | None,
        request_kwargs: dict[str, Any] | None = None,
        parent_otel_span: Any = None,
    ) -> list[dict[str, Any]]:
        """The deployments that may answer this request; all of them where only one kind is left."""
        task = self.groups.get(model)
        if task is None or not messages:
            return healthy_deployments
        if self.tasks.tasks[task].inline:
            small = self.tasks.keeps(task, messages, request_kwargs or {})
        else:
            small = await asyncio.to_thread(self.tasks.keeps, task, messages, request_kwargs or {})
        left = [d for d in healthy_deployments if _is_small(d) == small]
        return left or healthy_deployments


def _is_small(deployment: Mapping[str, Any]) -> bool:
    return str(deployment["litellm_params"]["model"]).startswith(f"{PROVIDER}/")
