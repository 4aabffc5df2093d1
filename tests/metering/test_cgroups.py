"""Control groups on a tree of files, and on the kernel's own where it lets us make one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modicum.errors import MeterError
from modicum.metering import Meter
from modicum.metering.cgroups import Cgroup, Scope, container_of, find_group, read_container
from modicum.metering.command import run

ID = "0123456789ab" + "c" * 52
BURN = "import time\nwhile time.process_time() < {}: pass"


def group(path: Path, usec: int = 0, pids: str = "") -> Cgroup:
    path.mkdir(parents=True)
    (path / "cpu.stat").write_text(f"usage_usec {usec}\nuser_usec 0\n", encoding="utf-8")
    (path / "cgroup.procs").write_text(pids, encoding="utf-8")
    (path / "cgroup.controllers").write_text("cpu memory\n", encoding="utf-8")
    return Cgroup(path)


def test_cpu_time_is_read_from_v2_and_from_v1(tmp_path: Path) -> None:
    assert group(tmp_path / "v2", 1_500_000).cpu_seconds() == 1.5
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "cpuacct.usage").write_text("2500000000\n", encoding="utf-8")
    assert Cgroup(tmp_path / "v1").cpu_seconds() == 2.5
    assert Cgroup(tmp_path / "none").cpu_seconds() is None


def test_a_containers_processes_are_those_of_all_groups_below(tmp_path: Path) -> None:
    outer = group(tmp_path / "a", pids="1\n2\n")
    group(tmp_path / "a" / "b", pids="3\n")
    assert sorted(outer.pids()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"0::/system.slice/docker-{ID}.scope", "docker:0123456789ab"),
        (f"12:cpu:/docker/{ID}\n0::/", "docker:0123456789ab"),
        (f"0::/kubepods.slice/pod1.slice/cri-containerd-{ID}.scope", "cri-containerd:0123456789ab"),
        (f"0::/machine.slice/libpod-{ID}.scope/container", "libpod:0123456789ab"),
        ("0::/lxc.payload.web/init.scope", "web"),
        ("0::/system.slice/postgresql.service", "postgresql"),
        ("0::/", ""),
    ],
)
def test_containers_are_named_as_their_engines_name_them(text: str, name: str) -> None:
    assert container_of(text) == name


def test_a_process_that_is_not_there_is_in_no_container(tmp_path: Path) -> None:
    assert read_container(1, tmp_path) == ""


def test_a_container_is_found_by_the_beginning_of_its_id_and_a_unit_by_its_name(
    tmp_path: Path,
) -> None:
    group(tmp_path / "root")
    one = group(tmp_path / "root" / "system.slice" / f"docker-{ID}.scope", 7)
    unit = group(tmp_path / "root" / "system.slice" / "web.service", 9)
    root = tmp_path / "root"
    assert find_group(ID[:12], root) == one
    assert find_group("web", root) == unit
    assert find_group(f"/system.slice/docker-{ID}.scope", root) == one
    group(root / "system.slice" / f"docker-{ID[:12]}{'d' * 52}.scope")
    with pytest.raises(MeterError, match="more of its id"):
        find_group(ID[:12], root)
    with pytest.raises(MeterError, match="id or path"):
        find_group("nowhere", root)


def test_a_window_takes_the_groups_time_and_falls_back_to_processes_when_it_vanishes(
    tmp_path: Path,
) -> None:
    made = group(tmp_path / "g", 1_000_000)
    meter = Meter(sources=())
    with meter.window("grouped", own=False, group=made) as window:
        (made.path / "cpu.stat").write_text("usage_usec 4000000\n", encoding="utf-8")
    assert window.reading.cpu_seconds == 3.0
    with meter.window("gone", group=made) as lost:
        (made.path / "cpu.stat").unlink()
    assert lost.reading.cpu_seconds < 1.0
    assert any("its processes counted" in note for note in lost.reading.notes)


def test_no_group_is_made_where_there_is_no_v2_tree(tmp_path: Path) -> None:
    assert Scope.make(tmp_path) is None


def test_children_nobody_waits_for_are_counted_where_the_kernel_gives_us_a_group() -> None:
    scope = Scope.make()
    if scope is None:
        pytest.skip("this system lets us make no control group")
    home = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    code = (
        "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "for _ in range(3):\n    if os.fork() == 0:\n"
        "        while time.process_time() < 0.1: pass\n        os._exit(0)\n"
        "try:\n    os.wait()\nexcept ChildProcessError: pass\n"
    )
    try:
        with Meter(sources=()).window("storm", own=False, group=scope.group) as window:
            run([sys.executable, "-S", "-c", code], scope)
    finally:
        scope.close()
    assert 0.3 <= window.reading.cpu_seconds < 1.0
    assert not scope.group.path.exists()
    assert Path("/proc/self/cgroup").read_text(encoding="utf-8") == home


def test_the_group_of_a_meter_that_was_killed_is_swept_up() -> None:
    scope = Scope.make()
    if scope is None:
        pytest.skip("this system lets us make no control group")
    scope.close()
    dead = subprocess.Popen([sys.executable, "-S", "-c", ""])
    dead.wait()
    left = scope.group.path.with_name(f"modicum-{dead.pid}")
    left.mkdir()
    again = Scope.make()
    assert again is not None
    again.close()
    assert not left.exists()


def test_what_still_runs_goes_home_when_the_group_is_taken_away() -> None:
    scope = Scope.make()
    if scope is None:
        pytest.skip("this system lets us make no control group")
    with scope.inside():
        child = subprocess.Popen([sys.executable, "-S", "-c", BURN.format(30)])
    assert child.pid in scope.group.pids()
    scope.close()
    assert not scope.group.path.exists()
    assert child.poll() is None
    os.kill(child.pid, 9)
    child.wait()
