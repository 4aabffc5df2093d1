"""The magics in a real IPython shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from modicum.figures import Figure


@pytest.fixture
def shell(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    made = InteractiveShell(config=config)
    made.run_line_magic("load_ext", "modicum")
    yield made
    InteractiveShell.clear_instance()


def test_a_cell_runs_as_it_would_and_its_figures_are_printed_and_kept(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%meter --region FR my fit\ntotal = sum(range(100_000))\nprint(total)")
    said = capsys.readouterr().out
    assert "4999950000" in said
    assert "modicum meter: my fit" in said
    assert "carbon" in said
    assert shell.user_ns["total"] == 4999950000
    assert shell.user_ns["meter_reading"].cpu_seconds > 0
    assert isinstance(shell.user_ns["meter_footprint"].carbon_g, Figure)


def test_a_line_is_metered_too(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%meter x = 3 - 1")
    assert shell.user_ns["x"] == 2
    assert "energy" in capsys.readouterr().out


def test_a_cell_that_fails_still_says_what_it_used(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%meter\n1 / 0")
    said = capsys.readouterr().out
    assert "ZeroDivisionError" in said
    assert "CPU-s" in said


def test_a_wrong_option_is_one_sentence(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    done = shell.run_cell("%%meter --nonsense\nran = True")
    assert "for example" in str(done.error_in_exec)
    assert "ran" not in shell.user_ns
