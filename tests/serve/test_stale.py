"""What a decision was first served under, and each change that makes it stale."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from modicum.cli.status import line
from modicum.cli.watching import watched
from modicum.ledger import open_ledger
from modicum.ledger.watch_store import WatchStore
from modicum.serve.gateway import Gateway, open_gateway
from modicum.serve.hooks import Asked
from modicum.serve.keeper import Keeper
from modicum.serve.keyring import NOBODY
from modicum.serve.settings import parse_settings

TASK = "question-type"
Ask = Callable[..., None]


@contextmanager
def served(
    folder: Path,
    sized: Path,
    *,
    price: float = 1.0,
    user: str | None = None,
) -> Iterator[Ask]:
    """A gateway in the shadow whose reference has answered what `ask` is given."""
    prices = {"gpt-4o": {"input": price, "output": price, "currency": "USD"}}
    task = {"decision": str(sized), "reference": "big/gpt-4o"} | ({"user": user} if user else {})
    plain: dict[str, Any] = {
        "server": {"state": str(folder / "state"), "auth": False},
        "upstreams": {"big": {"base_url": "http://127.0.0.1:1/v1", "prices": prices}},
        "tasks": {TASK: task},
        "watch": {"shadow": True, "shadow_rate": 1.0, "refresh_s": 0.01},
    }
    ledger = open_ledger(str(folder / "ledger.sqlite"))
    gateway = open_gateway(parse_settings(plain, "the test"), ledger)
    keeper = Keeper(gateway, random.Random(6))
    keeper.plug()
    yield lambda text, **more: ask(gateway, text, **more)
    asyncio.run(a_while(keeper, gateway))
    gateway.metrics.share()
    gateway.journal.close(empty=True)
    gateway.tasks[TASK].close()
    ledger.close()


async def a_while(keeper: Keeper, gateway: Gateway) -> None:
    running = asyncio.ensure_future(keeper.run(gateway))
    await asyncio.sleep(0.1)
    while any(kept.waiting for kept in keeper.kept.values()):
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    running.cancel()


def ask(
    gateway: Gateway, text: str, system: str = "Name the type.", model: str = "gpt-4o-2024-08-06"
) -> None:
    said = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    asked = Asked("chat", TASK, NOBODY, json.dumps({"messages": said}).encode())
    task = asked.task = gateway.tasks[TASK]
    asked.text = text if task.template is None else task.template.input_of(said[1:])
    choice = {"message": {"role": "assistant", "content": "HUM"}}
    reply = json.dumps({"model": model, "choices": [choice]}).encode()
    started = time.perf_counter()
    gateway.record(asked, None, route="big/gpt-4o", status=200, started=started, reply=reply)


def told(folder: Path) -> str:
    book = open_ledger(str(folder / "ledger.sqlite"))
    try:
        (found,) = watched(WatchStore(book.engine), TASK)
        return line(found).partition("; stale, check again: ")[2]
    finally:
        book.close()


def test_another_model_of_the_provider_makes_it_stale(
    tmp_path: Path, sized: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served(tmp_path, sized) as ask:
        ask("Who was it ?")
    assert told(tmp_path) == ""
    with served(tmp_path, sized) as ask:
        ask("Who was Nero ?", model="gpt-4o-2026-01-01")
    change = "the provider's model changed from gpt-4o-2024-08-06 to gpt-4o-2026-01-01"
    assert told(tmp_path) == change
    assert f"{TASK} is stale, check it again: {change}" in caplog.text


def test_another_price_makes_it_stale(tmp_path: Path, sized: Path) -> None:
    for _ in range(2):
        with served(tmp_path, sized, price=1.0):
            pass
        assert told(tmp_path) == ""
    with served(tmp_path, sized, price=2.0):
        pass
    assert told(tmp_path).startswith("the price changed from 1e-06 USD/token_in")


def test_another_template_makes_it_stale(tmp_path: Path, sized: Path) -> None:
    for user in ("Which? {input}", "Which? {input}"):
        with served(tmp_path, sized, user=user):
            pass
    assert told(tmp_path) == ""
    with served(tmp_path, sized, user="Which of these? {input}"):
        pass
    assert told(tmp_path) == "the prompt template changed"


@pytest.mark.parametrize("user", [None, "Which? {input}"])
def test_callers_who_send_another_prompt_make_it_stale(
    tmp_path: Path, sized: Path, user: str | None
) -> None:
    old, new = ("Which? ", "What? ") if user else ("", "")
    with served(tmp_path, sized, user=user) as ask:
        for k in range(30):
            ask(f"{old}Who was it, {k} ?", system="Never mind." if k % 5 == 0 else "Name the type.")
    assert told(tmp_path) == ""  # a stray prompt is none
    with served(tmp_path, sized, user=user) as ask:
        for k in range(30, 52):
            ask(f"{new}Who was it, {k} ?", system="Name the type, in German.")
    assert told(tmp_path) == "the prompt that callers send changed"


def test_other_inputs_make_it_stale(tmp_path: Path, sized: Path) -> None:
    with served(tmp_path, sized) as ask:
        for k in range(70):
            ask(f"Who was number {k} ?")
        for k in range(70):
            ask(f"Who was number {k} ? " + "And then what did they do there ? " * 9)
    assert "the inputs drifted (" in told(tmp_path)
    assert "characters" in told(tmp_path)
