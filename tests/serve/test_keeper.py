"""Shadow, canary, promotion, alarm and fall-back, through a gateway that runs as users run it."""

from __future__ import annotations

import base64
import csv
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running
from upstream import FakeProvider

from modicum.ledger import open_ledger
from modicum.ledger.keys import KeyStore

pytestmark = pytest.mark.assets

WATCH = """
[watch]
shadow = true
rate = 1.0
shadow_rate = 1.0
refresh_s = 0.1
keep_texts = true
"""


@pytest.fixture
def serving(
    tmp_path: Path, provider: FakeProvider, sized: Path
) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(watch: str = WATCH, auth: bool = False, folder: str = "gateway") -> Running:
        config = (
            f"auth = {str(auth).lower()}\n"
            f'[upstreams.big]\nbase_url = "{provider.url}"\nretries = 0\n'
            f'[tasks.question-type]\ndecision = "{sized}"\nreference = "big/gpt-4o"\n'
            f'user = "Which type? {{input}}"\n{watch}'
        )
        started.append(Running(tmp_path / folder, config).start())
        return started[-1]

    yield start
    for running in started:
        running.stop()


def ask(gateway: Running, text: str, **more: Any) -> str:
    """The route that answered."""
    message = {"role": "user", "content": f"Which type? {text}"}
    body = json.dumps({"model": "question-type", "messages": [message], **more}).encode()
    kind = {"content-type": "application/json"}
    url = f"{gateway.url}/v1/chat/completions"
    request = urllib.request.Request(url, body, kind)
    with urllib.request.urlopen(request, timeout=30) as reply:
        reply.read()
        return str(reply.headers["x-modicum-route"])


def ask_batch(gateway: Running, texts: list[str]) -> str:
    """The route of a batch."""
    body = json.dumps({"input": texts}).encode()
    request = urllib.request.Request(f"{gateway.url}/tasks/question-type", body)
    with urllib.request.urlopen(request, timeout=30) as reply:
        reply.read()
        return str(reply.headers["x-modicum-route"])


def modicum(gateway: Running, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MODICUM_LEDGER": gateway.ledger, "COLUMNS": "80"}
    command = [sys.executable, "-m", "modicum", *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def status(gateway: Running) -> dict[str, Any]:
    done = modicum(gateway, "status", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def wait_for(gateway: Running, query: str, count: int) -> list[dict[str, Any]]:
    found = gateway.wait_rows(count, query)
    assert len(found) >= count, gateway.log.read_text(encoding="utf-8")
    return found


def test_shadow_promotion_alarm_and_fall_back(
    serving: Callable[..., Running], provider: FakeProvider, human: list[str], tmp_path: Path
) -> None:
    gateway = serving()
    provider.says = "HUM"
    routes = {ask(gateway, text) for text in human[:30]}
    assert routes == {"big/gpt-4o"}  # in the shadow the reference answers everything
    ask(gateway, human[0])  # judged already, so not judged again
    assert ask_batch(gateway, human[:2]) == "big/gpt-4o"
    rows = wait_for(gateway, "SELECT * FROM audits", 30)
    assert {row["kind"] for row in rows} == {"shadow"}
    told = status(gateway)
    assert (told["audits"], told["disagreement"], told["traffic"]) == (30, 0.0, "shadow only")
    assert told["proven"]

    done = modicum(gateway, "promote", "question-type", "--canary", "50%", "--audits", "5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("question-type: steps 50%, 100%, each after 5 audits")
    wait_for(gateway, "SELECT * FROM promotions", 2)
    time.sleep(0.5)
    mixed = [ask(gateway, text) for text in human[30:60]]
    assert {"big/gpt-4o", "tfidf-logistic"} == set(mixed)
    moves = wait_for(gateway, "SELECT * FROM promotions", 3)
    shares = [("shadow", 0.0), ("canary", 0.5), ("done", 1.0)]
    assert [(m["kind"], m["share"]) for m in moves] == shares
    time.sleep(0.5)
    assert {ask(gateway, text) for text in human[60:65]} == {"tfidf-logistic"}

    provider.says = "NUM"  # from now on the reference disagrees with every small answer
    for text in human[65:140]:
        ask(gateway, text)
    moves = wait_for(gateway, "SELECT * FROM promotions", 4)
    assert (moves[-1]["kind"], moves[-1]["share"]) == ("rollback", 0.0)
    (alarm,) = wait_for(gateway, "SELECT * FROM alarms", 1)
    assert alarm["stream"] == "all"
    time.sleep(0.5)
    assert ask(gateway, human[0]) == "big/gpt-4o"

    with urllib.request.urlopen(f"{gateway.url}/", timeout=30) as reply:
        page = reply.read().decode()
    assert "alarm: the reference answers" in page
    with urllib.request.urlopen(f"{gateway.url}/metrics", timeout=30) as reply:
        metrics = reply.read().decode()
    assert 'modicum_small_share{task="question-type"} 0.0' in metrics
    assert 'modicum_alarms{task="question-type"} 1.0' in metrics
    assert 'modicum_audits_total{outcome="agree",task="question-type"}' in metrics
    assert "tfidf-logistic" in page

    refused = modicum(gateway, "promote", "question-type")
    assert refused.returncode == 2
    assert "raised an alarm" in refused.stderr
    shown = modicum(gateway, "watch", "question-type", "--out", tmp_path / "out",
                    "--columns", "text,label")  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert "Re-size it: answers differ too often" in shown.stdout
    fit, judge = rows_of(tmp_path / "out" / "fit.csv"), rows_of(tmp_path / "out" / "judge.csv")
    fed = [row for row in gateway.rows("SELECT * FROM audits") if row["id"] <= alarm["audit"]]
    assert len({r["text"] for r in fit}) + len(judge) <= 141
    assert len(fit) >= len(fed) - 1  # one question was asked twice
    assert not {r["text"] for r in fit} & {r["text"] for r in judge}


def test_feedback_is_recorded_and_only_sampled_labels_are_tested(
    serving: Callable[..., Running], human: list[str]
) -> None:
    gateway = serving()

    def tell(**given: Any) -> dict[str, Any]:
        body = json.dumps({"task": "question-type", "input": human[0], **given}).encode()
        request = urllib.request.Request(f"{gateway.url}/v1/feedback", body)
        with urllib.request.urlopen(request, timeout=30) as reply:
            found: dict[str, Any] = json.loads(reply.read())
            return found

    assert tell(label="HUM", sampled=True)["agrees"] is True
    assert tell(label="loc")["agrees"] is False
    with pytest.raises(urllib.error.HTTPError, match="400"):
        tell(label="no such class")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        tell(label="HUM", task="other")
    rows = gateway.rows("SELECT * FROM audits ORDER BY id")
    assert [(row["kind"], row["loss"]) for row in rows] == [("gold", 0.0), ("label", 1.0)]
    streams = json.loads(modicum(gateway, "watch", "--json").stdout)[0]["streams"]
    assert streams["gold"]["audits"] == 1
    assert streams["all"]["audits"] == 0


def test_a_streamed_answer_is_judged_in_the_shadow_too(
    serving: Callable[..., Running], provider: FakeProvider, human: list[str]
) -> None:
    gateway = serving(WATCH.replace("keep_texts = true", ""))
    ask(gateway, human[1], stream=True)  # "Hello" names no class: no answer to compare with
    provider.says = "HUM"
    ask(gateway, human[0], stream=True)
    (row,) = wait_for(gateway, "SELECT * FROM audits", 1)
    assert (row["kind"], row["loss"]) == ("shadow", 0.0)
    assert gateway.rows("SELECT * FROM audit_texts") == []


def test_a_changed_model_makes_the_decision_stale_after_a_restart(
    serving: Callable[..., Running], provider: FakeProvider, human: list[str]
) -> None:
    gateway = serving()
    provider.says = "HUM"
    ask(gateway, human[0])
    wait_for(gateway, "SELECT * FROM conditions WHERE name = 'model'", 1)
    gateway.stop()
    text = gateway.config.read_text(encoding="utf-8").replace("big/gpt-4o", "big/gpt-5-mini")
    gateway.config.write_text(text, encoding="utf-8")
    gateway.start()
    ask(gateway, human[1])
    wait_for(gateway, "SELECT * FROM conditions WHERE name = 'model'", 2)
    stale = status(gateway)["stale"]
    assert "the provider's model changed from gpt-4o to gpt-5-mini" in stale


def test_the_page_wants_a_key_where_requests_do(serving: Callable[..., Running]) -> None:
    gateway = serving(auth=True)
    book = open_ledger(gateway.ledger)
    _, key = KeyStore(book.engine, lambda: 1).create("page")
    book.close()
    time.sleep(3)  # keys are read anew every two seconds
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(f"{gateway.url}/", timeout=30)
    assert refused.value.headers["www-authenticate"].startswith("Basic")
    refused.value.close()
    code = base64.b64encode(f"me:{key}".encode()).decode()
    headers = {"authorization": f"Basic {code}"}
    request = urllib.request.Request(f"{gateway.url}/", headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        assert "No requests yet" in reply.read().decode()


def test_shadow_without_a_reference_is_refused(sized: Path, tmp_path: Path) -> None:
    environment = os.environ | {"MODICUM_LEDGER": f"sqlite:///{tmp_path / 'l.sqlite'}"}
    command = [sys.executable, "-m", "modicum", "serve", str(sized), "--no-auth", "--shadow"]
    done = subprocess.run(
        [*command, "--port", "0"], env=environment, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "name its reference" in done.stderr
