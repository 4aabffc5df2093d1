"""Makes a log of a large model as OpenAI's API is logged: three jobs and open chat.

The questions are the real ones of TREC.  No model was asked: in the job that sorts questions the
answer is the label that people gave, in the others it is made of the question, so this shows what
Modicum does with a log, not how good a model is.
"""

from __future__ import annotations

import importlib.util
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

OUT = Path("modicum-runs/llm-log-data")
KINDS = {
    "ABBR": "abbreviation",
    "DESC": "description",
    "ENTY": "thing",
    "HUM": "person",
    "LOC": "place",
    "NUM": "number",
}
SORT = (
    "You sort the questions of our quiz community. Say what the question asks for, in one word: "
    "abbreviation, description, thing, person, place or number.\n\nQuestion: {text}\nOne word:"
)
TITLE = "Write a short title for this post of our quiz community.\n\nPost: {text}\nTitle:"


def main() -> None:
    """Write log.jsonl into OUT."""
    r = random.Random(0)  # noqa: S311 -- a log that is the same each time
    rows = questions()
    said = [(SORT.format(text=text), KINDS[label]) for text, label in rows]
    said += [(TITLE.format(text=text), text.rstrip(" ?").capitalize()) for text, _ in rows[:600]]
    said += [(text, f"{text} That depends.") for text, _ in r.sample(rows, 400)]
    r.shuffle(said)
    start = datetime(2026, 10, 1, tzinfo=UTC)
    OUT.mkdir(parents=True, exist_ok=True)
    with (OUT / "log.jsonl").open("w", encoding="utf-8") as file:
        for k, (prompt, answer) in enumerate(said):
            at = int((start + timedelta(minutes=5 * k)).timestamp())
            file.write(json.dumps(record(prompt, answer, at), ensure_ascii=False) + "\n")


def record(prompt: str, answer: str, at: int) -> dict[str, object]:
    """One request with its answer; about four characters a token."""
    return {
        "created": at,
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": prompt}],
        "choices": [{"message": {"role": "assistant", "content": answer}}],
        "usage": {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(answer) // 4 + 1},
    }


def questions() -> list[tuple[str, str]]:
    """The questions of the intent example."""
    path = Path(__file__).parents[1] / "intent" / "prepare.py"
    spec = importlib.util.spec_from_file_location("intent_prepare", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.questions())


if __name__ == "__main__":
    main()
