"""What the exact answer cache keeps, for whom, and for how long."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from modicum.serve.answer_cache import AnswerCache
from modicum.serve.hooks import Answered, Asked
from modicum.serve.keyring import Caller
from modicum.serve.settings import CacheSettings

MINE = Caller("k1", "web")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> AnswerCache:
    return AnswerCache(clock)


def asked(
    text: str = "hi",
    *,
    caller: Caller = MINE,
    body: dict[str, Any] | None = None,
    digest: str = "d",
    **settings: Any,
) -> Asked:
    kept = CacheSettings(exact=True, **settings)
    task: Any = SimpleNamespace(
        name="t", digest=digest, reference="big/x", settings=SimpleNamespace(cache=kept)
    )
    plain = {"model": "t", "temperature": 0, "messages": [{"role": "user", "content": text}]}
    made = json.dumps(plain | (body or {})).encode()
    return Asked("chat", "t", caller, made, task, text)


def put(cache: AnswerCache, one: Asked, role: Any = "small") -> None:
    assert cache.find(one, small=True) is None
    cache.keep(one, "yes", "yes", role, "tfidf")


def test_a_kept_answer_is_found_until_its_time_is_over(cache: AnswerCache, clock: Clock) -> None:
    put(cache, asked(ttl_s=10))
    clock.now += 10
    entry = cache.find(asked(ttl_s=10), small=True)
    assert entry is not None
    assert cache.headers(entry) == [(b"x-modicum-cache", b"exact;age=10;from=tfidf")]
    clock.now += 0.1  # a hit did not make it younger
    assert cache.find(asked(ttl_s=10), small=True) is None


def test_another_key_never_finds_it_and_another_of_the_team_only_where_set(
    cache: AnswerCache,
) -> None:
    other = Caller("k2", "web")
    put(cache, asked())
    assert cache.find(asked(caller=other), small=True) is None
    put(cache, asked("team", scope="team"))
    assert cache.find(asked("team", scope="team", caller=other), small=True) is not None
    assert cache.find(asked("team", scope="team", caller=Caller("k3", "ops")), small=True) is None
    put(cache, asked("none", scope="team", caller=Caller("k4")))
    assert cache.find(asked("none", scope="team", caller=Caller("k5")), small=True) is None


@pytest.mark.parametrize(
    "body", [{"temperature": 0.5}, {"temperature": None}, {"temperature": "0"}]
)
def test_only_a_request_without_chance_is_kept(cache: AnswerCache, body: dict[str, Any]) -> None:
    assert cache.key(asked(body=body)) == b""
    assert cache.key(asked(body=body, any_temperature=True)) != b""


def test_whatever_may_change_the_answer_is_part_of_the_request(cache: AnswerCache) -> None:
    same = [{"stream": True}, {"user": "ann"}, {"model": "auto"}, {"metadata": {"a": "b"}}]
    put(cache, asked())
    assert all(cache.find(asked(body=b), small=True) is not None for b in same)
    other = [{"max_tokens": 1}, {"seed": 2}, {"response_format": {"type": "json_object"}}]
    assert all(cache.find(asked(body=b), small=True) is None for b in other)
    assert cache.find(asked(digest="newer"), small=True) is None


def test_a_small_answer_is_not_served_where_the_reference_is_to_answer(cache: AnswerCache) -> None:
    put(cache, asked())
    assert cache.find(asked(), small=False) is None
    put(cache, asked("big"), "reference")
    assert cache.find(asked("big"), small=False) is not None


def test_it_forgets_the_longest_unused_first(cache: AnswerCache) -> None:
    for text in "abc":
        put(cache, asked(text, most=2))
        cache.find(asked("a", most=2), small=True)
    found = [cache.find(asked(text, most=2), small=True) is not None for text in "abc"]
    assert found == [True, False, True]


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}, True),
        ({"choices": [{"message": {"content": "o"}, "finish_reason": "length"}]}, False),
        ({"content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn"}, True),
        ({"choices": [{"message": {"content": None}, "finish_reason": "tool_calls"}]}, False),
    ],
)
def test_only_a_whole_answer_of_the_reference_is_kept(
    cache: AnswerCache, reply: dict[str, Any], kept: bool
) -> None:
    one = asked()
    cache.key(one)
    record: Any = SimpleNamespace(status=200, cause="", endpoint="chat", route="big/x")
    cache.observe(Answered(record, one, None, None, json.dumps(reply).encode()))
    assert (cache.find(asked(), small=False) is not None) is kept


def test_a_hit_uses_a_little_energy_and_no_zero_is_claimed(cache: AnswerCache) -> None:
    energy = cache.constants.amount("energy_j")
    assert energy.value is not None
    assert energy.low is not None
    assert energy.high is not None
    assert 0 < energy.low < energy.value < energy.high < 0.1
    cost = cache.constants.amount("cost").value
    assert cost is not None
    assert 0 < cost < 1e-6
