"""Small logs for the tests: real questions in the templates that a program would send."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]
Make = Callable[[str, random.Random], Record]


class Log:
    """Writes logs of chat completions over real questions."""

    def __init__(self, folder: Path, questions: list[tuple[str, str]]) -> None:
        self.folder, self.questions = folder, questions
        self.texts = [text.rstrip(" ?.") for text, _ in questions]  # they all end alike

    def chat(self, said: str, answer: str, system: str = "", **more: Any) -> Record:
        """One record; `more` are further keys."""
        head = [{"role": "system", "content": system}] if system else []
        return {
            "model": "gpt-4o",
            "messages": [*head, {"role": "user", "content": said}],
            "choices": [{"message": {"role": "assistant", "content": answer}}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 3},
            **more,
        }

    def made(self, count: int, make: Make, seed: int = 0) -> list[Record]:
        """`count` records, each of a question and a generator of its own numbers."""
        r = random.Random(seed)
        return [make(r.choice(self.texts), r) for _ in range(count)]

    def some(self, r: random.Random, most: int = 3) -> str:
        """One to `most` questions."""
        return " ".join(r.choice(self.texts) for _ in range(r.randint(1, most)))

    def free(self, count: int) -> list[Record]:
        """People talking: no template."""
        return self.made(count, lambda _, r: self.chat(self.some(r), self.some(r)), seed=1)

    def write(self, records: Sequence[Record | str | bytes], name: str = "log.jsonl") -> Path:
        """A file of these lines; gzip where the name says so."""
        data = b"\n".join(_line(record) for record in records) + b"\n"
        path = self.folder / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path


def _line(record: Record | str | bytes) -> bytes:
    if isinstance(record, bytes):
        return record
    text = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
    return text.encode()


@pytest.fixture
def log(tmp_path: Path, trec: list[tuple[str, str]]) -> Log:
    """A writer of logs over the real questions."""
    return Log(tmp_path, trec)
