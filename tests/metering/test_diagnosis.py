from __future__ import annotations

from pathlib import Path

import pytest

from modicum.metering import cpus
from modicum.metering.diagnosis import Finding, diagnose
from modicum.metering.power import model_of

POWER = model_of("test", cpus.ROME, 4)


def found(root: Path) -> dict[str, Finding]:
    return {finding.part: finding for finding in diagnose(POWER, root)}


def counter(root: Path) -> None:
    folder = root / "intel-rapl:0"
    folder.mkdir()
    for name, text in (("name", "package-0"), ("max_energy_range_uj", "100"), ("energy_uj", "1")):
        (folder / name).write_text(text)


def test_a_machine_without_counters_is_modelled_with_the_width_and_a_cure(tmp_path: Path) -> None:
    processor = found(tmp_path)["processor"]
    assert processor.state == "modelled"
    assert processor.spread == pytest.approx(POWER.high / POWER.low)
    assert processor.cure is not None
    assert "modicum calibrate" in processor.cure


def test_a_machine_with_rapl_is_measured(tmp_path: Path) -> None:
    counter(tmp_path)
    assert found(tmp_path)["processor"].state == "measured"


def test_counters_for_root_only_come_with_the_command_that_opens_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter(tmp_path)
    read = Path.read_text

    def guarded(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        if self.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return read(self, encoding, errors)

    monkeypatch.setattr(Path, "read_text", guarded)
    parts = found(tmp_path)
    assert parts["RAPL"].state == "refused"
    assert parts["RAPL"].cure == f"sudo chmod o+r {tmp_path}/*/energy_uj"
    assert parts["processor"].state == "modelled"


def test_a_broken_calibration_is_a_finding_and_not_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calibration.json"
    path.write_text("{")
    monkeypatch.setenv("MODICUM_CALIBRATION", str(path))
    finding = found(tmp_path)["calibration"]
    assert finding.state == "refused"
    assert finding.cure == f"rm {path}"
