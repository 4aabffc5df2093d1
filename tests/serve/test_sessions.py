"""Sticky sessions: how a conversation is known, and that it stays, or goes up."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from running import Running
from upstream import FakeProvider

from modicum.serve.hooks import Answered, Asked
from modicum.serve.keyring import Caller
from modicum.serve.sessions import Sessions
from modicum.serve.settings import SessionSettings

SYSTEM = {"role": "system", "content": "s"}
FIRST = {"role": "user", "content": "first"}
MORE = [{"role": "assistant", "content": "a"}, {"role": "user", "content": "second"}]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def sessions(share: float = 1.0, **settings: Any) -> tuple[Sessions, Clock]:
    clock = Clock()
    return Sessions(SessionSettings(sticky=True, **settings), clock, lambda _task: share), clock


def asked(caller: str = "k", headers: dict[bytes, bytes] | None = None, **body: Any) -> Asked:
    task: Any = SimpleNamespace(name="t")
    return Asked("chat", "t", Caller(caller), json.dumps({"model": "t", **body}).encode(), task)


def begun(found: Sessions, one: Asked, headers: dict[bytes, bytes] | None = None) -> Any:
    found.begin(one, headers or {})
    return one.session


def answer(found: Sessions, one: Asked, *, small: bool, route: str = "big/x") -> None:
    record: Any = SimpleNamespace(status=200, endpoint="chat", route=route)
    found.observe(Answered(record, one, "yes" if small else None, None, None))


def test_all_turns_of_a_conversation_are_one_session() -> None:
    found, _ = sessions()
    one = begun(found, asked(messages=[SYSTEM, FIRST]))
    assert one is begun(found, asked(messages=[SYSTEM, FIRST, *MORE]))
    assert one is not begun(found, asked(messages=[SYSTEM, {**FIRST, "content": "else"}]))
    assert one is not begun(found, asked("other key", messages=[SYSTEM, FIRST]))
    assert begun(found, asked(messages=[SYSTEM])) is None
    text = begun(found, asked(input="first"))
    assert text is not None
    assert text is begun(found, asked(input="first"))


def test_what_the_caller_says_goes_before_the_first_messages() -> None:
    found, _ = sessions()
    both = {"prompt_cache_key": "p", "user": "u"}
    by_id = begun(found, asked(messages=[FIRST], **both), {b"x-session-id": b"7"})
    assert by_id is begun(found, asked(messages=MORE), {b"x-session-id": b"7"})
    by_key = begun(found, asked(messages=[FIRST], **both))
    assert by_key is begun(found, asked(messages=MORE, prompt_cache_key="p"))
    assert begun(found, asked(messages=[FIRST], user="u")) is begun(found, asked(user="u"))
    only, _ = sessions(by=["messages"])
    assert begun(only, asked(user="u")) is None


def test_a_conversation_stays_small_and_goes_up_for_good() -> None:
    found, _ = sessions()
    first = asked(messages=[FIRST])
    begun(found, first)
    assert found.choose(first) is None
    answer(found, first, small=True)
    begun(found, first)
    assert found.choose(first) == "small"
    answer(found, first, small=False)
    answer(found, first, small=True)
    assert found.choose(first) == "reference"


def test_after_a_roll_back_no_conversation_stays_small() -> None:
    found, _ = sessions(share=0.0)
    one = asked(messages=[FIRST])
    begun(found, one)
    answer(found, one, small=True)
    assert found.choose(one) is None


def test_a_session_ends_when_idle_and_the_longest_unused_is_forgotten() -> None:
    found, clock = sessions(idle_minutes=1, most=2)
    one = begun(found, asked(user="a"))
    clock.now = 60
    assert begun(found, asked(user="a")) is one
    clock.now = 121
    assert begun(found, asked(user="a")) is not one
    for user in "bcd":
        begun(found, asked(user=user))
    assert len(found) == 2


def test_a_conversation_stays_with_the_model_that_stood_in() -> None:
    found, _ = sessions()
    one, primary = asked(user="a"), SimpleNamespace(upstream=SimpleNamespace(name="p"), model="m")
    gateway: Any = SimpleNamespace(models=SimpleNamespace(ask=lambda name: f"target {name}"))
    begun(found, one)
    assert found.stay(gateway, one, primary) is primary  # type: ignore[arg-type]
    answer(found, one, small=False, route="other/m")
    assert found.stay(gateway, one, primary) == "target other/m"  # type: ignore[arg-type]


@pytest.mark.parametrize("sticky", [True, False])
def test_replicas_keep_their_conversations(
    tmp_path: Path, provider: FakeProvider, sticky: bool
) -> None:
    config = f"""auth = false
[sessions]
sticky = {str(sticky).lower()}
[upstreams.big]
base_url = ["{provider.url}", "{provider.url.replace("127.0.0.1", "localhost")}"]
retries = 0
"""
    running = Running(tmp_path / "sticky", config).start()
    homes: dict[str, set[str]] = {}
    for name in [f"s{number}" for number in range(8)] * 5:
        body = json.dumps({"model": "big/x", "messages": [FIRST]}).encode()
        headers = {"x-session-id": name}
        request = urllib.request.Request(f"{running.url}/v1/chat/completions", body, headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            reply.read()
        homes.setdefault(name, set()).add(provider.headers[-1]["Host"])
    running.stop()
    assert len(set.union(*homes.values())) == 2  # both are used
    assert all(len(home) == 1 for home in homes.values()) is sticky
