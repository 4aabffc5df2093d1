"""Exact answer cache and stored prompts, through a gateway with keys that runs as users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running
from upstream import FakeProvider

from modicum.ledger import open_ledger
from modicum.ledger.keys import KeyStore

pytestmark = pytest.mark.assets

JSON_FORMAT = {"type": "json_object"}


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, _provider: FakeProvider, sized: Path
) -> Iterator[tuple[Running, dict[str, str]]]:
    config = f"""
[watch]
rate = 1.0
refresh_s = 0.1
[upstreams.big]
base_url = "{_provider.url}"
retries = 0
[tasks.question-type]
decision = "{sized}"
reference = "big/gpt-4o"
user = "Which type? {{input}}"
store_prompts = true
[tasks.question-type.cache]
exact = true
"""
    running = Running(tmp_path_factory.mktemp("kept"), config)
    book = open_ledger(running.ledger)
    store = KeyStore(book.engine, lambda: 1)
    keys = {name: store.create(name)[1] for name in ("one", "two")}
    book.close()
    running.start()
    yield running, keys
    running.stop()


def ask(kept: tuple[Running, dict[str, str]], text: str, key: str = "one", **more: Any) -> Any:
    """The reply's headers and its text."""
    running, keys = kept
    message = {"role": "user", "content": f"Which type? {text}"}
    body = {"model": "question-type", "messages": [message], "temperature": 0, **more}
    headers = {"authorization": f"Bearer {keys[key]}"}
    url = f"{running.url}/v1/chat/completions"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.headers, reply.read().decode()


def route(kept: tuple[Running, dict[str, str]], text: str, **more: Any) -> str:
    return str(ask(kept, text, **more)[0]["x-modicum-route"])


def modicum(running: Running, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MODICUM_LEDGER": running.ledger, "COLUMNS": "80"}
    command = [sys.executable, "-m", "modicum", *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_same_request_of_the_same_key_is_answered_from_the_cache(
    kept: tuple[Running, dict[str, str]], provider: FakeProvider
) -> None:
    provider.says = "HUM"
    first = ask(kept, "Who wrote Hamlet?")
    headers, again = ask(kept, "Who wrote Hamlet?", stream=True, user="ann")
    assert first[0]["x-modicum-route"] == "tfidf-logistic"
    assert headers["x-modicum-route"] == "cache-exact"
    assert headers["x-modicum-cache"].startswith("exact;age=")
    assert headers["x-modicum-cache"].endswith("from=tfidf-logistic")
    assert "basis=modelled" in headers["x-modicum-energy-j"]
    assert json.loads(first[1])["choices"][0]["message"]["content"] in again
    assert route(kept, "Who wrote Hamlet?", key="two") == "tfidf-logistic"  # not hers
    assert route(kept, "Who wrote Hamlet?", temperature=0.7) == "tfidf-logistic"
    assert route(kept, "Who wrote Hamlet?", max_tokens=9) == "tfidf-logistic"
    cached = "SELECT * FROM requests WHERE route = 'cache-exact'"
    (row,) = kept[0].wait_rows(1, cached)
    assert (row["tokens_in"], row["cause"]) == (0, "")
    audit = f"SELECT * FROM audits WHERE request = '{row['worker']}:{row['sequence']}'"
    assert kept[0].wait_rows(1, audit)  # like any small answer


def test_what_the_reference_answered_is_kept_too_but_not_what_asks_for_more(
    kept: tuple[Running, dict[str, str]], provider: FakeProvider
) -> None:
    provider.says = '{"type": "NUM"}'
    text = "How many states are there?"
    assert route(kept, text, response_format=JSON_FORMAT, stream=True) == "big/gpt-4o"
    headers, told = ask(kept, text, response_format=JSON_FORMAT)
    assert headers["x-modicum-cache"].endswith("from=big/gpt-4o")
    assert json.loads(told)["choices"][0]["message"]["content"] == provider.says
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    for _ in range(2):
        assert route(kept, text, tools=[tool]) == "big/gpt-4o"


def test_prompts_are_stored_redacted_and_erased_by_user(
    kept: tuple[Running, dict[str, str]], provider: FakeProvider, tmp_path: Path
) -> None:
    running = kept[0]
    ask(kept, "Who is me@example.org, card 4111 1111 1111 1111?", user="bob")
    for number in range(6):
        ask(kept, f"Who was the {number}th king?", user="eve", response_format=JSON_FORMAT)
    mine = "SELECT * FROM request_texts WHERE user_id = 'bob'"
    (row,) = running.wait_rows(1, mine)
    assert row["input"] == "Who is [email], card [card]?"
    assert row["expires_at"] - row["at"] == 30 * 86_400_000
    running.wait_rows(6, "SELECT * FROM request_texts WHERE user_id = 'eve'")
    done = modicum(running, "watch", "question-type", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    stored = (tmp_path / "out" / "stored.csv").read_text(encoding="utf-8").splitlines()
    drawn = (tmp_path / "out" / "to-label.csv").read_text(encoding="utf-8").splitlines()
    assert stored[0] == drawn[0] == "input,reference"
    assert not {x.partition(",")[0] for x in stored[1:]} & {x.partition(",")[0] for x in drawn[1:]}
    assert all(line.endswith(",") for line in drawn[1:])
    assert not any("me@example.org" in line for line in (*stored, *drawn))

    assert modicum(running, "ledger", "erase").returncode == 2
    done = modicum(running, "ledger", "erase", "--user", "bob")
    assert done.stdout.startswith("Erased 1 prompts and 0 audited texts of user bob."), done.stderr
    assert running.rows(mine) == []
    assert running.rows("SELECT * FROM request_texts WHERE user_id = 'eve'")
    assert json.loads(modicum(running, "ledger", "erase", "--expired", "--json").stdout) == {
        "prompts": 0,
        "audits": 0,
    }


def test_prompts_that_wait_when_the_gateway_stops_are_stored(
    kept: tuple[Running, dict[str, str]], provider: FakeProvider
) -> None:
    running = kept[0]
    ask(kept, "Where is the last question?", user="last")
    running.stop()
    assert len(running.rows("SELECT * FROM request_texts WHERE user_id = 'last'")) == 1
    running.start()
