"""The bars that small candidates are held to: a line each, printed by one script, read by another.

    bar 2  pass  fastest student over MiniLM in torch  7152 x  >= 100 x  sentence-transformers 34/s

Fields are set apart by two blanks or more: the state (`pass`, `MISS`, or `none` where it could not
be measured, and then the figure says why), what was measured, the figure, what is wanted, and what
another tool or a publication has.  The last two may be left out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

STATES = {True: "pass", False: "MISS", None: "none"}
_READ = {"pass": True, "miss": False, "none": None}
_LINE = re.compile(r"\s*bar (\d):?\s+(pass|miss|none):?\s+(.*\S)", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One bar: `met` is None where it could not be measured, and then `figure` says why."""

    bar: int
    met: bool | None
    what: str
    figure: str
    wanted: str = ""
    rival: str = ""

    def __str__(self) -> str:
        fields = (self.what or "-", self.figure or "-", self.wanted or "-", self.rival)
        what, figure, wanted, rival = (" ".join(field.split()) for field in fields)
        state = STATES[self.met]
        return f"bar {self.bar}  {state}  {what:48}  {figure:>9}  {wanted:>9}  {rival}".rstrip()


def read_line(text: str) -> Line | None:
    """The bar that a printed line tells, None where it tells none.

    >>> read_line("bar 3  MISS  wall time  812 s  <= 600 s")
    Line(bar=3, met=False, what='wall time', figure='812 s', wanted='<= 600 s', rival='')
    """
    found = _LINE.fullmatch(text.rstrip())
    if found is None:
        return None
    bar, state, rest = found.groups()
    fields = ["" if field == "-" else field for field in re.split(r"\s{2,}", rest)]
    what, figure, wanted, rival = (*fields, "", "", "")[:4]
    return Line(int(bar), _READ[state.lower()], what, figure, wanted, rival)


def say(line: Line) -> Line:
    """Print it at once, and hand it on."""
    print(line, flush=True)
    return line


def run(script: str, *options: str, bars: Sequence[int]) -> list[Line]:
    """The lines about `bars` of another benchmark, whose whole output is shown as it comes.

    A script that ends without any becomes one line a bar, with the end of what it said.
    """
    path = Path(__file__).parent / script
    lines, last = list[Line](), ""
    with subprocess.Popen(
        [sys.executable, "-u", str(path), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for text in process.stdout or ():
            print(text, end="", flush=True)
            last = text.strip() or last
            lines += [line for line in (read_line(text),) if line and line.bar in bars]
    told = {line.bar for line in lines}
    why = f"{script} ended with {process.returncode}: {last[:120]}"
    return [*lines, *(Line(bar, None, script, why) for bar in bars if bar not in told)]


class Kept:
    """What was measured before, in a file, so that a stopped benchmark can go on.

    parts: the lines of whole parts.  runs: accuracy and seconds of single candidates.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.parts: dict[str, list[Line]] = {}
        self.runs: dict[str, tuple[float, float]] = {}
        if path is not None and path.exists():
            read = json.loads(path.read_text(encoding="utf-8"))
            parts = read["parts"].items()
            self.parts = {part: [Line(**line) for line in lines] for part, lines in parts}
            self.runs = {name: tuple(pair) for name, pair in read["runs"].items()}

    def run(self, name: str, measure: Callable[[], tuple[float, float]]) -> tuple[float, float]:
        """A candidate's accuracy and seconds: as kept, else measured now."""
        if name not in self.runs:
            self.runs[name] = measure()
            self._write()
        return self.runs[name]

    def part(self, name: str, measure: Callable[[], Iterable[Line]]) -> list[Line]:
        """The part's lines: as kept where all were measured, else measured now."""
        known = self.parts.get(name, [])
        if not known or any(line.met is None for line in known):
            self.parts[name] = list(measure())
            self._write()
        return self.parts[name]

    def _write(self) -> None:
        if self.path is not None:
            parts = {part: [asdict(line) for line in lines] for part, lines in self.parts.items()}
            told = json.dumps({"parts": parts, "runs": self.runs}, indent=1)
            self.path.write_text(told, encoding="utf-8")


def table(lines: Iterable[Line]) -> str:
    """All of them in order, and how many of each state."""
    ordered = sorted(lines, key=lambda line: line.bar)
    states = [STATES[line.met] for line in ordered]
    counts = ", ".join(f"{states.count(state)} {state}" for state in STATES.values())
    return "\n".join([*map(str, ordered), counts])
