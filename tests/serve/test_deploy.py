"""The deployment files: what they run exists, what they set is known, what they mount is read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from modicum.serve.openapi import description
from modicum.serve.settings import PREFIX, load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
UNIT = (DEPLOY / "modicum.service").read_text(encoding="utf-8")


def help_of(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "modicum", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    return done.stdout


def variables(text: str) -> list[str]:
    return re.findall(rf"({PREFIX}\w+)=", text)


def test_the_files_run_commands_and_options_that_exist() -> None:
    known = help_of("serve")
    command = json.loads(re.search(r"^CMD (\[\"--.*\])$", CONTAINER, re.M)[1])  # type: ignore[index]
    unit = re.search(r"^ExecStart=(.*)$", UNIT, re.M)[1].split()  # type: ignore[index]
    assert 'ENTRYPOINT ["modicum", "serve"]' in CONTAINER
    assert unit[1] == "serve"
    for option in (*command, *unit[2:]):
        if option.startswith("--"):
            assert option in known


def test_the_container_installs_extras_and_pins_that_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = re.search(r"/src\[([\w,]+)\]", CONTAINER)[1].split(",")  # type: ignore[index]
    assert set(extras) <= set(project["optional-dependencies"])
    assert (ROOT / "requirements" / "constraints.txt").is_file()
    assert "/src/requirements/constraints.txt" in CONTAINER
    probe = re.search(r"http://127\.0\.0\.1:8400(/\w+)", CONTAINER)[1]  # type: ignore[index]
    assert probe in description()["paths"]


@pytest.mark.parametrize("text", [CONTAINER, UNIT, json.dumps(COMPOSE)])
def test_every_variable_of_ours_is_a_setting(text: str) -> None:
    given = dict.fromkeys(variables(text), "")
    given |= {name: "/var/lib/modicum" for name in given if name.endswith("STATE")}
    given |= {name: "0.0.0.0" for name in given if name.endswith("HOST")}
    settings = load_settings(None, given)  # an unknown one is refused
    assert settings.server.state in (None, Path("/var/lib/modicum"))


def test_compose_mounts_what_the_settings_read() -> None:
    settings = load_settings(DEPLOY / "gateway.toml", {})
    gateway = COMPOSE["services"]["gateway"]
    mounts = dict(each.split(":")[:2] for each in gateway["volumes"] if ":" in each)
    assert mounts["./gateway.toml"] == "/etc/modicum/gateway.toml"
    assert mounts["./gateway.toml"] in CONTAINER
    for task in settings.tasks.values():
        assert str(task.decision).startswith(mounts["../modicum-runs"] + "/")
    for upstream in settings.upstreams.values():
        path = upstream.api_key_file
        assert path is not None
        assert path.parent == Path("/run/secrets")
        assert path.name in gateway["secrets"]
    assert set(gateway["secrets"]) <= set(COMPOSE["secrets"])
    build = gateway["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


@pytest.mark.assets
def test_the_settings_hold_with_a_decision_and_a_key(sized: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-test", encoding="utf-8")
    text = (DEPLOY / "gateway.toml").read_text(encoding="utf-8")
    text = text.replace("/etc/modicum/runs/demo", str(sized))
    text = text.replace("/run/secrets/openai", str(tmp_path / "key"))
    (tmp_path / "gateway.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "modicum", "serve", "--config", str(tmp_path / "gateway.toml")]
    done = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "sk-test" not in done.stdout
    assert json.loads(done.stdout)["tasks"]["sms-spam"]["store_prompts"] is False


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "modicum.service"
    unit.write_text(UNIT.replace("/opt/modicum/bin/modicum", sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "modicum.service" in line]
    assert told == []
    assert done.returncode == 0, done.stderr
