from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOURCE = str(Path(__file__).parents[2] / "src")
DRIVER = """
import sys, typer
from modicum.cli.meter import register
from modicum.errors import ModicumError
app = typer.Typer()
register(app)
app.command("other")(lambda: None)
try:
    app()
except ModicumError as error:
    sys.stderr.write(f"{error}\\n")
    sys.exit(error.exit_code)
"""
BURN = "import time\nwhile time.process_time() < {}: pass\n"


def modicum(*arguments: str) -> list[str]:
    return [sys.executable, "-c", DRIVER, "meter", *arguments]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": SOURCE}


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        modicum(*arguments), capture_output=True, text=True, input=stdin, env=environment(),
        check=False,
    )  # fmt: skip


def test_stdin_stdout_and_exit_code_are_the_commands_own(tmp_path: Path) -> None:
    out = tmp_path / "meter.json"
    code = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.exit(3)"
    done = run("--out", str(out), "--label", "team=search", "--", sys.executable, "-S", "-c", code,
               stdin="hello")  # fmt: skip
    assert (done.stdout, done.returncode) == ("HELLO", 3)
    assert "energy" in done.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["exit_code"] == 3
    assert document["labels"] == {"team": "search"}
    for name in ("energy_j", "carbon_g", "water_l", "cost"):
        figure = document[name]
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["basis"] in ("measured", "reported", "modelled", "assumed")
        assert figure["unit"]
        assert figure["source"]
        assert figure["boundary"]
    assert document["devices"]
    assert document["wall_seconds"] > 0
    assert document["processes"] == 1


def test_short_lived_children_and_daemonised_grandchildren_are_counted(tmp_path: Path) -> None:
    out = tmp_path / "meter.json"
    burner = f"{sys.executable} -S -c '{BURN.format(0.1)}'"
    # the grandchild's parent ends at once; the command ends only after the grandchild did
    script = f"{burner}; {burner}; ( {burner} & ); sleep 1"
    done = run("--quiet", "--out", str(out), "--", "sh", "-c", script)
    assert done.returncode == 0
    assert done.stderr == ""
    assert json.loads(out.read_text(encoding="utf-8"))["cpu_seconds"] >= 0.3


def test_a_command_killed_by_a_signal_gives_what_a_shell_gives(tmp_path: Path) -> None:
    out = tmp_path / "meter.json"
    done = run("--out", str(out), "--", "sh", "-c", "kill -9 $$")
    assert done.returncode == 137
    assert json.loads(out.read_text(encoding="utf-8"))["exit_code"] == 137


def test_a_signal_reaches_the_command_and_its_time_is_still_reported(tmp_path: Path) -> None:
    out = tmp_path / "meter.json"
    script = "trap 'echo got it; exit 7' TERM; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        modicum("--out", str(out), "--", "sh", "-c", script), env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "got it\n"
        assert process.wait() == 7
    assert json.loads(out.read_text(encoding="utf-8"))["wall_seconds"] > 0


def test_the_command_starts_with_default_signal_handling() -> None:
    code = "import signal; print(signal.getsignal(signal.SIGPIPE), signal.pthread_sigmask(0, []))"
    script = "trap > /dev/null; yes | head -1"  # hangs or fails where SIGPIPE is ignored
    done = run("--", "sh", "-c", script)
    assert done.stdout == "y\n"
    assert run("--", sys.executable, "-S", "-c", code).stdout.endswith("set()\n")


def test_a_command_that_is_not_there_exits_127() -> None:
    done = run("--", "no-such-command-anywhere")
    assert done.returncode == 127
    assert "was not found" in done.stderr


def test_a_full_disk_is_said_and_the_exit_code_stays(tmp_path: Path) -> None:
    out = tmp_path / "meter.json"
    limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh",
               *modicum("--out", str(out), "--quiet", "--", "sh", "-c", "exit 5")]  # fmt: skip
    done = subprocess.run(limited, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert "cannot be written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_closed_stderr_does_not_change_the_exit_code() -> None:
    command = ["sh", "-c", '"$@" 2>&-', "sh", *modicum("--", "sh", "-c", "exit 4")]
    assert subprocess.run(command, env=environment(), check=False).returncode == 4


def test_a_region_that_is_not_known_stops_before_the_command_runs(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    done = run("--region", "Atlantis", "--", "touch", str(marker))
    assert done.returncode == 2
    assert not marker.exists()


def test_a_label_without_equals_is_refused() -> None:
    done = run("--label", "team", "--", "true")
    assert done.returncode == 2
    assert "key=value" in done.stderr


def test_processes_left_behind_are_said() -> None:
    done = run("--", "sh", "-c", "sleep 3 > /dev/null 2>&1 & exit 0")
    assert "still run" in done.stderr


@pytest.mark.parametrize("children", [200])
def test_a_storm_of_forks_is_counted_without_a_crash(tmp_path: Path, children: int) -> None:
    out = tmp_path / "meter.json"
    begin = time.monotonic()
    done = run("--quiet", "--out", str(out), "--", "sh", "-c",
               f"i=0; while [ $i -lt {children} ]; do (:) & i=$((i+1)); done; wait")  # fmt: skip
    document = json.loads(out.read_text(encoding="utf-8"))
    assert done.returncode == 0
    assert 0 < document["cpu_seconds"] <= 2 * (time.monotonic() - begin)


def test_the_file_name_chooses_the_format_and_csv_rows_are_appended(tmp_path: Path) -> None:
    table, gauges, card = (tmp_path / name for name in ("e.csv", "m.prom", "card.yaml"))
    for out in (table, table, gauges, card):
        assert run("--quiet", "--out", str(out), "--", "true").returncode == 0
    lines = table.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("timestamp,project_name,run_id")
    assert "modicum_energy_joules{" in gauges.read_text(encoding="utf-8")
    assert card.read_text(encoding="utf-8").startswith("co2_eq_emissions:\n  emissions: ")


def test_a_wall_meter_log_is_used_and_replaces_the_model(tmp_path: Path) -> None:
    log, out = tmp_path / "wall.csv", tmp_path / "meter.json"
    now = time.time()
    rows = "".join(f"{now + second},60\n" for second in range(-5, 120))
    log.write_text(f"time,watts\n{rows}", encoding="utf-8")
    done = run("--quiet", "--wall", str(log), "--idle", "whole", "--out", str(out), "--",
               "sleep", "0.5")  # fmt: skip
    assert done.returncode == 0
    (device,) = json.loads(out.read_text(encoding="utf-8"))["devices"]
    assert device["device"] == "wall"
    assert device["machine_j"]["basis"] == "measured"
    assert device["machine_j"]["value"] == pytest.approx(30.0, rel=0.5)


@pytest.mark.parametrize("out", ["missing/meter.json", "folder"])
def test_a_file_that_cannot_be_written_is_refused_before_the_command_runs(
    tmp_path: Path, out: str
) -> None:
    (tmp_path / "folder").mkdir()
    marker = tmp_path / "ran"
    done = run("--out", str(tmp_path / out), "--", "touch", str(marker))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert not marker.exists()


def test_the_users_own_terms_reach_every_figure_and_the_functional_unit(tmp_path: Path) -> None:
    out = tmp_path / "meter.json"
    done = run(
        "--region", "FR", "--tariff", "0.30 EUR", "--supplier-g-per-kwh", "20", "--pue", "1.2",
        "--device", "server", "--share", "0.1", "--per", "10 request", "--out", str(out), "--",
        sys.executable, "-S", "-c", BURN.format(0.05),
    )  # fmt: skip
    assert done.returncode == 0
    document = json.loads(out.read_text(encoding="utf-8"))
    energy = document["energy_j"]["value"]
    assert document["carbon_market_g"]["value"] == pytest.approx(energy / 3.6e6 * 20)
    assert document["cost"]["value"] == pytest.approx(energy / 3.6e6 * 0.30)
    assert document["cost"]["unit"] == "EUR"
    one = document["per_unit"]
    assert one["energy"]["value"] == pytest.approx(energy / 10)
    carbon = document["carbon_g"]["value"] + document["embodied_g"]["value"]
    assert one["sci"]["value"] == pytest.approx(carbon / 10)
    assert one["sci"]["unit"] == "gCO2e/request"
    for row in ("carbon, market", "carbon, making", "sci a request"):
        assert row in done.stderr


@pytest.mark.parametrize("per", ["request", "0 request", "10", "x request"])
def test_a_functional_unit_needs_a_count_and_a_name(per: str) -> None:
    done = run("--per", per, "--", "true")
    assert done.returncode == 2
    assert "1000 request" in done.stderr


def test_a_running_group_is_metered_instead_of_the_command(tmp_path: Path) -> None:
    from modicum.metering.cgroups import Scope

    scope = Scope.make()
    if scope is None:
        pytest.skip("this system lets us make no control group")
    out = tmp_path / "meter.json"
    with scope.inside():
        burner = subprocess.Popen([sys.executable, "-S", "-c", BURN.format(30)])
    try:
        done = run("--quiet", "--container", str(scope.group.path), "--out", str(out), "--",
                   "sleep", "0.6")  # fmt: skip
    finally:
        burner.kill()
        burner.wait()
        scope.close()
    assert done.returncode == 0, done.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    assert 0.1 < document["cpu_seconds"] <= document["wall_seconds"] * 1.05


def test_a_container_that_is_not_there_is_refused_before_the_command_runs(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    done = run("--container", "nowhere", "--", "touch", str(marker))
    assert done.returncode == 2
    assert "give its id or path" in done.stderr
    assert not marker.exists()


def test_an_address_that_is_no_collector_is_refused_before_the_command_runs(tmp_path: Path) -> None:
    done = run("--quiet", "--otlp", "nonsense", "--", "touch", str(tmp_path / "ran"))
    assert done.returncode == 2
    assert not (tmp_path / "ran").exists()
