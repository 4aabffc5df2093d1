"""A page printed to PDF by a Chromium that is already on the machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from modicum.errors import DataError, StorageError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
_LIMIT_S = 120


def find_browser() -> str:
    """Where a Chromium is; raises DataError with the cure."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    raise DataError(
        "a PDF needs Chromium or Chrome, and none is on the path: install one, or write "
        "--format html and print it from your browser"
    )


def write_pdf(page: str, target: Path) -> None:
    """Print the page to `target`: all of it or nothing."""
    browser = find_browser()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "page.html").write_text(page, encoding="utf-8")
        printed = folder / "page.pdf"
        _print(browser, folder, printed)
        if not printed.is_file():
            raise StorageError(f"{browser} made no PDF: write --format html and print it yourself")
        part = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(printed, part)
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise StorageError(f"{target} cannot be written ({error.strerror})") from None


def _print(browser: str, folder: Path, printed: Path) -> None:
    command = [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={printed}",
        # The page is our own file and its policy lets nothing else in; root has no sandbox.
        "--no-sandbox",
        (folder / "page.html").as_uri(),
    ]
    try:
        subprocess.run(command, capture_output=True, timeout=_LIMIT_S, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        raise StorageError(
            f"{browser} could not print the page ({type(error).__name__}): write --format html"
        ) from None
