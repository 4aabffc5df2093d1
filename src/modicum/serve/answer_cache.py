"""The exact answer cache: the same request of the same customer, answered as it was before.

A task opts in (`[tasks.NAME.cache] exact = true`).  Only what would be answered alike again is
kept: requests at temperature 0 (or any, where the settings say so) that ask for nothing but text,
and whole answers.  A hit is a small answer like any other: recorded under the route `cache-exact`,
charged with what it used, and audited.  Answers live in this worker's memory only, under a keyed
hash of the request; the request's own text is not kept.

A cache by likeness is not here, but a candidate (`cache-words`, `cache-minilm`) that a study has
proven, alone or as a stage of a cascade; it is served like any other decision.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from modicum.carbon import footprint
from modicum.figures import Figure
from modicum.serve import judge
from modicum.serve.constants import ConstantSet
from modicum.serve.problem import NOT_JSON
from modicum.serve.settings import MoneySettings

if TYPE_CHECKING:
    from modicum.serve.hooks import Answered, Asked
    from modicum.serve.settings import TaskSettings

ROUTE = "cache-exact"
HIT_CPU_S = 3e-5
"""Processor time of a look-up, its hash included: 12 to 27 us on one core of an AMD EPYC (2026),
for requests of 0.1 to 8 kB.  Other machines and the exchange around it are why the figure made of
it is known within a factor of 3."""
_FACTOR = 3.0
_MOST_BYTES = 1 << 16
_IGNORED = frozenset(
    {"model", "stream", "stream_options", "user", "metadata", "prompt_cache_key", "store"}
)
"""Fields that change nothing of an answer's words."""
_END = re.compile(rb'"(?:finish_reason|stop_reason)"\s*:\s*"(\w+)"')
_WHOLE = frozenset({b"stop", b"end_turn", b"stop_sequence"})
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer: its words as they were sent, the task's value in them, who gave it, when."""

    content: str
    value: str
    role: Literal["small", "reference"]
    route: str
    at: float


class AnswerCache:
    """The caches of all tasks that have one.  clock: seconds, of any origin."""

    def __init__(
        self,
        clock: Callable[[], float],
        region: str | None = None,
        money: MoneySettings | None = None,
    ) -> None:
        self.clock, self.region, self.money = clock, region, money or MoneySettings()
        self._key = secrets.token_bytes(32)
        self._entries: dict[str, OrderedDict[bytes, Entry]] = {}

    def key(self, asked: Asked) -> bytes:
        """What this request is kept under, b"" where it may not be kept; it is put into `asked`."""
        asked.cache = b""
        task = asked.task
        if task is None or asked.text is None or task.settings.cache is None:
            return b""
        told = _request(asked, any_temperature=task.settings.cache.any_temperature)
        if told is None or not task.settings.cache.exact:
            return b""
        caller = asked.caller
        team = task.settings.cache.scope == "team" and caller.team
        who = f"team {team}" if team else f"key {caller.key_id}"
        parts = (who, task.name, task.digest, task.reference or "", asked.endpoint)
        digest = blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16, key=self._key)
        digest.update(told)
        asked.cache = digest.digest()
        return asked.cache

    def find(self, asked: Asked, *, small: bool) -> Entry | None:
        """The kept answer; a small candidate's only where one may answer now (`small`)."""
        key = self.key(asked)
        if not key or asked.task is None or asked.task.settings.cache is None:
            return None
        kept = self._entries.get(asked.task.name)
        entry = kept.get(key) if kept is not None else None
        if entry is None or kept is None:
            return None
        if self.clock() - entry.at > asked.task.settings.cache.ttl_s:
            del kept[key]
            return None
        if entry.role == "small" and not small:
            return None
        kept.move_to_end(key)
        asked.cache = b""  # it is kept already, and a hit does not make it younger
        return entry

    def keep(
        self,
        asked: Asked,
        content: str,
        value: str,
        role: Literal["small", "reference"],
        route: str,
    ) -> None:
        """Keep an answer, where its request may be kept."""
        if asked.cache and asked.task is not None and asked.task.settings.cache is not None:
            kept = self._entries.setdefault(asked.task.name, OrderedDict())
            kept[asked.cache] = Entry(content, value, role, route, self.clock())
            kept.move_to_end(asked.cache)
            while len(kept) > asked.task.settings.cache.most:
                kept.popitem(last=False)

    def observe(self, answered: Answered) -> None:
        """Keep what the reference answered to a caller, where it came whole."""
        asked, record, reply = answered.asked, answered.record, answered.reply
        if not asked.cache or reply is None or record.endpoint == "audit":
            return
        if record.status != 200 or record.cause or len(reply) > _MOST_BYTES or not _whole(reply):
            return
        content = judge.reply_text(reply)
        if content is not None:
            self.keep(asked, content, value_in(content), "reference", record.route)

    def headers(self, entry: Entry) -> list[tuple[bytes, bytes]]:
        """`x-modicum-cache`: what kind of hit, how old, and who had answered."""
        from modicum.serve.exchange import header_text

        age = max(0, int(self.clock() - entry.at))
        return [(b"x-modicum-cache", header_text(f"exact;age={age};from={entry.route}"))]

    @cached_property
    def constants(self) -> ConstantSet:
        """What a hit uses: some processor time of this machine, its carbon, its electricity."""
        from modicum.metering.power import this_machine

        model = this_machine().energy(HIT_CPU_S)
        reason = model.reason or "no power model of this machine"
        energy = (
            Figure.unknown("J", reason)
            if model.value is None
            else Figure.within(
                model.value,
                _FACTOR,
                "J",
                basis="modelled",
                source=f"{HIT_CPU_S * 1e6:.0f} us of a processor; {model.source}",
                boundary=model.boundary,
            )
        )
        used = footprint(energy, self.region)
        return ConstantSet(
            {
                "energy_j": {"request": energy},
                "carbon_g": {"request": used.carbon_g},
                "cost": {"request": self.money.convert(used.cost)},
            }
        )


def needed(tasks: Mapping[str, TaskSettings]) -> bool:
    """Whether any task has an exact cache."""
    return any(task.cache is not None and task.cache.exact for task in tasks.values())


def value_in(content: str) -> str:
    """The task's value in the words of an answer: themselves, or an object's only text.

    >>> value_in('{"label":"spam"}'), value_in("spam")
    ('spam', 'spam')
    """
    if content[:1] != "{":
        return content
    try:
        found: Any = msgspec.json.decode(content)
    except NOT_JSON:
        return content
    values = list(found.values()) if isinstance(found, dict) else []
    return values[0] if len(values) == 1 and isinstance(values[0], str) else content


def _request(asked: Asked, *, any_temperature: bool) -> bytes | None:
    """What decides the answer, always in one form; None where chance decides it too."""
    if asked.endpoint == "task":
        return (asked.text or "").encode("utf-8", "replace")
    fields = _fields.decode(asked.body)
    temperature = fields.get("temperature")
    if not any_temperature and (temperature is None or not _zero(bytes(temperature))):
        return None
    return b"\0".join(
        name.encode() + b"\0" + bytes(fields[name])
        for name in sorted(fields)
        if name not in _IGNORED
    )


def _zero(raw: bytes) -> bool:
    try:
        return float(raw) == 0.0
    except ValueError:
        return False


def _whole(reply: bytes) -> bool:
    """Whether every part of an answer ended because it was complete."""
    return all(reason in _WHOLE for reason in _END.findall(reply))
