"""A judge model scored everything, people a part: whose promise the decision gives."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from hashlib import sha256
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from races import raced

from modicum.decision.judged import TEST
from modicum.errors import DataError
from modicum.study.people import COLUMNS, FILE, read_scores
from modicum.study.verify import verify

Start = Callable[[Callable[[str], str]], ThreadingHTTPServer]


def question(n: int) -> str:
    """Four words that no near-duplicate search takes for another four."""
    digest = sha256(str(n).encode()).hexdigest()
    return " ".join(digest[at : at + 8] for at in range(0, 32, 8))


def task_of(folder: Path, server: ThreadingHTTPServer, human: str = "") -> Path:
    """One candidate errs in one answer of eight, which its judge does not see; the other never."""
    rows = [
        {"q": question(n), "a": f"thing {n}", "small": f"thing {n if n % 8 else n + 1}", "e": 1}
        for n in range(310)
    ]
    (folder / "j.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = folder / "j.toml"
    path.write_text(
        '[task]\nname="j"\nkind="generate"\ndata="j.jsonl"\ninput="q"\nreference="a"\n'
        f'metric="judge"\n[task.judge]\nmodel="m"\n{human}'
        f'base_url="http://127.0.0.1:{server.server_address[1]}/v1"\n'
        '[adequate]\nreference="big"\ncompose=false\n[split]\nfractions=[0.1, 0.2, 0.7]\n'
        '[[candidates]]\nrecipe="recorded"\nname="small"\nanswer="small"\n'
        '[[candidates]]\nrecipe="recorded"\nname="big"\nanswer="a"\nenergy_j="e"\n'
    )
    return path


def test_people_decide_where_they_scored_enough_and_the_report_says_whose_promise_it_is(
    model: Start, tmp_path: Path
) -> None:
    server = model(lambda _: "right")
    flattered = raced(task_of(tmp_path, server))
    small = flattered.candidate("small")
    assert small.loss is not None
    assert (small.adequate, small.loss.value) == (True, 0.0)
    assert any("so is the promise" in note for note in flattered.notes)
    asked = server.asked  # type: ignore[attr-defined]
    with (tmp_path / "out" / FILE).open(newline="", encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert len({row["question"] for row in listed}) == 200
    with (tmp_path / "people.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in listed:
            writer.writerow({**row, "right": str(row["answer"] == row["reference"])})
    corrected = raced(task_of(tmp_path, server, 'human="people.csv"\n'), resume=True)
    small = corrected.candidate("small")
    assert small.loss is not None
    assert small.test is not None
    assert (small.adequate, small.test.name) == (False, TEST)
    assert small.loss.low < 1 / 8 < small.loss.high
    assert any("the promise is about their scores" in note for note in corrected.notes)
    # the bias is told by verdicts that were paid for already
    assert server.asked == asked  # type: ignore[attr-defined]
    assert verify(tmp_path / "out").holds
    assert (tmp_path / "out" / FILE).read_text().splitlines() == [",".join(COLUMNS)]


def test_a_score_that_is_neither_true_nor_false_is_refused_and_an_empty_one_waits(
    tmp_path: Path,
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("question,reference,answer,right\nq, r ,a,yes\nq,r,b,\n")
    assert read_scores(path) == {("q", "r", "a"): 0.0}
    path.write_text("question,reference,answer,right\nq,r,a,perhaps\n")
    with pytest.raises(DataError, match=r"row 1 has 'perhaps'.*true or false"):
        read_scores(path)
