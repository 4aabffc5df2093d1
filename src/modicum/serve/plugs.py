"""What the settings ask for beside the hot path: answer cache, sticky sessions, stored prompts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from modicum.serve import answer_cache
from modicum.serve.answer_cache import AnswerCache
from modicum.serve.prompts import Prompts
from modicum.serve.sessions import Sessions

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keeper import Keeper

Redact = Callable[[str], str]


def plug(gateway: Gateway, keeper: Keeper, redact: Redact | None) -> None:
    """Hang in what is wanted; what is not costs nothing.  redact: needed to store prompts."""
    settings = gateway.settings
    if answer_cache.needed(settings.tasks):
        region = next((t.decision.task.region for t in gateway.tasks.values()), None)
        gateway.cache = AnswerCache(time.monotonic, region, settings.money)
        gateway.observers.append(gateway.cache.observe)
    if settings.sessions.sticky:
        gateway.sessions = Sessions(settings.sessions, time.monotonic, keeper.share)
        gateway.choosers.insert(0, gateway.sessions.choose)
        gateway.observers.append(gateway.sessions.observe)
    if redact is not None:
        Prompts(gateway, redact).plug()
