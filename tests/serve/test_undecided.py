"""The shadow judges candidates that the judge split left open; one proven there can be promoted."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Running
from upstream import FakeProvider

from modicum.candidates.decided import Decided
from modicum.candidates.undecided import load_for_shadow
from modicum.decision.document import FILE, read_decision
from modicum.errors import ArtefactError, CandidateError
from modicum.ledger import open_ledger
from modicum.ledger.watch_store import WatchStore
from modicum.metering import Meter
from modicum.serve.hooks import Asked
from modicum.serve.kept import Job, KeptTask
from modicum.serve.keyring import NOBODY
from modicum.serve.others import compare_others
from modicum.serve.served import ServedTask
from modicum.serve.settings import MoneySettings, TaskSettings, WatchSettings
from modicum.study import run_study
from modicum.study.verify import verify
from modicum.tasks import load_task
from modicum.watch.audit import Choice
from modicum.watch.opened import digest_of, state_of

pytestmark = pytest.mark.assets

SMALL = {"tfidf-logistic", "tfidf-svm"}
TASK = """[task]
name = "question-type"
data = "questions.csv"
input = "text"
reference = "label"
[adequate]
reference = "big"
margin = 0.2
compose = false
[[candidates]]
recipe = "tfidf-logistic"
[[candidates]]
recipe = "tfidf-svm"
[[candidates]]
recipe = "recorded"
name = "big"
answer = "said"
energy_j = "joules"
"""


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory, trec: list[tuple[str, str]]) -> Path:
    """A decision that keeps its reference: recorded answers, a quarter of them wrong."""
    folder = tmp_path_factory.mktemp("undecided")
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "said", "joules"])
        rows = [row for row in trec if row[1] != "ABBR"][:200]
        for number, (text, label) in enumerate(rows):
            said = label if number % 4 else ("LOC" if label == "HUM" else "HUM")
            writer.writerow([text, label, said, 500])
    (folder / "task.toml").write_text(TASK, encoding="utf-8")
    ledger = open_ledger(str(folder / "study.sqlite"))
    found = run_study(load_task(folder / "task.toml"), folder / "run", ledger, Meter())
    ledger.close()
    assert found.recommended == "big"
    return folder / "run"


@pytest.fixture
def copied(undecided: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(undecided, tmp_path / "run"))


@pytest.fixture
def serving(
    tmp_path: Path, provider: FakeProvider, undecided: Path
) -> Iterator[Callable[[str], Running]]:
    started: list[Running] = []

    def start(more: str = "") -> Running:
        config = (
            f'auth = false\n[upstreams.big]\nbase_url = "{provider.url}"\nretries = 0\n'
            f'[tasks.question-type]\ndecision = "{undecided}"\nreference = "big/gpt-4o"\n'
            "[watch]\nshadow = true\nrate = 1.0\nshadow_rate = 1.0\nrefresh_s = 0.1\n" + more
        )
        started.append(Running(tmp_path / "gateway", config).start())
        return started[-1]

    yield start
    for running in started:
        running.stop()


def ask(gateway: Running, text: str) -> str:
    """The route that answered."""
    body = json.dumps({"input": text}).encode()
    request = urllib.request.Request(f"{gateway.url}/tasks/question-type", body)
    with urllib.request.urlopen(request, timeout=30) as reply:
        reply.read()
        return str(reply.headers["x-modicum-route"])


def modicum(gateway: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MODICUM_LEDGER": gateway.ledger, "COLUMNS": "80"}
    command = [sys.executable, "-m", "modicum", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def kinds(gateway: Running, count: int) -> dict[str, int]:
    """How many audits of each kind, once there are that many."""
    rows: list[dict[str, Any]] = gateway.wait_rows(count, "SELECT kind FROM audits")
    found = [row["kind"] for row in rows]
    assert len(found) >= count, gateway.log.read_text(encoding="utf-8")
    return {kind: found.count(kind) for kind in set(found)}


def test_what_the_judge_split_left_open_is_kept_beside_the_decision(copied: Path) -> None:
    decision = read_decision(copied)
    assert set(decision.fingerprints.undecided) == SMALL
    used = [decision.candidate(n).footprint for n in decision.fingerprints.undecided]
    joules = [each.energy_j.value for each in used if each is not None]
    assert joules == sorted(joules)  # type: ignore[type-var]
    assert not verify(copied).faults
    found = load_for_shadow(copied)
    assert [each.decision.recommended for each in found] == list(decision.fingerprints.undecided)
    assert all(each.answer(["Who is it?"])[0].value for each in found)
    for each in found:
        each.close()


def test_a_changed_file_of_an_undecided_one_shows(copied: Path) -> None:
    name = next(iter(read_decision(copied).fingerprints.undecided))
    victim = next(path for path in (copied / "undecided" / name).rglob("*") if path.is_file())
    victim.write_bytes(victim.read_bytes() + b" ")
    assert [fault for fault in verify(copied).faults if name in str(fault)]
    with pytest.raises(ArtefactError, match="not the candidate this decision was made about"):
        load_for_shadow(copied)


def test_a_name_that_leaves_the_folder_is_refused(copied: Path) -> None:
    plain = json.loads((copied / FILE).read_text(encoding="utf-8"))
    plain["fingerprints"]["undecided"] = {"../recommended": "0"}
    (copied / FILE).write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(ArtefactError, match="not the candidate"):
        load_for_shadow(copied)


def test_an_older_decision_is_loaded_as_before(copied: Path, sized: Path, tmp_path: Path) -> None:
    plain = json.loads((copied / FILE).read_text(encoding="utf-8"))
    del plain["fingerprints"]["undecided"]
    (copied / FILE).write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(CandidateError, match="recorded answers"):
        load_for_shadow(copied)
    older = Path(shutil.copytree(sized, tmp_path / "older"))
    plain = json.loads((older / FILE).read_text(encoding="utf-8"))
    plain["fingerprints"].pop("undecided")
    (older / FILE).write_text(json.dumps(plain), encoding="utf-8")
    (alone,) = load_for_shadow(older)
    with alone, Decided.load(older) as same:
        assert alone.decision == same.decision


def test_live_traffic_proves_what_the_split_could_not_and_it_is_promoted(
    serving: Callable[[str], Running],
    provider: FakeProvider,
    undecided: Path,
    trec: list[tuple[str, str]],
) -> None:
    texts = [text for text, label in trec if label == "HUM"]
    for each in load_for_shadow(undecided):
        with each:
            answers = each.answer(texts)
        texts = [t for t, a in zip(texts, answers, strict=True) if a.value == "HUM"]
    gateway, provider.says = serving(""), "HUM"
    first, second = read_decision(undecided).fingerprints.undecided

    assert {ask(gateway, text) for text in texts[:5]} == {"big/gpt-4o"}
    assert kinds(gateway, 10) == {"shadow": 5, "other": 5}
    (line,) = modicum(gateway, "status").stdout.splitlines()
    assert line.startswith(f"question-type: {first}, not yet proven (0.0% of 5 audits differ; ")
    assert f"beside it {second}: about " in line
    refused = modicum(gateway, "promote", "question-type")
    assert refused.returncode == 2
    assert f"{first} is not proven for 'question-type'" in refused.stderr

    for text in texts[5:45]:
        ask(gateway, text)
    assert kinds(gateway, 90) == {"shadow": 45, "other": 45}
    (told,) = json.loads(modicum(gateway, "status", "--json").stdout)
    assert (told["candidate"], told["proven"], told["smallest_proven"]) == (first, True, first)
    assert told["others"][second]["proven"]
    assert told["others"][second]["audits"] == 45
    assert "a million requests" in modicum(gateway, "status").stdout

    done = modicum(gateway, "promote", "question-type", "--now")
    assert done.returncode == 0, done.stderr
    time.sleep(0.5)
    assert {ask(gateway, text) for text in texts[:5]} == {first}


def test_the_same_study_run_again_keeps_its_watch_and_judges_what_is_new(
    undecided: Path, tmp_path: Path
) -> None:
    task = ServedTask.load(
        "question-type", TaskSettings(decision=str(undecided)), MoneySettings(), shadow=True
    )
    before = task.decision.fingerprints.model_copy(update={"undecided": {}})
    older = task.decision.model_copy(update={"fingerprints": before})
    book = open_ledger(str(tmp_path / "watch.sqlite"))
    store = WatchStore(book.engine)
    row = store.open(task.name, digest_of(older), older.model_dump_json(), 1)
    kept = KeptTask(task, store, WatchSettings(shadow=True), random.Random(1), 2)
    kept.begin(3)
    assert kept.watch == row.id
    assert kept.state.changes == []
    assert list(kept.state.others) == [other.decision.recommended for other in task.others]
    told = state_of(store, row.id, row.number, row.document)
    told.refresh()
    assert told.others.keys() == kept.state.others.keys()
    assert told.baseline.proof_alpha == pytest.approx(0.025)
    again = KeptTask(task, store, WatchSettings(shadow=True), random.Random(1), 4)
    again.begin(5)
    assert len(store.conditions(row.id)) == 1
    task.close()
    book.close()


def test_an_undecided_one_that_fails_on_a_request_is_wrong_there(
    undecided: Path, tmp_path: Path
) -> None:
    class Failing:
        def answer(self, inputs: list[str]) -> None:
            raise CandidateError(f"cannot answer {inputs}")

    task = ServedTask.load(
        "question-type", TaskSettings(decision=str(undecided)), MoneySettings(), shadow=True
    )
    (other,) = task.others
    other.stages[0].candidate = Failing()
    book = open_ledger(str(tmp_path / "watch.sqlite"))
    store = WatchStore(book.engine)
    kept = KeptTask(task, store, WatchSettings(shadow=True), random.Random(1), 2)
    asked = Asked("task", task.name, NOBODY, b"", task)
    asked.text = "Who is it?"
    job = Job("shadow", asked, Choice(1.0, 1.0), "1:1", "HUM", "HUM")
    asyncio.run(compare_others(kept, job, "HUM", 2.0))
    assert job.others == {other.decision.recommended: 1.0}
    kept.record_others(job, 3)
    assert job.others == {}
    (row,) = store.audits(kept.watch)
    assert (row.kind, row.loss, row.slices) == ("other", 1.0, (other.decision.recommended,))
    task.close()
    book.close()


def test_the_day_s_budget_stops_the_others_first(
    serving: Callable[[str], Running], provider: FakeProvider
) -> None:
    provider.says = "HUM"
    gateway = serving("energy_j_per_day = 1e-12\n")
    for number in range(3):
        ask(gateway, f"Who is number {number}?")
    assert kinds(gateway, 1)["shadow"] >= 1
    time.sleep(0.5)
    assert "other" not in kinds(gateway, 1)
