"""A recorded column compared with itself as the reference loses nothing, whatever the task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modicum.candidates.protocol import Answers, Examples
from modicum.candidates.recorded import RecordedCandidate, RecordedRecipe
from modicum.errors import CandidateError
from modicum.tasks import load_dataset, load_task
from modicum.tasks.load import Task

SETS = 'multi_label = true\nreference = "right"\n'
WRITTEN = 'kind = "generate"\nreference = "right"\n'
EXTRACT = 'kind = "extract"\nfields = ["city", "zip"]\n'
OBJECTS = EXTRACT + 'reference = "right"\n'

CASES: dict[str, tuple[str, list[Any]]] = {
    "classes": ('reference = "right"\n', ["a", "none", " a ", "b", "null", "N/A", "none", "b"]),
    "whole numbers in a column with gaps": ('reference = "right"\n', [1, 2.0, 1.0, 2]),
    "sets joined by the usual separator": (SETS, ["a;b", "b", "", "b; a", "a;"]),
    "sets joined by one of their own": (SETS + 'separator = "|"\n', ["a|b", "b;c", "", "a"]),
    "sets as lists": (SETS, [["a", "b"], [], ["b", "a"], '["a", "c"]']),
    "sets that must be the same": (SETS + 'metric = "subset"\n', ["a;b", ["b", "a"], None]),
    "objects": (OBJECTS, [{"city": "Reno", "zip": 89501}, {"zip": None, "city": "Ely"}]),
    "objects as text": (OBJECTS, ['{"zip": "1", "city": " Reno "}', '{"city": "Ely"}']),
    "objects, all fields": (OBJECTS + 'metric = "all_fields"\n', [{"city": "Reno"}, {"zip": 1.0}]),
    "objects with types": (
        OBJECTS + 'types = {zip = "number"}\n',
        [{"city": "Reno", "zip": 89501}, '{"zip": "7"}'],
    ),
    "texts": (WRITTEN, ["none", "Ada ", 18.0, "N/A"]),
    "texts of which several are right": (WRITTEN, [["Ada", "Ada L."], ["Bob"]]),
    "texts by their words": (WRITTEN + 'metric = "token_f1"\n', ["null", ["Ada L.", "Ada"]]),
    "numbers": (WRITTEN + 'metric = "numeric"\n', [18.0, "3", 2.5]),
}


def task_of(folder: Path, section: str, rows: list[dict[str, Any]]) -> Task:
    lines = (json.dumps({"text": f"text {n}", **row}) for n, row in enumerate(rows))
    (folder / "d.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "t.toml").write_text(
        f'[task]\nname = "t"\ndata = "d.jsonl"\ninput = "text"\nmin_examples = 1\n{section}',
        encoding="utf-8",
    )
    return load_task(folder / "t.toml")


def fitted(task: Task, answer: object) -> tuple[RecordedCandidate, Examples]:
    data, section = load_dataset(task), task.spec.task
    rows = Examples(
        data.inputs, data.references, data.classes, data.columns, section, data.alternatives
    )
    options = {"answer": answer}
    return RecordedRecipe().fit(rows, rows.none(), name="big", seed=0, options=options), rows


def answered(candidate: RecordedCandidate, rows: Examples) -> Answers:
    return candidate.answer_rows(rows.inputs, rows.columns)


@pytest.mark.parametrize(("section", "cells"), CASES.values(), ids=CASES.keys())
def test_it_loses_nothing_fitted_or_loaded(section: str, cells: list[Any], tmp_path: Path) -> None:
    candidate, rows = fitted(task_of(tmp_path, section, [{"right": c} for c in cells]), "right")
    (tmp_path / "saved").mkdir()
    candidate.save(tmp_path / "saved")
    loaded = RecordedRecipe().load(tmp_path / "saved", name="big")
    for one in (candidate, loaded):
        found = answered(one, rows)
        assert rows.losses(found.values) == [0.0] * len(cells)
        assert found.errors == (None,) * len(cells)
    assert candidate.answer(rows.inputs).values == answered(candidate, rows).values


def test_fields_have_a_column_each_where_the_references_do(tmp_path: Path) -> None:
    addresses = [("Reno", 89501), ("Ely", None), (None, None)]
    task = task_of(
        tmp_path,
        EXTRACT,
        [{"city": c, "zip": z, "said": c, "digits": str(z or "")} for c, z in addresses],
    )
    for answer in ({"city": "city", "zip": "zip"}, {"city": "said", "zip": "digits"}):
        candidate, rows = fitted(task, answer)
        assert rows.losses(answered(candidate, rows).values) == [0.0] * 3
    candidate, rows = fitted(task, {"city": "said"})
    assert rows.losses(answered(candidate, rows).values) == [0.5, 0.0, 0.0]
    with pytest.raises(CandidateError, match="answers of a field 'citty': did you mean 'city'"):
        fitted(task, {"citty": "city"})


def test_what_is_not_written_so_is_no_answer_and_says_what_was_wanted(tmp_path: Path) -> None:
    rows = [{"right": "a;b", "said": 3}, {"right": "a", "said": "a"}]
    candidate, examples = fitted(task_of(tmp_path, SETS, rows), "said")
    found = answered(candidate, examples)
    assert found.values == (None, '["a"]')
    assert found.errors is not None
    assert found.errors[0] == (
        "row 1 has no such answer in column 'said': "
        "a list, or texts joined by ';', was wanted, got 3"
    )
