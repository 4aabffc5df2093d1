from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from modicum.cli import export
from modicum.errors import MeterError
from modicum.metering.endpoint import NAMES


def app() -> typer.Typer:
    made = typer.Typer()
    export.register(made)
    return made


def test_a_textfile_holds_every_metric_of_this_machine(tmp_path: Path) -> None:
    out = tmp_path / "modicum.prom"
    arguments = [
        "export",
        "--textfile",
        str(out),
        "--frames",
        "2",
        "--every",
        "0.2",
        "--region",
        "FR",
    ]
    done = CliRunner().invoke(app(), arguments)
    assert done.exit_code == 0, done.output
    families = list(text_string_to_metric_families(out.read_text(encoding="utf-8")))
    samples = {sample.name for family in families for sample in family.samples}
    assert (
        set(NAMES) >= samples >= {"modicum_process_cpu_seconds_total", "modicum_grid_grams_per_kwh"}
    )


def test_the_endpoint_says_where_it_listens() -> None:
    done = CliRunner().invoke(app(), ["export", "--port", "0", "--frames", "1", "--every", "0.1"])
    assert done.exit_code == 0, done.output
    assert "/metrics" in done.stderr


def test_a_frame_of_no_time_is_refused() -> None:
    done = CliRunner().invoke(app(), ["export", "--every", "0"])
    assert isinstance(done.exception, MeterError)


@pytest.mark.parametrize("key", ["panels", "templating", "schemaVersion", "uid"])
def test_the_dashboard_is_printed_as_json(key: str) -> None:
    assert json.loads(CliRunner().invoke(app(), ["dashboard"]).stdout)[key]
