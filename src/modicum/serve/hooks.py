"""What the gateway tells those who plug into it, and what they may answer.

- a `Chooser` is asked before a task answers, and may send the request to the reference;
- an `Observer` is told after every answer; it must return at once and may keep what it is given;
- a `Background` runs beside the requests from start to stop, and is cancelled at the stop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from modicum.ledger.records import RequestRecord

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.keyring import Caller
    from modicum.serve.served import ServedTask
    from modicum.serve.sessions import Session

Choice = Literal["small", "reference"]


@dataclass(slots=True)
class Asked:
    """One request before it is answered.

    body: as it came, for a reference to be asked with.  task and text: the task it was for and
    the input in it, or None for a request to a model.  user: the caller's own id for its user.
    cache: what its answer may be kept under, b"" for not at all.  session: its conversation.
    """

    endpoint: str
    model: str
    caller: Caller
    body: bytes
    task: ServedTask | None = None
    text: str | None = None
    user: str = ""
    forced: Choice | None = None
    cache: bytes = b""
    session: Session | None = None


@dataclass(slots=True)
class Answered:
    """One request after it was answered; `reply` is the reference's body, where one was asked."""

    record: RequestRecord
    asked: Asked
    value: str | None
    confidence: float | None
    reply: bytes | None


Chooser = Callable[[Asked], Choice | None]
Observer = Callable[[Answered], None]
Background = Callable[["Gateway"], Awaitable[None]]
