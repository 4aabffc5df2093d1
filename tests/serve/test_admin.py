"""Keys and limits by an admin key over HTTP; what a limit may be overshot by."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from running import Running, config_of
from test_security import BODY, call, keys
from upstream import FakeProvider

from modicum.ledger import open_ledger
from modicum.ledger.limits import Limit, LimitStore
from modicum.ledger.records import RequestRecord
from modicum.serve.app import create_app
from modicum.serve.budget import Budget
from modicum.serve.gateway import open_gateway
from modicum.serve.keyring import Caller
from modicum.serve.problem import Problem
from modicum.serve.settings import parse_settings

NOON = 1_795_600_800_000
TOKENS = 100
CALLER = Caller("k", "web", "", False)


@dataclass
class Managed:
    """A gateway that asks for keys, and one that may manage it."""

    url: str
    boss: str


@pytest.fixture(scope="module")
def managed(
    tmp_path_factory: pytest.TempPathFactory, _provider: FakeProvider, decision: Path
) -> Iterator[Managed]:
    config = config_of(_provider, decision).replace("auth = false\n", "", 1)
    running = Running(tmp_path_factory.mktemp("managed"), config)
    boss = keys(running, "create", "boss", "--admin")
    yield Managed(running.start().url, boss)
    running.stop()


def ask(managed: Managed, method: str, path: str, key: str, **body: Any) -> tuple[int, Any]:
    status, _, said = call(f"{managed.url}/admin/{path}", body, key, method=method)
    return status, json.loads(said)


def test_an_admin_key_makes_limits_and_revokes_keys_at_once(
    managed: Managed, provider: FakeProvider
) -> None:
    boss, url = managed.boss, f"{managed.url}/v1/chat/completions"
    _, made = ask(managed, "POST", "keys", boss, name="shop", team="web", limits={"requests": 2})
    assert [call(url, BODY, made["key"])[0] for _ in range(3)] == [200, 200, 429]
    limit = {"scope": "key", "name": made["id"], "quantity": "requests"}
    assert ask(managed, "PUT", "limits", boss, **limit, most=3)[0] == 200
    assert [call(url, BODY, made["key"])[0] for _ in range(2)] == [200, 429]
    (told,) = ask(managed, "GET", "limits", boss)[1]["limits"]
    assert (told["taken"], told["most"], told["policy"]) == (3, 3, "refuse")
    assert ask(managed, "DELETE", "limits", boss, **limit) == (200, {"lifted": True})
    assert call(url, BODY, made["key"])[0] == 200
    assert ask(managed, "DELETE", "limits", boss, **limit)[0] == 404
    assert ask(managed, "DELETE", f"keys/{made['id']}", boss) == (200, {"revoked": True})
    assert call(url, BODY, made["key"])[0] == 401
    listed = ask(managed, "GET", "keys", boss)[1]["keys"]
    assert [(k["name"], k["admin"], bool(k["revoked_at"])) for k in listed] == [
        ("boss", True, False),
        ("shop", False, True),
    ]
    assert made["key"] not in json.dumps(listed)


def test_a_key_that_is_no_admin_manages_nothing(managed: Managed) -> None:
    _, made = ask(managed, "POST", "keys", managed.boss, name="plain")
    for method, path in [("GET", "keys"), ("POST", "keys"), ("PUT", "limits"), ("POST", "reload")]:
        status, said = ask(managed, method, path, made["key"], name="mine", admin=True)
        assert (status, said["error"]["code"]) == (403, "not_admin")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("keys", {}),
        ("keys", {"name": "x", "limits": {"water": 1}}),
        ("keys", {"name": "x", "limits": {"tokens": -1}}),
        ("keys", {"name": "x", "root": True}),
    ],
)
def test_a_bad_order_is_refused_and_changes_nothing(
    managed: Managed, path: str, body: dict[str, Any]
) -> None:
    before = ask(managed, "GET", path, managed.boss)[1]
    assert ask(managed, "POST", path, managed.boss, **body)[0] == 400
    assert ask(managed, "GET", path, managed.boss)[1] == before


def test_a_ledger_that_is_away_is_told_without_its_address(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"))
    plain = {"server": {"state": str(tmp_path / "state"), "auth": False}}
    gateway = open_gateway(parse_settings(plain, "x"), ledger)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE limits")
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/admin/limits", "query_string": b""}
    asyncio.run(create_app(gateway)(scope | {"headers": []}, receive, send))
    gateway.journal.close(empty=True)
    ledger.close()
    assert sent[0]["status"] == 503
    assert json.loads(sent[1]["body"])["error"]["message"].startswith("the ledger is away")
    assert "limits" in caplog.text


async def spend_all(budgets: list[Budget], at_once: int) -> int:
    """Requests that ran, `at_once` at a time in each worker, until each worker refuses."""
    ran = 0

    async def one(budget: Budget) -> bool:
        nonlocal ran
        try:
            await budget.admit(CALLER)
        except Problem:
            return False
        await asyncio.sleep(0)
        names = ("chat", "", "m", "big/m", "", "", "k", "web", "")
        tokens = (TOKENS, 0, None)
        record = RequestRecord(1, NOON, *names, 1, *tokens, 900, None, 200, 1, "")
        budget.spend(record, CALLER, (None, None, None))
        ran += 1
        return True

    going = list(budgets)
    while going:
        for budget in list(going):
            if not any(await asyncio.gather(*(one(budget) for _ in range(at_once)))):
                going.remove(budget)
    return ran


def test_a_limit_is_overshot_by_no_more_than_what_was_in_flight(tmp_path: Path) -> None:
    book = open_ledger(str(tmp_path / "ledger.sqlite"))
    limit = Limit("team", "web", "tokens", 10_000.0, "refuse")
    store = LimitStore(book.engine)
    store.set(limit, NOON)
    budgets = [Budget(LimitStore(book.engine), lambda: NOON) for _ in range(3)]
    for budget in budgets:
        budget.replace([limit])
    at_once = 7
    used = asyncio.run(spend_all(budgets, at_once)) * TOKENS
    assert 10_000 <= used <= 10_000 + len(budgets) * at_once * TOKENS
    for budget in budgets:
        budget.settle()
    assert store.taken("2026-11")["team", "web", "tokens"] == used  # nothing is forgotten
    book.close()
