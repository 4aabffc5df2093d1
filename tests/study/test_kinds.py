"""Studies of the other kinds of task, and what keeps them within bounds, end to end."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from races import raced
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.errors import BudgetError, TaskError
from modicum.study.budget import Budget, parse_energy
from modicum.study.leaving import leaving
from modicum.study.verify import verify
from modicum.tasks import load_task

Answer = Callable[[str], str]
CITIES = (("Reno", "NV"), ("Oak Park", "IL"), ("Salem", "OR"), ("Ames", "IA"))


def spelt(n: int) -> str:
    """A number in letters, which no near-duplicate search takes for another."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(n))


def address_task(folder: Path, more: str = "") -> Path:
    with (folder / "a.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["address", "city", "state"])
        for n in range(240):
            city, state = CITIES[n * 7 % 4]
            text = f"{n * 13} {['Elm', 'Oak', 'Ash', 'Fir', 'Bay'][n % 5]} Rd {n}, {city} {state}"
            writer.writerow([text, city, state])
    path = folder / "a.toml"
    path.write_text(
        '[task]\nname="a"\nkind="extract"\ndata="a.csv"\ninput="address"\n'
        'fields=["city", "state"]\n' + more
    )
    return path


def test_an_extraction_is_decided_with_its_fields_and_can_be_made_again(tmp_path: Path) -> None:
    path = address_task(
        tmp_path, '[[candidates]]\nrecipe="majority"\n[[candidates]]\nrecipe="gazetteer"\n'
    )
    document = raced(path)
    assert document.recommended == "gazetteer"
    assert {p.name for p in document.candidate("majority").parts} == {"city", "state"}
    assert document.task.fields == ["city", "state"]
    assert verify(tmp_path / "out").holds
    shown = CliRunner().invoke(app, ["predict", str(tmp_path / "out")], input="1 Elm Rd, Ames IA\n")
    assert json.loads(shown.output)["answer"] == {"city": "Ames", "state": "IA"}


def test_graded_losses_are_decided_by_betting(tmp_path: Path) -> None:
    rows = [
        {"q": f"{spelt(n)} {spelt(n * n)} {spelt(n + 7)}", "a": "one two" if n % 3 else "one"}
        for n in range(160)
    ]
    (tmp_path / "g.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "g.toml"
    path.write_text(
        '[task]\nname="g"\nkind="generate"\ndata="g.jsonl"\ninput="q"\nreference="a"\n'
        'metric="token_f1"\n[[candidates]]\nrecipe="majority"\n[[candidates]]\nrecipe="cache-words"\n'
    )
    document = raced(path)
    tests = {c.test.name for c in document.candidates if c.test and c.name != document.reference}
    assert tests <= {"betting", "clustered score"}
    assert document.task.classes == 0


@pytest.mark.assets
def test_a_big_candidate_labels_what_people_did_not(
    trec: list[tuple[str, str]], tmp_path: Path
) -> None:
    rows = [row for row in trec if row[1] != "ABBR"][:700]
    with (tmp_path / "q.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "said"), *rows])
    path = tmp_path / "q.toml"
    path.write_text(
        '[task]\nname="q"\ndata="q.csv"\ninput="text"\nclasses=["DESC","ENTY","HUM","LOC","NUM"]\n'
        '[adequate]\nreference={candidate="big", labels=400}\n'
        '[[candidates]]\nrecipe="recorded"\nname="big"\nanswer="said"\n'
        '[[candidates]]\nrecipe="naive-bayes"\n'
    )
    document = raced(path)
    big, small = document.candidate("big"), document.candidate("naive-bayes")
    assert document.reference == "big"
    assert big.loss is not None
    assert big.loss.value == 0
    assert small.test is not None
    assert small.test.name == "exact binomial on disagreement"
    assert document.splits["judge"] <= 200
    assert any("right means the same as big" in note for note in document.notes)
    assert any("quick student" in note for note in document.notes)


def with_model(folder: Path, server: ThreadingHTTPServer, more: str = "") -> Path:
    return address_task(
        folder,
        '[[candidates]]\nrecipe="majority"\n[[candidates]]\nrecipe="llm"\nname="big"\nmodel="m"\n'
        f'base_url="http://127.0.0.1:{server.server_address[1]}/v1"\nprice_in=1000\nprice_out=1000\n'
        'cache="kept"\n' + more,
    )


def last_words(text: str) -> str:
    head, _, state = text.rpartition(" ")
    return json.dumps({"city": head.rpartition(", ")[2], "state": state})


def test_a_study_stops_before_it_costs_too_much_and_goes_on_where_it_was(
    model: Callable[[Answer], ThreadingHTTPServer], tmp_path: Path
) -> None:
    server = model(last_words)
    path = with_model(tmp_path, server)
    with pytest.raises(BudgetError, match=r"--resume and a higher --max-cost"):
        raced(path, budget=Budget(cost=4.0))  # 0.11 an answer
    asked = server.asked  # type: ignore[attr-defined]
    assert 0.11 * asked <= 4.2
    document = raced(path, resume=True, budget=Budget(cost=1000.0))
    assert document.recommended == "big"
    rows = document.splits["tune"] + document.splits["judge"]
    assert server.asked <= rows + 5  # type: ignore[attr-defined]  # and the trial at the start
    assert server.asked > asked  # type: ignore[attr-defined]
    before = server.asked  # type: ignore[attr-defined]
    raced(path)
    assert server.asked == before  # type: ignore[attr-defined]  # what was resumed was kept, too


def test_a_study_stops_before_it_uses_too_much_energy(tmp_path: Path) -> None:
    path = address_task(tmp_path, '[[candidates]]\nrecipe="tagger"\n')
    with pytest.raises(BudgetError, match="--max-energy"):
        raced(path, budget=Budget(energy_j=1e-9))


def test_energies_are_read_with_their_unit() -> None:
    assert parse_energy("0.1kWh") == pytest.approx(360_000)
    with pytest.raises(TaskError, match="500J, 2Wh"):
        parse_energy("much")


def test_what_would_leave_is_listed_and_needs_a_yes(tmp_path: Path) -> None:
    path = address_task(
        tmp_path,
        '[adequate]\nreference={candidate="big"}\n[[candidates]]\nrecipe="llm"\nname="big"\n'
        'model="gpt-5-nano"\nbase_url="https://api.openai.com/v1"\n',
    )
    (found,) = leaving(load_task(path))
    assert (found.host, found.columns) == ("api.openai.com", ("address", "city", "state"))
    assert found.warning is not None
    assert "OpenAI" in found.warning
    path.write_text(path.read_text().replace("api.openai.com", "models.example"))
    (unlisted,) = leaving(load_task(path))
    assert unlisted.warning is not None
    assert "not in the table" in unlisted.warning
    path.write_text(path.read_text().replace("models.example", "api.openai.com"))
    shown = CliRunner().invoke(app, ["size", str(path), "--out", str(tmp_path / "o")])
    assert isinstance(shown.exception, TaskError)
    assert "--yes" in str(shown.exception)
    assert not (tmp_path / "o").exists()


def test_a_model_on_this_machine_needs_no_yes(tmp_path: Path) -> None:
    more = '[[candidates]]\nrecipe="llm"\nname="big"\nmodel="m"\nbase_url="http://127.0.0.1:9/v1"\n'
    assert leaving(load_task(address_task(tmp_path, more))) == []


def test_a_judge_model_scores_answers_and_its_bias_is_told(
    model: Callable[[Answer], ThreadingHTTPServer], tmp_path: Path
) -> None:
    def verdict(text: str) -> str:
        lines = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
        return "right" if lines["Answer"] in lines["Reference"] else "wrong"

    server = model(verdict)
    rows = [
        {"q": f"thing {spelt(n)} of {spelt(n * n)}", "a": "yes it is" if n % 4 else "no"}
        for n in range(120)
    ]
    (tmp_path / "j.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "people.csv").write_text(
        "question,reference,answer,right\n"
        + "".join(f"q{n},yes it is,{'yes' if n % 2 else 'no'},{n % 2 == 1}\n" for n in range(40))
    )
    path = tmp_path / "j.toml"
    path.write_text(
        '[task]\nname="j"\nkind="generate"\ndata="j.jsonl"\ninput="q"\nreference="a"\n'
        'metric="judge"\n[task.judge]\nmodel="m"\nhuman="people.csv"\n'
        f'base_url="http://127.0.0.1:{server.server_address[1]}/v1"\n'
        '[[candidates]]\nrecipe="majority"\n[[candidates]]\nrecipe="cache-exact"\n'
    )
    document = raced(path)
    loss = document.candidate("majority").loss
    assert loss is not None
    assert 0.1 < loss.value < 0.4
    (note,) = [n for n in document.notes if "people scored the judge model" in n]
    assert "agreed in 100.0%" in note
    assert any("so is the promise" in n for n in document.notes)
