"""`modicum discover` on a log with everything a log should not hold: counted, skipped, masked.

    python benchmarks/bad_log.py [--lines 2000]

Between good requests stand lines cut short, binary junk, deep nesting, a record of another kind and
a prompt of 10 MB; every good request holds an e-mail address, a phone and a card number (of those
kept for examples: example.org, RFC 2606; London numbers for drama, Ofcom; Visa's test card).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from bars import Line, say

JUNK = (b'{"messages": [', b"\xff\xfe\x00binary\x80\x01", b"[" * 100_000, b"not json at all")
PERSONAL = ("@example.org", "7946 0", "4111 1111")
TEN_MB = 10_000_000


def request(i: int, padding: str = "") -> bytes:
    note = f"note {i * 7919}: jo{i}@example.org, +44 20 7946 0{i % 1000:03}, 4111 1111 1111 1111"
    told: dict[str, Any] = {
        "messages": [{"role": "user", "content": f"Sort the note as a or b.\n\n{note}{padding}"}],
        "choices": [{"message": {"content": "ab"[i % 2]}}],
    }
    return json.dumps(told).encode()


def written(path: Path, lines: int) -> int:
    """How many malformed lines the log holds."""
    every = [request(i) for i in range(lines)]
    for i, junk in enumerate(JUNK * 25):
        every.insert(i * lines // 100, junk)
    every.insert(lines // 2, request(lines, "x " * (TEN_MB // 2)))
    path.write_bytes(b"\n".join(every) + b"\n")
    return len(JUNK) * 25


def discover(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "modicum", "discover", str(path), "--json", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=2000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path, out = Path(place) / "log.jsonl", Path(place) / "task"
        bad = written(path, given.lines)
        done = discover(path)
        if done.returncode != 0:
            said = done.stderr.strip()[-120:] or "no reason given"
            say(Line(7, False, "a bad log is read", said))
            return
        found = json.loads(done.stdout)
        counted = found["malformed"]
        say(
            Line(7, counted == bad, "malformed lines counted and skipped", str(counted), f"= {bad}")
        )
        most = max((job["requests_logged"] for job in found["jobs"]), default=0)
        sent = given.lines + 1
        say(Line(7, most == sent, "good requests read, one of 10 MB", str(most), f"= {sent}"))
        name = found["jobs"][0]["name"]
        done = discover(path, "--redact", "--write", name, "--out", str(out))
        every = done.stdout + "".join(p.read_text("utf-8") for p in sorted(out.glob("*")))
        left = sum(every.count(mark) for mark in PERSONAL)
        met = done.returncode == 0 and left == 0 and "[email]" in every
        say(Line(7, met, "personal data left after --redact", str(left), "= 0"))


if __name__ == "__main__":
    main()
