"""The commands as a person types them: in a process of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.assets

LADDER = '[[candidates]]\nrecipe = "majority"\n[[candidates]]\nrecipe = "tfidf-logistic"\n'
WriteTask = Callable[..., Path]
SOURCE = Path(__file__).parents[2] / "src"


def modicum(*arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modicum", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(SOURCE), "COLUMNS": "80", "NO_COLOR": "1"},
        check=False,
    )


@pytest.fixture
def sized(write_task: WriteTask, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    done = modicum("size", write_task(LADDER), "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_size_prints_a_verdict_and_writes_what_it_says(sized: Path) -> None:
    names = {path.name for path in sized.iterdir()}
    assert {"decision.json", "report.html", "recommended", "trials"} <= names
    page = (sized / "report.html").read_text(encoding="utf-8")
    assert "tfidf-logistic" in page
    assert not any(name.startswith(".") for name in names)


def test_size_fits_into_eighty_columns(write_task: WriteTask, tmp_path: Path) -> None:
    done = modicum("size", write_task(LADDER), "--out", tmp_path / "out")
    assert max(map(len, done.stdout.splitlines()[:-6])) <= 80
    assert "modicum predict" in done.stdout


def test_size_prints_the_decision_as_json(write_task: WriteTask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = modicum("size", write_task(LADDER), "--out", out, "--json")
    assert json.loads(done.stdout) == json.loads((out / "decision.json").read_text())


def test_logs_are_json_lines_when_asked(write_task: WriteTask, tmp_path: Path) -> None:
    done = modicum("--log-json", "size", write_task(LADDER), "--out", tmp_path / "out", "--json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    stages = [line["stage"] for line in lines if "stage" in line]
    assert stages == ["fitting", "tuning", "composing", "judging"]


def test_predict_answers_lines_from_stdin_and_from_a_file(sized: Path, tmp_path: Path) -> None:
    questions = "Who wrote Hamlet ?\nWhere is the Nile ?\n"
    (tmp_path / "lines.txt").write_text(questions, encoding="utf-8")
    piped = modicum("predict", sized, "-", text=questions)
    assert piped.returncode == 0, piped.stderr
    lines = [json.loads(line) for line in piped.stdout.splitlines()]
    assert [line["answer"] for line in lines] == ["HUM", "LOC"]
    assert all(0 < line["confidence"] <= 1 for line in lines)
    assert lines[0]["energy_j"]["unit"] == "J"
    assert modicum("predict", sized, tmp_path / "lines.txt").stdout == piped.stdout


def test_predict_answers_a_column_of_a_table(sized: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,q\n1,Who wrote Hamlet ?\n", encoding="utf-8")
    done = modicum("predict", sized, tmp_path / "t.csv", "--column", "q")
    assert json.loads(done.stdout)["answer"] == "HUM"


def test_predict_answers_the_input_column_of_a_table_by_itself(sized: Path, tmp_path: Path) -> None:
    named = json.loads((sized / "decision.json").read_text())["task"]["inputs"][0]
    (tmp_path / "t.csv").write_bytes(f"other;{named}\nä;Who?\nb;Where?\n".encode("cp1252"))
    done = modicum("predict", sized, tmp_path / "t.csv", "--encoding", "cp1252")
    piped = modicum("predict", sized, "-", text="Who?\nWhere?\n")
    assert done.stdout == piped.stdout
    (tmp_path / "u.csv").write_text("question\nWho?\n")
    assert f"no column {named!r}" in modicum("predict", sized, tmp_path / "u.csv").stderr


def test_predict_without_a_decision_says_how_to_make_one(tmp_path: Path) -> None:
    done = modicum("predict", tmp_path, "-")
    assert done.returncode == 2
    assert "make one with `modicum size TASK.toml" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_init_writes_a_task_that_runs(write_task: WriteTask, tmp_path: Path) -> None:
    data = write_task().with_name("questions.csv")
    done = modicum("init", data)
    assert done.returncode == 0, done.stderr
    assert "reference: column 'label', 5 values" in done.stdout
    task = data.with_suffix(".toml")
    text = task.read_text(encoding="utf-8")
    task.write_text(text + LADDER, encoding="utf-8")
    assert modicum("size", task, "--out", tmp_path / "out").returncode == 0


def test_init_replaces_nothing_unasked(write_task: WriteTask) -> None:
    task = write_task()
    done = modicum("init", task.with_name("questions.csv"), "--out", task)
    assert done.returncode == 2
    assert "--force" in done.stderr


def test_schema_describes_what_size_writes(sized: Path) -> None:
    schema = json.loads(modicum("schema").stdout)
    plain = json.loads((sized / "decision.json").read_text())
    assert set(schema["required"]) <= set(plain) <= set(schema["properties"])


def test_the_ledger_lists_the_run(sized: Path) -> None:
    (run,) = json.loads(modicum("ledger", "--json").stdout)
    assert (run["name"], run["status"]) == ("question-type", "finished")
    assert run["energy_j"]["unit"] == "J"
    assert "question-type" in modicum("ledger").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("size", "none.toml"), "none.toml does not exist"),
        (("init", "none.csv"), "none.csv does not exist"),
        (("size",), "Missing argument"),
    ],
)
def test_bad_input_ends_with_exit_code_two(arguments: tuple[str, ...], sentence: str) -> None:
    done = modicum(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_found_out_before_any_work(
    write_task: WriteTask,
) -> None:
    done = modicum("size", write_task(LADDER), "--out", "/proc/nowhere/out")
    assert done.returncode == 2
    assert "choose another folder with --out" in done.stderr


@pytest.fixture(params=["300k", "700k"])
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A small volume of its own; skipped where nobody may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small volume cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_is_one_sentence_and_nothing_is_half_written(
    write_task: WriteTask, small_disk: Path
) -> None:
    done = modicum("size", write_task(LADDER, rows=5000), "--out", small_disk / "out")
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert not (small_disk / "out" / "decision.json").exists()
    assert len(done.stderr.splitlines()) == 1
    for path in small_disk.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    assert not list(small_disk.rglob(".*"))


def test_control_c_keeps_finished_trials_and_says_how_to_go_on(
    write_task: WriteTask, tmp_path: Path
) -> None:
    ladder = LADDER + '[[candidates]]\nrecipe = "minilm-logistic"\n'
    out, task = tmp_path / "out", write_task(ladder, rows=3000)
    process = subprocess.Popen(
        [sys.executable, "-m", "modicum", "size", str(task), "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )
    for _ in range(1200):
        if list(out.glob("trials/tfidf-logistic-*/fitting.json")) or process.poll() is not None:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    assert not (out / "decision.json").exists()
    kept = {path.parent.name.rsplit("-", 1)[0] for path in out.glob("trials/*/fitting.json")}
    assert {"majority", "tfidf-logistic"} <= kept


def test_importing_modicum_loads_nothing_heavy() -> None:
    code = (
        "import sys, modicum; heavy = {'numpy', 'scipy', 'pydantic', 'sqlalchemy', 'typer'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_help_names_every_command_and_an_example() -> None:
    text = modicum("--help").stdout
    for command in ("size", "predict", "init", "ledger", "schema", "demo", "meter", "plan"):
        assert f" {command} " in text
        assert "Example: " in modicum(command, "--help").stdout, command


def test_the_demo_can_write_its_data_and_task_alone(tmp_path: Path) -> None:
    done = modicum("demo", "--write-only", "--no-llm", "--out", tmp_path)
    if "install" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0
    assert (tmp_path / "messages.csv").read_text(encoding="utf-8").startswith("text,label\n")
    assert f"modicum size {tmp_path / 'task.toml'}" in done.stdout
    assert not (tmp_path / "decision.json").exists()
