from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modicum.cli.main import app
from modicum.cli.report_pdf import find_browser
from modicum.errors import CarbonError, DataError, LedgerError

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from report_decisions import decision, unknown_money
from report_ledgers import fill

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with a decision and the evidence of where its candidates answer."""
    return written(tmp_path / "run", "win")


def written(folder: Path, kind: str) -> Path:
    folder.mkdir()
    document = unknown_money() if kind == "unknown-money" else decision()
    (folder / "decision.json").write_text(document.model_dump_json(), encoding="utf-8")
    trials = [
        {"section": {"name": row.name}, "remote": row.name == "gpt-hosted"}
        for row in document.candidates
    ]
    plain = {"version": 1, "data": {"references": None}, "split": {}, "trials": trials}
    (folder / "evidence.json").write_text(json.dumps(plain), encoding="utf-8")
    return folder


def told(*words: str) -> str:
    done = CliRunner().invoke(app, ["report", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def rows(text: str) -> dict[str, dict[str, str]]:
    return {row["label"]: row for row in csv.DictReader(io.StringIO(text))}


def test_the_page_of_all_readers_is_written_beside_the_decision(run: Path) -> None:
    assert told(str(run)).strip() == str(run / "report.html")
    page = (run / "report.html").read_text(encoding="utf-8")
    assert all(f'id="reader-{r}"' in page for r in ("engineer", "business", "sustainability"))
    assert "evidence.json" in page


def test_plain_forms_go_to_the_screen_or_to_a_file(run: Path, tmp_path: Path) -> None:
    assert told(str(run), "--for", "business", "--format", "md").startswith("# For those who pay")
    out = tmp_path / "told.json"
    told(str(run), "--format", "json", "--out", str(out))
    assert len(json.loads(out.read_text())["readers"]) == 3


def test_market_based_and_embodied_carbon_are_unknown_until_they_are_stated(run: Path) -> None:
    without = rows(told(str(run), "--for", "sustainability", "--format", "csv"))
    assert without["SCI, tfidf-char-svm"]["value"] == ""
    assert "--supplier-g-per-kwh" in without["Carbon, market-based, tfidf-char-svm"]["reason"]
    options = ("--supplier-g-per-kwh", "20", "--device", "1000", "--device-share", "0.1")
    given = rows(told(str(run), "--for", "sustainability", "--format", "csv", *options))
    energy_j = float(given["Energy, tfidf-char-svm"]["value"])  # the month's, the later of two
    market = float(given["Carbon, market-based, tfidf-char-svm"]["value"])
    assert market == pytest.approx(energy_j / 3.6e6 * 20)
    embodied = float(given["Embodied carbon, tfidf-char-svm"]["value"])
    assert embodied == pytest.approx(1000e3 * 0.1 / (6 * 12), rel=1e-3)
    carbon = float(given["Carbon, location-based, tfidf-char-svm"]["value"])
    assert float(given["SCI, tfidf-char-svm"]["value"]) == pytest.approx((carbon + embodied) / 1e6)
    for label in (
        "ESRS 2023 E1-6_10: Gross market-based Scope 2 GHG emissions",
        "ESRS 2025-draft E1-8: Gross Scope 2 GHG emissions, market-based",
        "GHG Protocol 2015 scope 2: market-based",
    ):
        assert float(given[label]["value"]) == pytest.approx(market / 1e6)


def test_a_hosted_candidate_is_scope_three(tmp_path: Path) -> None:
    run = written(tmp_path / "hosted", "unknown-money")
    text = told(str(run), "--for", "sustainability", "--format", "md")
    assert "gpt-hosted is hosted by a provider: its carbon is scope 3" in text
    assert "tfidf-char-svm runs on own machines: its carbon is scope 2" in text


def test_without_evidence_the_scope_is_not_known(run: Path) -> None:
    (run / "evidence.json").unlink()
    text = told(str(run), "--for", "sustainability", "--format", "md")
    assert "The evidence does not say where tfidf-char-svm runs" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--for", "boss"), "reader 'boss' is not known"),
        (("--format", "docx"), "format 'docx' is not known: give one of html, md, csv, json, pdf"),
        (("--lang", "fr"), "language 'fr' is not known"),
        (("--lang", "de", "--for", "engineer"), "in English only"),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_written(
    run: Path, words: tuple[str, ...], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        CliRunner().invoke(app, ["report", str(run), *words], catch_exceptions=False)
    assert not (run / "report.html").exists()


def test_an_unknown_device_is_refused(run: Path) -> None:
    with pytest.raises(CarbonError, match="device 'toaster' is not known"):
        told(str(run), "--device", "toaster")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
def test_a_pdf_is_printed_where_there_is_a_browser(run: Path) -> None:
    told(str(run), "--for", "business", "--format", "pdf")
    assert (run / "report-business-en.pdf").read_bytes()[:5] == b"%PDF-"


def test_without_a_browser_a_pdf_is_refused_with_the_cure(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(run))
    with pytest.raises(DataError, match="a PDF needs Chromium or Chrome"):
        find_browser()


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    fill(tmp_path / "traffic.sqlite").close()
    return str(tmp_path / "traffic.sqlite")


def test_a_ledger_is_told_to_the_three_readers(
    ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told("--ledger", ledger).strip() == "ledger-report.html"
    page = (tmp_path / "ledger-report.html").read_text(encoding="utf-8")
    assert all(f'id="reader-{r}"' in page for r in ("engineer", "business", "sustainability"))
    text = told("--ledger", ledger, "--for", "business", "--format", "md", "--lang", "de")
    assert text.startswith("# Für alle, die zahlen und entscheiden")


def test_one_decision_of_a_ledger_is_told_as_from_its_folder(ledger: str) -> None:
    words = ("--ledger", ledger, "--task", "question-type", "--for", "business", "--format", "md")
    assert "Let tfidf-char-svm do this job from now on" in told(*words)


def test_focus_rows_of_a_ledger_are_csv(ledger: str) -> None:
    found = list(csv.DictReader(io.StringIO(told("--ledger", ledger, "--format", "focus"))))
    assert {row["ResourceId"] for row in found} == {"tfidf-char-svm", "up/gpt-4o"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--task", "x"), "speak of a ledger"),
        (("DIR", "--ledger", "l.sqlite"), "both given"),
        (("--format", "focus"), "format 'focus' is not known"),
        (("--ledger", "l.sqlite", "--format", "focus", "--task", "x"), "leave --task out"),
        (("--ledger", "l.sqlite", "--since", "then"), "--since 'then'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=says):
        CliRunner().invoke(app, ["report", *words], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_a_task_that_the_ledger_does_not_hold_is_named_with_those_it_holds(ledger: str) -> None:
    with pytest.raises(LedgerError, match="it holds: question-type"):
        CliRunner().invoke(
            app, ["report", "--ledger", ledger, "--task", "other"], catch_exceptions=False
        )
