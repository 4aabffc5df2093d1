from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from report_ledgers import fill

from modicum.cli.report_ledger import Asked, render_ledger
from modicum.cli.report_pdf import write_pdf
from modicum.decision.document import DecisionDocument
from modicum.report import render_html
from modicum.report.readers import TRANSLATED, render
from modicum.report.reading import READERS

Make = Callable[[str], DecisionDocument]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("MODICUM_AXE", "node_modules/axe-core/axe.min.js")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--enable-logging=stderr",
]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


def opened(page: Path, *flags: str) -> tuple[str, list[str]]:
    """The page's elements once its script ran, and what it wrote to the console."""
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [str(BROWSER), *QUIET, *flags, profile, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("name", ["win", "hostile"])
def test_the_console_stays_empty_and_the_script_runs_under_the_policy(
    make: Make, tmp_path: Path, name: str
) -> None:
    page = tmp_path / "report.html"
    page.write_text(render_html(make(name)), encoding="utf-8")
    elements, console = opened(page)
    assert console == []
    assert 'aria-label="Switch to the dark theme"' in elements


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_readers_page_is_quiet_and_its_switch_shows_one_of_them(
    make: Make, tmp_path: Path, code: str
) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(make("win"), TRANSLATED, "html", code=code), encoding="utf-8")
    elements, console = opened(page)
    assert console == []
    label = {"en": "Switch to the dark theme", "de": "Dunkel: Darstellung wechseln"}[code]
    assert f'aria-label="{label}"' in elements


def test_on_paper_every_reader_is_told(tmp_path: Path) -> None:
    """Of a ledger: the screen shows one reader at a time, and a PDF all of them."""
    book = fill(tmp_path / "l.sqlite")
    for name, readers in (("one", READERS[:1]), ("all", READERS)):
        write_pdf(render_ledger(book, "html", readers), tmp_path / f"{name}.pdf")
    book.close()
    one, every = (len(re.findall(rb"/Type /Page\b", (tmp_path / f"{n}.pdf").read_bytes()))
                  for n in ("one", "all"))  # fmt: skip
    assert every >= one + 2


@pytest.mark.skipif(not Path(AXE).is_file(), reason="axe-core is not installed: set MODICUM_AXE")
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["crowded", "hostile", "slices", "unknown-money"])
def test_axe_finds_no_fault(make: Make, tmp_path: Path, name: str, width: int) -> None:
    """axe is put into a copy of the page without its policy, and writes into the copy's title."""
    assert faults_of(render_html(make(name)), tmp_path, width) == []


@pytest.mark.skipif(not Path(AXE).is_file(), reason="axe-core is not installed: set MODICUM_AXE")
@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1280, "light")])
@pytest.mark.parametrize("shown", [*READERS, "de"])
def test_axe_finds_no_fault_whoever_reads(
    make: Make, tmp_path: Path, shown: str, width: int, theme: str
) -> None:
    if shown == "de":
        page = render(make("slices"), TRANSLATED, "html", code="de")
    else:
        page = render(make("slices"), READERS, "html").replace(" checked>", ">")
        page = page.replace(f'id="for-{shown}">', f'id="for-{shown}" checked>')
    page = page.replace("<html", f'<html data-theme="{theme}"', 1)
    assert faults_of(page, tmp_path, width) == []


@pytest.mark.skipif(not Path(AXE).is_file(), reason="axe-core is not installed: set MODICUM_AXE")
@pytest.mark.parametrize(
    ("shown", "width", "theme"),
    [("engineer", 390, "dark"), ("business", 1280, "light"), ("sustainability", 390, "light")],
)
def test_axe_finds_no_fault_on_a_ledgers_page(
    tmp_path: Path, shown: str, width: int, theme: str
) -> None:
    book = fill(tmp_path / "l.sqlite")
    page = render_ledger(book, "html", asked=Asked(lang="de" if width == 1280 else "en"))
    book.close()
    page = page.replace(" checked>", ">").replace(
        f'id="for-{shown}">', f'id="for-{shown}" checked>'
    )
    page = page.replace("<html", f'<html data-theme="{theme}"', 1)
    assert faults_of(page, tmp_path, width) == []


def faults_of(page_text: str, tmp_path: Path, width: int) -> list[str]:
    """What axe finds in a page."""
    axe = Path(AXE).read_text(encoding="utf-8").replace("</script", "<\\/script")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page_text)
    run = (
        "axe.run().then(r=>document.title=JSON.stringify({passes:r.passes.length,"
        "faults:r.violations.map(v=>v.impact+' '+v.id)}))"
    )
    page = tmp_path / "report.html"
    end = "</body>"
    page.write_text(text.replace(end, f"<script>{axe}</script><script>{run}</script>{end}"))
    elements, _ = opened(page, f"--window-size={width},900", "--virtual-time-budget=20000")
    title = re.search(r"<title>(\{.*?\})</title>", elements)
    assert title is not None
    found = json.loads(html.unescape(title[1]))
    assert found["passes"] > 10
    return list(found["faults"])
