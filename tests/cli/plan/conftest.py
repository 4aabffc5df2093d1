"""`modicum plan` as a user types it, at 80 columns."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from modicum.cli.plan import app

Run = Callable[..., tuple[int, str, str]]
Plain = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    def typed(*words: str, stdin: str | None = None) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80"}, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return typed


@pytest.fixture
def plain(run: Run) -> Plain:
    def typed(*words: str) -> Any:
        code, out, err = run(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    return typed


@pytest.fixture
def refused(run: Run) -> Callable[..., str]:
    """The one sentence of bad input."""

    def typed(*words: str) -> str:
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert len(err.strip().splitlines()) == 1
        return err

    return typed
