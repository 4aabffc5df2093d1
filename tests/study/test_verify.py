"""A decision is made again from its evidence; whatever was changed shows."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.decision.document import read_decision
from modicum.decision.settle import JOINT
from modicum.errors import ArtefactError
from modicum.ledger import open_ledger
from modicum.metering import Meter
from modicum.study import run_study
from modicum.study.deciding import decision_from
from modicum.study.rules import Rules
from modicum.study.verify import differences, verify
from modicum.tasks import load_task

pytestmark = pytest.mark.assets

TASK = """slices = ["source"]
[adequate]
reference = "big"
[volume]
requests_per_month = 1000
region = "FR"
[[candidates]]
recipe = "majority"
[[candidates]]
recipe = "tfidf-logistic"
[[candidates]]
recipe = "recorded"
name = "big"
answer = "said"
energy_j = "joules"
"""
COLUMNS = {"said": ["HUM", "LOC"], "joules": [500, 700], "source": ["web", "web", "phone"]}


@pytest.fixture
def decided(write_task: Callable[..., Path], tmp_path: Path) -> Path:
    ledger = open_ledger()
    try:
        run_study(load_task(write_task(TASK, extra=COLUMNS)), tmp_path / "out", ledger, Meter())
    finally:
        ledger.close()
    return tmp_path / "out"


def numbers(plain: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from numbers(value, (*path, key))
    elif isinstance(plain, list):
        for at, value in enumerate(plain):
            yield from numbers(value, (*path, at))
    elif isinstance(plain, int | float) and not isinstance(plain, bool):
        yield path


def changed(plain: Any, path: tuple[Any, ...], rng: random.Random) -> Any:
    copy = json.loads(json.dumps(plain))
    at = copy
    for key in path[:-1]:
        at = at[key]
    old = at[path[-1]]
    factor = rng.choice([0.5, 0.9, 0.999, 1.001, 1.1, 10.0])
    at[path[-1]] = old + rng.choice([-1, 1]) if isinstance(old, int) or old == 0 else old * factor
    return copy


def test_an_untouched_decision_holds_and_each_of_500_changed_figures_is_found(
    decided: Path,
) -> None:
    assert verify(decided).holds
    path = decided / "decision.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    places, rng = list(numbers(plain)), random.Random(7)
    assert len(places) > 100
    good, missed = read_decision(decided), []
    for at in range(500):
        place = rng.choice(places)
        path.write_text(json.dumps(changed(plain, place, rng)), encoding="utf-8")
        try:
            # The first few the whole way; what is made from evidence is the same every time.
            holds = (
                verify(decided).holds if at < 10 else not differences(read_decision(decided), good)
            )
        except ArtefactError:
            continue  # a number that no longer is a decision's at all
        if holds:
            missed.append(place)
    assert missed == []


def test_changed_evidence_is_found_even_with_a_mended_digest(decided: Path) -> None:
    path = decided / "evidence.json"
    plain = json.loads(path.read_text(encoding="utf-8"))
    plain["trials"][0]["judge"]["losses"][0] ^= 1
    path.write_text(json.dumps(plain), encoding="utf-8")
    found = {fault.where for fault in verify(decided).faults}
    assert "evidence" in found
    assert "candidates.majority.loss.value" in found


def test_a_changed_candidate_folder_is_found(decided: Path) -> None:
    with (decided / "recommended" / "document.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    assert [f.where for f in verify(decided).faults] == ["fingerprints.recommended"]


def test_the_ledgers_copy_is_compared(decided: Path) -> None:
    ledger = open_ledger()
    (recorded,) = ledger.decisions("question-type")
    assert ledger.decisions("another") == []
    ledger.close()
    assert verify(decided, recorded).holds
    other = recorded.replace('"margin":0.02', '"margin":0.03')
    found = [f.where for f in verify(decided, other).faults]
    assert "margin (on record in the ledger)" in found
    assert all(where.endswith("(on record in the ledger)") for where in found)


def test_changed_data_is_found_where_the_task_is_given(decided: Path) -> None:
    path = decided.parent / "task" / "task.toml"
    assert verify(decided, task=load_task(path)).holds
    data = path.parent / "questions.csv"
    text = data.read_text(encoding="utf-8")
    data.write_text(text.replace(",HUM,HUM,", ",NUM,HUM,", 1), encoding="utf-8")
    found = {fault.where for fault in verify(decided, task=load_task(path)).faults}
    assert "fingerprints.data (of the task's data)" in found


def test_a_decision_without_evidence_cannot_be_verified(decided: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(decided / "decision.json", bare)
    with pytest.raises(ArtefactError, match=r"no evidence\.json"):
        verify(bare)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 9}', '{"version"'])
def test_damaged_evidence_is_refused_in_one_sentence(decided: Path, text: str) -> None:
    (decided / "evidence.json").write_text(text, encoding="utf-8")
    with pytest.raises(ArtefactError):
        verify(decided)


def test_evidence_holds_no_input(decided: Path) -> None:
    text = (decided / "evidence.json").read_text(encoding="utf-8")
    data = (decided.parent / "task" / "questions.csv").read_text(encoding="utf-8")
    first = data.splitlines()[1].rsplit(",", 4)[0].strip('"')
    assert len(first) > 10
    assert first not in text


@pytest.fixture
def contested(write_task: Callable[..., Path], tmp_path: Path) -> Path:
    """Two small candidates that are tested jointly."""
    rng, rows = random.Random(4), 1500
    big = [rng.random() < 0.85 for _ in range(rows)]
    columns: dict[str, list[Any]] = {"big": [int(right) for right in big]}
    for name, worse in (("small", 0.05), ("middle", 0.04)):
        columns[name] = [int(rng.random() > worse if b else rng.random() < 0.2) for b in big]
    columns |= {f"{name}_j": [j] for name, j in (("small", 1), ("middle", 10), ("big", 100))}
    tables = "".join(
        f'[[candidates]]\nrecipe = "recorded"\nname = "{n}"\ncorrect = "{n}"\nenergy_j = "{n}_j"\n'
        for n in ("small", "middle", "big")
    )
    task = f'[adequate]\nreference = "big"\nmargin = 0.03\n{tables}'
    ledger = open_ledger()
    try:
        path = write_task(task, rows=rows, extra=columns)
        run_study(load_task(path), tmp_path / "contested", ledger, Meter())
    finally:
        ledger.close()
    return tmp_path / "contested"


def aged(folder: Path, change: Callable[[dict[str, Any]], None], code: str) -> None:
    """As an older version would have left it: evidence without the rules, made by other code."""
    evidence = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    del evidence["rules"]
    for trial in evidence["trials"]:
        del trial["stopped"], trial["dear"]
    del evidence["look"]["proven"]
    evidence["code"] = code
    text = json.dumps(evidence)
    (folder / "evidence.json").write_text(text, encoding="utf-8")
    made = decision_from(text, older=Rules(joint=False, turns=False)).model_dump(mode="json")
    change(made)
    (folder / "decision.json").write_text(json.dumps(made), encoding="utf-8")


def test_a_decision_from_before_the_joint_test_is_verified_by_the_procedure_it_names(
    contested: Path,
) -> None:
    assert read_decision(contested).multiplicity.startswith(JOINT)
    aged(contested, lambda _: None, "an older version")
    assert read_decision(contested).multiplicity.startswith("fallback")
    assert verify(contested).holds


def test_shares_that_only_an_older_version_knows_are_named_and_no_fault(contested: Path) -> None:
    def shared(made: dict[str, Any]) -> None:
        made["candidates"][0]["test"]["level"] = 0.033

    aged(contested, shared, "0123456789abcdef")
    found = verify(contested)
    assert not found.holds
    assert found.faults == ()
    assert [f.where for f in found.unmade] == ["candidates.small.test.level"]
    done = CliRunner().invoke(app, ["verify", str(contested)])
    assert done.exit_code == 3
    assert "cannot be made again by this version" in done.stdout
    assert "code 0123456789ab" in done.stdout


def test_what_an_older_version_could_not_have_said_is_a_fault_all_the_same(contested: Path) -> None:
    def forged(made: dict[str, Any]) -> None:
        made["candidates"][1]["adequate"] = not made["candidates"][1]["adequate"]

    aged(contested, forged, "0123456789abcdef")
    assert "candidates.middle.adequate" in [f.where for f in verify(contested).faults]
