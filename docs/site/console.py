"""Pages that run: their files are written, their commands executed, their output compared loosely.

A fenced block with `title="NAME"` is a file.  In a `console` block a line that begins with `$ ` is
a command, `> ` continues it, and what follows is its output.  `...` stands for anything, a number
for any number (with any unit prefix); line breaks, blanks and frames do not count.

    python docs/site/console.py docs/start.md            # run it and say what differs
    python docs/site/console.py docs/start.md --fill     # also write outputs where none stands yet
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')
_FRAME = re.compile(r"[─-╿]")
_UNIT = r"(?:\s?(?:[nµumkMG]?(?:J|Wh|s|g|L|W|gCO2e|g CO2e|g CO₂e)|min|h|kB|MB)\b)?"
_NUMBER = re.compile(rf"[-+−]?\b\d[\d,.]*\d?(?:e[-+]?\d+)?{_UNIT}")


@dataclass(frozen=True)
class File:
    """A file that a page shows, to be written before what follows it."""

    name: str
    text: str


@dataclass(frozen=True)
class Step:
    """A command with the output that its page shows."""

    command: str
    output: str


@dataclass(frozen=True)
class Done:
    """What a step printed, both streams, in a terminal of 80 columns."""

    step: Step
    printed: str

    @property
    def as_shown(self) -> bool:
        """Whether the page tells the truth."""
        return matches(self.step.output, self.printed)


def steps_of(text: str) -> list[File | Step]:
    """The files and commands of a page in their order."""
    found: list[File | Step] = []
    for kind, info, body in _FENCE.findall(text):
        title = _TITLE.search(info)
        if title:
            found.append(File(title[1], body))
        elif kind == "console":
            found.extend(_commands(body))
    return found


def _commands(body: str) -> list[Step]:
    steps: list[Step] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], ""))
        elif line.startswith("> ") and steps and not steps[-1].output:
            steps[-1] = Step(f"{steps[-1].command}\n{line[2:]}", "")
        elif steps:
            steps[-1] = Step(steps[-1].command, f"{steps[-1].output}{line}\n")
    return steps


def run(steps: list[File | Step], folder: Path) -> list[Done]:
    """Do everything in a folder; the first command that fails is the last."""
    done: list[Done] = []
    for step in steps:
        if isinstance(step, File):
            target = folder / step.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(step.text, encoding="utf-8")
            continue
        ended = subprocess.run(  # noqa: S603 -- the commands of our own pages
            ["/bin/bash", "-c", step.command], cwd=folder, env=_surroundings(folder), check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        done.append(Done(step, ended.stdout))
        if ended.returncode:
            done[-1] = Done(step, f"{ended.stdout}\n[exit code {ended.returncode}]")
            break
    return done


def _surroundings(folder: Path) -> dict[str, str]:
    own = {
        "COLUMNS": "80",
        "HF_HUB_OFFLINE": "1",
        "MODICUM_CALIBRATION": str(folder / ".calibration.json"),
        "MODICUM_LEDGER": f"sqlite:///{folder / '.ledger.sqlite'}",
        "NO_COLOR": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TERM": "dumb",
    }
    return os.environ | own


def matches(shown: str, printed: str) -> bool:
    """Whether output is what the page shows of it.

    >>> matches("used 3.1 J ...", "used 12 mJ, and more"), matches("holds", "does not hold")
    (True, False)
    """
    pattern = ".*".join(re.escape(_plain(part)) for part in shown.split("..."))
    return re.fullmatch(pattern, _plain(printed), re.DOTALL) is not None


def _plain(text: str) -> str:
    text = _NUMBER.sub("#", _FRAME.sub(" ", text))
    return re.sub(r"\s+", "", text)


def filled(text: str, done: list[Done]) -> str:
    """The page with output below each command that shows none."""
    for one in done:
        command = "$ " + one.step.command.replace("\n", "\n> ") + "\n"
        if not one.step.output.strip():
            lines = "\n".join(line.rstrip() for line in one.printed.strip("\n").splitlines())
            text = text.replace(command, f"{command}{lines}\n" if lines else command, 1)
    return text


def main(page: Path, fill: bool) -> int:
    """Run a page; returns how many of its commands print something else."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        done = run(steps_of(text), Path(folder))
    for one in done:
        said = "as shown" if one.as_shown else f"prints:\n{one.printed}"
        sys.stdout.write(f"$ {one.step.command}\n{said}\n")
    if fill:
        page.write_text(filled(text, done), encoding="utf-8")
    return sum(not one.as_shown for one in done)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]), "--fill" in sys.argv), 1))
