"""The live page: numbers that add up, states in words, nothing from elsewhere, no axe fault."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from every_figure import faults

from modicum.figures import Figure
from modicum.ledger.period import Period, Share, TaskPeriod
from modicum.report import render_live
from modicum.report.live_view import LiveView, StreamShown, WatchShown

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = os.environ.get("MODICUM_AXE", "node_modules/axe-core/axe.min.js")
HOSTILE = '<script>alert("x")</script>\u202e' + "n" * 90


def used(joules: float) -> dict[str, Figure]:
    energy = Figure.within(joules, 1.5, "J", basis="modelled", source="power model", boundary="CPU")
    carbon = Figure.within(joules / 9, 2.0, "gCO2e", basis="modelled", source="grid", boundary="DE")
    money = Figure.unknown("EUR", "the model is in no price list")
    return {"energy_j": energy, "carbon_g": carbon, "cost": money}


def task(name: str, small: int, big: int) -> TaskPeriod:
    shares = [
        Share(name, "tfidf-logistic", small, used(0.1 * small)),
        Share(name, "up/gpt-4o", big, used(9.0 * big)),
    ]
    total = 0.1 * small + 9.0 * big
    return TaskPeriod(
        name, shares, used(total), used(9.0 * (small + big)), 3, used(27.0), 330.0, 15_000.0
    )


def watch(name: str, state: str = "serving", alarmed: bool = False) -> WatchShown:
    streams = (
        StreamShown("all", 412, 0.021, 0.06, 0.3, alarmed),
        StreamShown("gold", 0, None, 0.07, 0.0, False),
    )
    said = "Proven live (2.1% of 412 audits differ, below 8.0%)."
    return WatchShown(
        name, "tfidf-logistic", "gpt-4o", state, "canary, serves 25%", said, "", streams  # type: ignore[arg-type]
    )  # fmt: skip


def view(*names: str, state: str = "serving", alarmed: bool = False) -> LiveView:
    tasks = [task(name, 90, 10) for name in names]
    hours = [(500_000 + k, 7 * k) for k in range(24)]
    watches = tuple(watch(name, state, alarmed) for name in names)
    return LiveView(Period(0, 1, tasks, hours, 2, 1), watches, "2026-11-24 16:19 UTC")


def test_it_says_how_much_was_answered_small_and_what_was_saved() -> None:
    page = render_live(view("sort"))
    assert "100 requests in 24 hours" in page
    assert "90% of those were answered by a small candidate" in page
    assert re.search(r"All on the reference.*?900 <|900 J", page, re.S)
    assert "Proven live (2.1% of 412 audits differ, below 8.0%)." in page


def test_every_figure_has_its_note_with_basis_source_and_boundary() -> None:
    page = render_live(view("sort"))
    for number in re.findall(r'popovertarget="(note-\d+)"', page):
        assert f'id="{number}"' in page
    assert "power model" in page
    assert "the model is in no price list" in page
    assert list(faults(page)) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("serving", "small candidate serves"),
        ("canary", "canary, serves 25%"),
        ("shadow", "shadow: the reference answers"),
        ("alarm", "alarm: the reference answers"),
        ("stale", "stale: check again"),
    ],
)
def test_each_state_is_said_in_words(state: str, words: str) -> None:
    assert words in render_live(view("sort", state=state))


def test_an_empty_day_tells_what_to_do() -> None:
    page = render_live(LiveView(Period(0, 1, [], []), (), "now"))
    assert "No requests yet" in page
    assert "ends in /v1" in page


def test_a_task_name_cannot_write_markup() -> None:
    page = render_live(view(HOSTILE))
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_nothing_is_loaded_from_anywhere() -> None:
    page = render_live(view("sort"))
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "default-src &#x27;none&#x27;" in page


def opened(page: Path, *flags: str) -> tuple[str, list[str]]:
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-sync", "--disable-background-networking", "--disable-component-update",
             "--enable-logging=stderr"]  # fmt: skip
    command = [str(BROWSER), *quiet, *flags, f"--user-data-dir={page.parent / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_its_script_runs_under_its_policy(tmp_path: Path) -> None:
    page = tmp_path / "live.html"
    page.write_text(render_live(view("sort", HOSTILE)), encoding="utf-8")
    elements, console = opened(page)
    assert console == []
    assert 'aria-label="Switch to the dark theme"' in elements


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
@pytest.mark.skipif(not Path(AXE).is_file(), reason="axe-core is not installed: set MODICUM_AXE")
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, False), (1280, True)])
def test_axe_finds_no_fault(tmp_path: Path, width: int, dark: bool) -> None:
    axe = Path(AXE).read_text(encoding="utf-8").replace("</script", "<\\/script")
    text = re.sub(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>',
        "",
        render_live(view("sort", HOSTILE, state="alarm", alarmed=True)),
    )
    run = (
        "axe.run().then(r=>document.title=JSON.stringify({passes:r.passes.length,"
        "faults:r.violations.map(v=>v.impact+' '+v.id+' '+v.nodes[0].html.slice(0,200))}))"
    )
    page = tmp_path / "live.html"
    page.write_text(
        text.replace("</body>", f"<script>{axe}</script><script>{run}</script></body>"),
        encoding="utf-8",
    )
    flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
    elements, _ = opened(page, f"--window-size={width},900", "--virtual-time-budget=20000", *flags)
    title = re.search(r"<title>(\{.*?\})</title>", elements)
    assert title is not None
    found = json.loads(html.unescape(title[1]))
    assert found["passes"] > 10
    assert found["faults"] == []
