"""A model behind a real socket labels real questions, and says why where it is asked to."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from races import raced

from modicum.errors import BudgetError, TaskError
from modicum.study.budget import Budget
from modicum.study.leaving import leaving
from modicum.tasks import load_task

Answer = Callable[[str], str]
Start = Callable[[Answer], ThreadingHTTPServer]
ASKED_WHY = "which words of the text"


def task_of(folder: Path, server: ThreadingHTTPServer, questions: list[str], by: str) -> Path:
    with (folder / "q.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *([q] for q in questions)])
    path = folder / "q.toml"
    path.write_text(
        '[task]\nname="q"\ndata="q.csv"\ninput="text"\nclasses=["DESC","ENTY","HUM","LOC","NUM"]\n'
        f'[adequate]\nreference={{candidate="big"{by}}}\n[[candidates]]\nrecipe="naive-bayes"\n'
        '[[candidates]]\nrecipe="llm"\nname="big"\nmodel="m"\nprompt="{input}"\ncache="kept"\n'
        f'base_url="http://127.0.0.1:{server.server_address[1]}/v1"\nprice_in=1000\nprice_out=1000\n',
        encoding="utf-8",
    )
    return path


def asked(server: ThreadingHTTPServer) -> int:
    return server.asked  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def known(trec: list[tuple[str, str]]) -> dict[str, str]:
    return dict([row for row in trec if row[1] != "ABBR"][:400])


def test_a_model_labels_and_says_why_in_one_answer_and_nothing_is_asked_twice(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    def rule(text: str) -> str:
        question, _, more = text.partition("\n\n")
        why = f"\nReason: it begins with {question.split()[0]}" if ASKED_WHY in more else ""
        return known[question] + why

    server = model(rule)
    path = task_of(tmp_path, server, list(known), ", rationales=true")
    document = raced(path)
    big, small = document.candidate("big"), document.candidate("naive-bayes")
    assert any("the same answer to 50 of 50 tune rows" in note for note in document.notes)
    assert small.rationales is not None
    assert small.rationales.examples == document.splits["fit"]
    assert big.rationales is None
    assert big.loss is not None
    assert big.loss.value == 0  # its trial is the candidate that labelled
    rows = sum(document.splits.values())
    assert asked(server) <= rows + 50 + 2  # the check, and a trial request of each way
    before = asked(server)
    assert raced(path).candidate("naive-bayes").rationales == small.rationales
    assert asked(server) == before  # a rerun costs nothing


def test_reasons_that_change_the_answers_are_not_asked_for(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    server = model(lambda text: "LOC\nno idea" if ASKED_WHY in text else known[text])
    document = raced(task_of(tmp_path, server, list(known), ", rationales=true"))
    assert document.candidate("naive-bayes").rationales is None
    assert any("no rationales were asked for" in note for note in document.notes)


def test_labels_count_against_the_money_ceiling_and_are_kept_for_the_resumed_run(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    server = model(known.__getitem__)
    path = task_of(tmp_path, server, list(known), "")
    with pytest.raises(BudgetError, match=r"--resume and a higher --max-cost"):
        raced(path, budget=Budget(cost=4.0))  # 0.11 an answer
    before = asked(server)
    assert 0.11 * before <= 4.2
    for most in (4.0, 4.0, 4.0, 8.0, 8.0, 8.0):  # what was paid before a stop is paid
        with pytest.raises(BudgetError, match=rf"stopped at \S+ of {most:g} "):
            raced(path, resume=True, budget=Budget(cost=most))
        assert 0.11 * asked(server) <= most + 0.2
    assert 0.11 * asked(server) > 5.0
    document = raced(path, resume=True, budget=Budget(cost=1000.0))
    assert asked(server) <= sum(document.splits.values()) + 2


def test_labels_paid_before_an_interruption_count_in_the_resumed_race(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    """All labels are told; what stops is the race after them, in the candidate `big` itself."""
    server = model(known.__getitem__)
    path = task_of(tmp_path, server, list(known), "")
    whole = raced(path)
    rows = sum(whole.splits.values())
    paid = 0.11 * (rows - 1)  # the trial request had asked about one already
    shutil.rmtree(tmp_path / "out" / "trials")
    before = asked(server)
    with pytest.raises(BudgetError, match=rf"stopped at {paid:.4g}\d* of "):
        raced(path, resume=True, budget=Budget(cost=paid - 1))
    assert asked(server) == before
    assert len(json.loads((tmp_path / "out" / "labels.json").read_text())["found"]) == rows


def test_labels_of_another_question_are_not_taken_up(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    server = model(lambda text: known[text.strip()])
    path = task_of(tmp_path, server, list(known), "")
    raced(path)
    before = asked(server)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"{input}"', '"  {input}"'), encoding="utf-8")
    with pytest.raises(BudgetError):
        raced(path, resume=True, budget=Budget(cost=4.0))
    assert asked(server) > before


def test_reasons_are_told_before_anything_is_sent_and_need_a_language_model(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    path = task_of(tmp_path, model(str), list(known), ", rationales=true")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("http://127.0.0.1", "https://api.mistral.ai"), encoding="utf-8")
    (found,) = leaving(load_task(path))
    assert any("a reason is asked for" in line for line in found.lines())
    path.write_text(text.replace('candidate="big"', 'candidate="naive-bayes"'), encoding="utf-8")
    with pytest.raises(TaskError, match="only a language model can say why"):
        raced(path)


def test_verdicts_of_a_judge_model_count_against_the_money_ceiling(
    known: dict[str, str], model: Start, tmp_path: Path
) -> None:
    server = model(lambda _: "right")
    with (tmp_path / "q.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *known.items()])
    path = tmp_path / "q.toml"
    path.write_text(
        '[task]\nname="q"\nkind="generate"\ndata="q.csv"\ninput="text"\nreference="label"\n'
        'metric="judge"\n[task.judge]\nmodel="m"\nprice_in=1000\nprice_out=1000\n'
        f'base_url="http://127.0.0.1:{server.server_address[1]}/v1"\n'
        '[[candidates]]\nrecipe="majority"\n[[candidates]]\nrecipe="cache-words"\n',
        encoding="utf-8",
    )
    with pytest.raises(BudgetError, match="--max-cost"):
        raced(path, budget=Budget(cost=4.0))  # 0.11 a verdict
    assert 8 < asked(server) <= 4.0 / 0.11 + 1
