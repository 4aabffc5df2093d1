"""Writes the task of the answer cache from a csv of questions: text,category.

It stands for a help desk whose retrieval pipeline was logged for a while: each question, and the
article that the pipeline answered with.  Here the article is named by the question's category, so
the pipeline is taken to be right; what it read and wrote is an assumption that is stated below.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

OUT = Path("modicum-runs/rag-cache-data")
READ, WRITTEN = 900, 60  # tokens a request: four retrieved passages and a short answer, assumed
TASK = """version = 1

[task]
name = "rag-cache"
kind = "generate"
data = "log.jsonl"
input = "question"
reference = "answer"
metric = "exact_match"

[adequate]
reference = "rag"
margin = 0.03                  # three more wrong articles in a hundred are bearable
confidence = 0.95

[volume]
requests_per_month = 1_000_000
region = "DEU"

[[candidates]]
recipe = "cache-exact"

[[candidates]]
recipe = "cache-words"

[[candidates]]
recipe = "cache-minilm"

[[candidates]]
recipe = "recorded"            # the pipeline, as it was logged
name = "rag"
answer = "answer"
tokens_in = "tokens_in"
tokens_out = "tokens_out"

[[candidates]]
recipe = "cascade"             # the cache answers what it is sure of, the pipeline the rest
name = "cache-before-rag"
stages = ["cache-minilm", "rag"]
"""


def main(file: str) -> None:
    """Write log and task into OUT."""
    OUT.mkdir(parents=True, exist_ok=True)
    with Path(file).open(encoding="utf-8", newline="") as rows:
        lines = [json.dumps(record(row), ensure_ascii=False) for row in csv.DictReader(rows)]
    (OUT / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (OUT / "rag-cache.toml").write_text(TASK, encoding="utf-8")


def record(row: dict[str, str]) -> dict[str, str | int]:
    """One logged request."""
    article = row["category"].replace("_", " ").capitalize()
    return {
        "question": row["text"],
        "answer": f"See the article: {article}.",
        "tokens_in": READ,
        "tokens_out": WRITTEN,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
