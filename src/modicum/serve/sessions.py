"""Sticky sessions: a conversation stays with the candidate, upstream and replica that began it.

It goes up only: once a turn had to be answered by the reference, all later ones are.  A session is
known by what the caller says (`x-session-id`, `prompt_cache_key`, `user`), or else by the hash of
its first messages, which all its turns share.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

import msgspec

from modicum.serve.problem import NOT_JSON

if TYPE_CHECKING:
    from modicum.serve.gateway import Gateway
    from modicum.serve.hooks import Answered, Asked, Choice
    from modicum.serve.models import Target
    from modicum.serve.settings import SessionSettings

HEADER = b"x-session-id"
LONGEST_S = 86_400.0
"""A session that is used without a pause is begun anew after a day, so that promotions reach it."""
CURRENT: ContextVar[Session | None] = ContextVar("modicum_session", default=None)
"""The session of the request that this task answers: an upstream with replicas looks at it."""


_NONE = msgspec.Raw()


class _Start(msgspec.Struct):
    """What of a request names its conversation, in any of the three APIs."""

    prompt_cache_key: str | None = None
    user: str | None = None
    messages: list[msgspec.Raw] = []
    system: msgspec.Raw = _NONE
    instructions: msgspec.Raw = _NONE
    input: msgspec.Raw = _NONE


class _Turn(msgspec.Struct):
    role: str


_start = msgspec.json.Decoder(_Start)
_turns = msgspec.json.Decoder(list[msgspec.Raw])
_turn = msgspec.json.Decoder(_Turn)


class Session:
    """Where a conversation is at home.

    role: who answers its task; targets: the model that answers in place of the one asked for;
    replicas: the address used of each upstream.
    """

    __slots__ = ("began", "replicas", "role", "targets", "used", "wanted")

    def __init__(self, now: float) -> None:
        self.began = self.used = now
        self.role: Literal["", "small", "reference"] = ""
        self.wanted = ""
        self.targets: dict[str, str] = {}
        self.replicas: dict[str, str] = {}


class Sessions:
    """The conversations of one worker, the longest unused forgotten first.

    clock: seconds, of any origin.  share: of a task's traffic that its small candidate answers; at
    0 (an alarm, a roll-back) no session keeps to it.
    """

    def __init__(
        self,
        settings: SessionSettings,
        clock: Callable[[], float],
        share: Callable[[str], float] = lambda _task: 1.0,
    ) -> None:
        self.settings, self.clock, self.share = settings, clock, share
        self._known: OrderedDict[bytes, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, asked: Asked, headers: Mapping[bytes, bytes]) -> None:
        """Find or begin the session of a request; it is put into `asked` and CURRENT."""
        name = self._name(asked, headers)
        asked.session = None
        if name:
            caller = f"{asked.caller.key_id}\0{asked.model}\0".encode("utf-8", "replace")
            asked.session = self._session(blake2b(caller + name, digest_size=16).digest())
        CURRENT.set(asked.session)

    def _session(self, key: bytes) -> Session:
        now, idle = self.clock(), self.settings.idle_minutes * 60
        found = self._known.get(key)
        if found is None or now - found.used > idle or now - found.began > LONGEST_S:
            found = self._known[key] = Session(now)
        found.used = now
        self._known.move_to_end(key)
        while len(self._known) > self.settings.most:
            self._known.popitem(last=False)
        return found

    def _name(self, asked: Asked, headers: Mapping[bytes, bytes]) -> bytes:
        by, given = self.settings.by, headers.get(HEADER)
        if given and "x-session-id" in by:
            return b"id\0" + given[:200]
        try:
            start = _start.decode(asked.body)
        except NOT_JSON:
            return b""  # its own reader tells what is wrong with it
        if start.prompt_cache_key and "prompt_cache_key" in by:
            return b"cache\0" + start.prompt_cache_key[:200].encode("utf-8", "replace")
        user = start.user or asked.user
        if user and "user" in by:
            return b"user\0" + user[:200].encode("utf-8", "replace")
        first = first_messages(start) if "messages" in by else b""
        return b"first\0" + first if first else b""

    def choose(self, asked: Asked) -> Choice | None:
        """The side that this conversation is on; None where it has none yet."""
        session = asked.session
        if session is None or not session.role or asked.task is None:
            return None
        if session.role == "small" and self.share(asked.task.name) <= 0:
            return None
        return session.role

    def stay(self, gateway: Gateway, asked: Asked, target: Target) -> Target:
        """The model that answered this conversation in place of `target` before, else `target`."""
        session = asked.session
        if session is None:
            return target
        session.wanted = f"{target.upstream.name}/{target.model}"
        other = session.targets.get(session.wanted)
        return target if other is None else gateway.models.ask(other)

    def observe(self, answered: Answered) -> None:
        """Remember who answered."""
        session, record = answered.asked.session, answered.record
        if session is None or record.status >= 400 or record.endpoint == "audit":
            return
        if answered.value is None and session.wanted and record.route != session.wanted:
            session.targets[session.wanted] = record.route
        if answered.asked.task is not None and session.role != "reference":
            session.role = "reference" if answered.value is None else "small"


def first_messages(start: _Start) -> bytes:
    """The hash of all messages up to the first one that a user wrote; b"" where there is none."""
    turns = list(start.messages)
    raw = bytes(start.input)
    if not turns and raw:
        turns = list(_turns.decode(raw)) if raw[:1] == b"[" else [start.input]
    digest = blake2b(digest_size=16)
    for part in (start.system, start.instructions):
        digest.update(bytes(part) + b"\0")
    for turn in turns:
        digest.update(bytes(turn))
        if _by_user(bytes(turn)):
            return digest.digest()
    return b""


def _by_user(turn: bytes) -> bool:
    try:
        return _turn.decode(turn).role == "user"
    except NOT_JSON:
        return True  # the bare text of a response's input
