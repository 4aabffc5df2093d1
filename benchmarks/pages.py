"""How large each page is and how soon a browser has painted it from its file.

    .venv/bin/python benchmarks/pages.py [--site site/]

Chromium opens each page from disk, cold, and tells its own performance entry: the first contentful
paint, since navigation began.  Bars: 1 MB a page, painted within 1 s.  With --site, pages of the
docs site that `make docs` built are opened where they lie.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "report"))

from report_decisions import EVERY
from report_ledgers import fill

from modicum.cli.report_asked import Asked
from modicum.cli.report_ledger import render_ledger
from modicum.ledger.period import read_days
from modicum.report.beside import Beside
from modicum.report.language import language
from modicum.report.live_view import LiveView
from modicum.report.readers import render
from modicum.report.readers_page import render_readers
from modicum.report.reading import READERS, Reader
from modicum.report.tour import tour
from modicum.report.view import View

BYTES, SECONDS = 1_000_000, 1.0
TIMES = 5
SITE = ("index.html", "start.html", "ledger.html")
_PROBE = """<script>new PerformanceObserver(list=>{for(const e of list.getEntries())
if(e.name==="first-contentful-paint")console.log("painted "+e.startTime)})
.observe({type:"paint",buffered:true})</script>"""
_TOLD = re.compile(r"painted ([\d.]+)")


def pages(folder: Path) -> Iterator[tuple[str, str]]:
    """Every page that is written, by name."""
    from modicum.report import render_live

    for kind in ("win", "slices", "crowded"):
        yield f"decision, {kind}, all readers", render(EVERY[kind](), READERS, "html")
    two: tuple[Reader, ...] = ("business", "sustainability")
    yield "decision, win, German", render(EVERY["win"](), two, "html", code="de")
    book = fill(folder / "l.sqlite")
    yield "ledger, all readers", render_ledger(book, "html")
    yield "ledger, German", render_ledger(book, "html", asked=Asked(lang="de"))
    yield "live page", render_live(LiveView(read_days(book.engine, 20_000, 20_010), (), "now"))
    book.close()
    for code in ("en", "de"):
        say = language(code)
        view = View.speaking(EVERY["slices"](), say)
        reading = tour(view, "runs/task", say)
        yield f"tour, {code}", render_readers(view, [reading], Beside(), {})


def painted(browser: str, page: Path) -> float:
    """Seconds to the first paint; a profile of its own, so cold."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        flags += ["--disable-background-networking", f"--user-data-dir={profile}"]
        flags += ["--enable-logging=stderr", f"--screenshot={profile}/page.png"]
        command = [browser, *flags, "--window-size=1280,900", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = _TOLD.search(done.stderr)
    if found is None:
        sys.exit("Chromium told no paint: is it older than 60?")
    return float(found[1]) / 1000


def measured(browser: str, title: str, text: str, folder: Path) -> bool:
    """Prints a page's line; whether it is within both bars.  `folder`: where its assets are."""
    size = len(text.encode())
    # The policy lets no script in but the page's own: the probe needs a copy without it.
    probed = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    path = folder / "page-probed.html"
    path.write_text(probed.replace("</body>", f"{_PROBE}</body>"), encoding="utf-8")
    took = sorted(painted(browser, path) for _ in range(TIMES))
    path.unlink()
    paint, worst = took[TIMES // 2], took[-1]
    good = size <= BYTES and worst <= SECONDS
    print(
        f"{title:32} {size / 1000:6.0f} kB  painted {paint:.3f} s (slowest {worst:.3f})  "
        f"bar 1000 kB, 1 s  {'pass' if good else 'MISS'}",
        flush=True,
    )
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", type=Path, help="The folder that `make docs` built.")
    site = parser.parse_args().site
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("this needs Chromium on the path")
    passed = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, text in pages(folder):
            passed &= measured(browser, title, text, folder)
    for title in SITE if site is not None else ():
        text = (site / title).read_text(encoding="utf-8")
        passed &= measured(browser, f"docs site, {title}", text, site)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
