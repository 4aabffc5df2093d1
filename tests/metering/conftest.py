from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_calibration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODICUM_CALIBRATION", str(tmp_path / "no-calibration.json"))
