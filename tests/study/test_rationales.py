"""Rationales teach a student only where tune shows that they help; nothing else sees them."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from races import raced

from modicum.errors import DataError, TaskError
from modicum.study.rationales import lessons, without_names
from modicum.study.verify import verify
from modicum.tasks import load_dataset, load_task
from modicum.tasks.load import parse_spec

LADDER = '[[candidates]]\nrecipe = "majority"\n[[candidates]]\nrecipe = "tfidf-logistic"\n'
HEAD = (
    '[task]\nname = "why"\ndata = "rows.csv"\ninput = "text"\nreference = "label"\n'
    'rationale = "why"\n'
)


def task_of(folder: Path, rows: list[tuple[str, str, str]], more: str = LADDER) -> Path:
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "why"])
        writer.writerows(rows)
    path = folder / "task.toml"
    path.write_text(HEAD + more, encoding="utf-8")
    return path


def constructed(told: bool) -> list[tuple[str, str, str]]:
    """A made-up task: a text holds one of 80 words of its class, its rationale three of them.

    told: whether the rationale's words are of the class; else they are of any.
    """
    rng = random.Random(0)
    own = {c: [f"{c}{i:02d}x" for i in range(80)] for c in ("abba", "beta", "gama")}
    every, rows = [word for words in own.values() for word in words], []
    for i in range(360):
        label = list(own)[i % 3]
        filler = " ".join(rng.choice(("we", "saw", "it", "then", "and", "so")) for _ in range(5))
        why = " ".join(rng.choice(own[label] if told else every) for _ in range(3))
        rows.append((f"{filler} {rng.choice(own[label])} {i}", label, why))
    return rows


def test_rationales_that_help_are_used_and_it_is_said_what_they_gained(tmp_path: Path) -> None:
    path = task_of(tmp_path, constructed(told=True))
    document = raced(path, tmp_path / "out")
    found = document.candidate("tfidf-logistic")
    assert found.rationales is not None
    assert found.rationales.used
    assert found.rationales.loss_with < found.rationales.loss_without - 0.2
    assert any(n.startswith(f"rationales of {document.splits['fit']}") for n in found.notes)
    assert document.candidate("majority").rationales is None
    assert verify(tmp_path / "out").holds
    plain = path.read_text(encoding="utf-8").replace('rationale = "why"\n', "")
    path.write_text(plain, encoding="utf-8")
    without = raced(path, tmp_path / "plain").candidate("tfidf-logistic")
    assert without.rationales is None
    assert without.loss is not None
    assert found.loss is not None
    assert found.loss.value < without.loss.value - 0.1


def test_rationales_that_say_nothing_are_tried_and_left(tmp_path: Path) -> None:
    found = raced(task_of(tmp_path, constructed(told=False)), tmp_path / "out").candidate(
        "tfidf-logistic"
    )
    assert found.rationales is not None
    assert not found.rationales.used
    assert any("tried and not used" in note for note in found.notes)


def test_a_resumed_study_keeps_what_was_found_and_a_second_fit_keeps_the_rationales(
    tmp_path: Path,
) -> None:
    more = f"[split]\nrefit = true\n{LADDER}"
    path = task_of(tmp_path, constructed(told=True), more)
    first = raced(path, tmp_path / "out").candidate("tfidf-logistic")
    again = raced(path, tmp_path / "out", resume=True).candidate("tfidf-logistic")
    assert first.rationales is not None
    assert again.rationales == first.rationales
    assert again.notes == first.notes
    assert first.loss is not None
    assert first.loss.value < 0.5  # chance is .67; without rationales about .6


def test_other_rationales_are_other_data(tmp_path: Path) -> None:
    prints = []
    for told in (True, False):
        task = load_task(task_of(tmp_path, constructed(told)))
        prints.append(load_dataset(task).fingerprint())
    assert prints[0] != prints[1]


class _Study:
    """What `lessons` reads of a study."""

    def __init__(self, path: Path) -> None:
        self.task = load_task(path)
        self.dataset = load_dataset(self.task)


def test_names_of_classes_and_texts_of_any_row_are_no_lesson(tmp_path: Path) -> None:
    rows = [
        ("where is my card", "lost_card", "It is a Lost Card since it cannot be found"),
        ("my card went missing", "lost_card", "where is  MY card"),  # another row's input
        ("no idea where it went", "lost_card", "lost-card."),  # nothing is left
        ("somebody took it", "lost_card", ""),
        *((f"how do I add money {i}", "top_up", "money goes in, so top up") for i in range(4)),
    ]
    study: Any = _Study(task_of(tmp_path, rows))
    found = lessons(study, range(len(rows)))
    assert found is not None
    assert set(zip(found.inputs, found.references, strict=True)) == {
        ("It is a since it cannot be found", "lost_card"),
        ("money goes in, so", "top_up"),
    }


def test_a_name_inside_a_word_stays() -> None:
    assert without_names("a category of cats", ["cat"]) == "a category of cats"
    assert without_names("C++ or c", ["C++", "c"]) == "or"


@pytest.mark.parametrize(
    ("more", "error", "match"),
    [
        ({"rationale": "text"}, TaskError, "the input or the reference already"),
        ({"rationale": "why", "kind": "generate"}, TaskError, "belongs to kind"),
    ],
)
def test_a_rationale_that_cannot_be_one_is_refused(
    more: dict[str, str], error: type[Exception], match: str
) -> None:
    task = {"name": "t", "data": "d.csv", "input": "text", "reference": "label", **more}
    with pytest.raises(error, match=match):
        parse_spec({"task": task})


def test_a_column_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    path = task_of(tmp_path, constructed(told=True))
    path.write_text(HEAD.replace('"why"\nd', '"w"\nd').replace('= "why"', '= "whi"'), "utf-8")
    with pytest.raises(DataError, match="did you mean 'why'"):
        load_dataset(load_task(path))
    rows = [{"text": f"t {i}", "label": "ab"[i % 2], "why": i} for i in range(8)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    path.write_text(HEAD.replace("rows.csv", "rows.jsonl"), encoding="utf-8")
    with pytest.raises(DataError, match="a cell that is not text in column 'why'"):
        load_dataset(load_task(path))
