"""LiteLLM itself, loaded as Modicum wants it: with its own price list, and quiet."""

from __future__ import annotations

import os
from typing import Any

from modicum.errors import MissingExtraError


def library() -> Any:
    """The module; raises MissingExtraError where it is not installed.

    LiteLLM would fetch a newer price list from the network as soon as it is imported; unless the
    user has said otherwise by the same variable, it takes the list that it was installed with.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        import litellm
    except ModuleNotFoundError:
        raise MissingExtraError("LiteLLM's providers", "litellm") from None
    return litellm
