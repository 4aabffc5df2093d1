from pathlib import Path

import pytest

from modicum.errors import TaskError
from modicum.tasks import load_task, parse_spec

GOOD = """
[task]
name = "t"
data = "t.csv"
input = "text"
reference = "label"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "task.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_minimal_task_gets_the_documented_defaults(tmp_path: Path) -> None:
    spec = load_task(written(tmp_path, GOOD)).spec
    assert (spec.version, spec.task.kind, spec.task.metric) == (1, "classify", "accuracy")
    assert (spec.adequate.margin, spec.adequate.confidence) == (0.02, 0.95)
    assert (spec.adequate.reference, spec.adequate.objective) == ("best", "energy")


def test_data_files_are_relative_to_the_task_file(tmp_path: Path) -> None:
    assert load_task(written(tmp_path, GOOD)).data_files == (tmp_path.resolve() / "t.csv",)


def test_a_candidate_is_named_after_its_recipe_and_keeps_its_own_options(tmp_path: Path) -> None:
    text = GOOD + '[[candidates]]\nrecipe = "llm"\nmodel = "m"\n'
    (candidate,) = load_task(written(tmp_path, text)).spec.candidates
    assert (candidate.name, candidate.options) == ("llm", {"model": "m"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[task", "is not valid TOML"),
        (GOOD.replace("[task]", "[tsk]"), "unknown key [tsk]: did you mean 'task'?"),
        (
            GOOD.replace("reference =", "referense ="),
            "unknown key referense in [task]: did you mean 'reference'?",
        ),
        (GOOD.replace('input = "text"', ""), "input in [task] is missing: add it"),
        (GOOD + 'metrik = "accuracy"\n', "unknown key metrik in [task]: did you mean 'metric'?"),
        (GOOD + "[adequate]\nmargin = 2\n", "margin in [adequate] is 2: input should be less"),
        (GOOD + "[adequate]\nmargn = 2\n", "did you mean 'margin'?"),
        (GOOD + 'metric = "acuracy"\n', "metric in [task] is 'acuracy'"),
        ("version = 99\n" + GOOD, "written for task version 99, this program reads up to 1"),
        ('version = "new"\n' + GOOD, "version is 'new', a whole number from 1 was wanted"),
        (GOOD + "[[candidates]]\nname = 'x'\n", "[[candidates]] number 1, recipe is missing"),
        (
            GOOD + "[[candidates]]\nrecipe = 'a'\n[[candidates]]\nrecipe = 'a'\n",
            "two candidates are named 'a'",
        ),
        (GOOD + 'metric = "cost"\n', "go together"),
        (GOOD + "[split]\nfractions = [0.5, 0.5, 0.5]\n", "sum to 1"),
    ],
)
def test_a_fault_is_one_sentence_with_the_cure(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(TaskError) as caught:
        load_task(written(tmp_path, text))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value).replace(str(tmp_path), "")


def test_a_missing_task_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="modicum init"):
        load_task(tmp_path / "none.toml")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "task.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_task(path).name == "t"


def test_plain_data_is_checked_like_a_file() -> None:
    with pytest.raises(TaskError, match="name in \\[task\\]"):
        parse_spec({"task": {"name": "../up", "data": "d", "input": "i", "reference": "r"}})
