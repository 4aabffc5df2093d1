"""A request that no template matches yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.discover.request import Request

if TYPE_CHECKING:
    from modicum.discover.sketch import Hashes


@dataclass(slots=True)
class Waiting:
    """The request, its flattened prompt, and the prompt's shingles."""

    request: Request
    prompt: str
    shingles: Hashes
