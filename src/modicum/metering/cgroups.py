"""Control groups: CPU time of a container or a unit, dead and daemonised processes included.

The kernel counts for a group what its processes used, whoever waited for them: `cpu.stat` of
cgroup v2 (usage_usec, in every group that is not the root), `cpuacct.usage` of v1 (nanoseconds).
Linux documentation, Control Group v2, section "CPU Interface Files".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from modicum.errors import MeterError

ROOT = Path("/sys/fs/cgroup")
_LONGEST = 20_000  # folders looked at for a container's name
_PREFIX = "modicum-"
_CONTAINER = re.compile(
    r"(?:(docker|cri-containerd|crio|libpod|containerd|buildkit)[-/]|/)([0-9a-f]{64})(?:\.scope)?"
)
_NAMED = re.compile(
    r"/(?:lxc(?:\.payload)?[./]|machine\.slice/)([^/]+)|/([^/]+)\.(?:service|scope)(?:/|$)"
)


@dataclass(frozen=True, slots=True)
class Cgroup:
    """One group by its folder."""

    path: Path

    def cpu_seconds(self) -> float | None:
        """CPU time of all that ever ran in it; None where the kernel does not count it."""
        with suppress(OSError, ValueError):
            for line in (self.path / "cpu.stat").read_text(encoding="utf-8").splitlines():
                name, _, value = line.partition(" ")
                if name == "usage_usec":
                    return int(value) / 1e6
        with suppress(OSError, ValueError):
            return int((self.path / "cpuacct.usage").read_text(encoding="utf-8")) / 1e9
        return None

    def pids(self) -> tuple[int, ...]:
        """The processes in it and below it now."""
        found: list[int] = []
        for folder, _, files in os.walk(self.path):
            if "cgroup.procs" in files:
                with suppress(OSError, ValueError):
                    text = (Path(folder) / "cgroup.procs").read_text(encoding="utf-8")
                    found += [int(pid) for pid in text.split()]
        return tuple(dict.fromkeys(found))


def unified(root: Path = ROOT) -> Path | None:
    """Where the v2 tree is mounted; None where there is none."""
    return next((p for p in (root, root / "unified") if (p / "cgroup.procs").exists()
                 and (p / "cgroup.controllers").exists()), None)  # fmt: skip


def container_of(text: str) -> str:
    """The container or unit that a /proc/PID/cgroup names; "" for none.

    >>> container_of("0::/system.slice/docker-" + "ab" * 32 + ".scope")
    'docker:abababababab'
    >>> container_of("0::/kubepods/pod1/" + "cd" * 32), container_of("0::/user.slice")
    ('cdcdcdcdcdcd', '')
    >>> container_of("0::/system.slice/nginx.service")
    'nginx'
    """
    found = _CONTAINER.search(text)
    if found:
        return ":".join(part for part in (found[1], found[2][:12]) if part)
    named = _NAMED.search(text)
    return (named[1] or named[2]) if named else ""


def read_container(pid: int, proc: Path = Path("/proc")) -> str:
    """The container or unit of a process; "" where it is in none or may not be seen."""
    try:
        return container_of((proc / str(pid) / "cgroup").read_text(encoding="utf-8"))
    except OSError:
        return ""


def find_group(name: str, root: Path = ROOT) -> Cgroup:
    """The group of a path (absolute, or below the mount) or of a container's id or unit's name.

    Raises MeterError where none or several fit.
    """
    mounts = [p for p in (unified(root), root / "cpuacct", root / "cpu,cpuacct") if p]
    for place in (Path(name), *(mount / name.lstrip("/") for mount in mounts)):
        if name and place.is_dir() and Cgroup(place).cpu_seconds() is not None:
            return Cgroup(place)
    for mount in mounts:
        found = [p for p in _folders(mount) if _fits(p.name, name)]
        outer = [p for p in found if not any(q in p.parents for q in found)]
        if len(outer) > 1:
            raise MeterError(f"{name!r} fits {len(outer)} containers: give more of its id")
        if outer:
            return Cgroup(outer[0])
    raise MeterError(f"no container or control group {name!r} on this machine: give its id or path")


def _folders(mount: Path) -> Iterator[Path]:
    for count, (folder, _, _) in enumerate(os.walk(mount)):
        if count > _LONGEST:
            return
        yield Path(folder)


def _fits(folder: str, name: str) -> bool:
    """Whether a group's folder is the container or unit of that name, or of an id begun so."""
    bare = folder.removesuffix(".scope").removesuffix(".service")
    if name in (folder, bare):
        return True
    identity = re.search(r"[0-9a-f]{64}", folder)
    return identity is not None and len(name) >= 6 and identity[0].startswith(name)


class Scope:
    """A group of our own for one command, where the kernel lets us make one."""

    def __init__(self, group: Cgroup, home: Path) -> None:
        self.group, self._home = group, home

    @classmethod
    def make(cls, root: Path = ROOT, proc: Path = Path("/proc")) -> Scope | None:
        """A new group below this process's own; None where that is not allowed."""
        mount = unified(root)
        if mount is None:
            return None
        try:
            lines = (proc / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
            own = next(line[3:] for line in lines if line.startswith("0::"))
            home = mount / own.lstrip("/")
            path = home / f"{_PREFIX}{os.getpid()}"
            _sweep(home, proc)
            path.mkdir()
        except (OSError, StopIteration):
            return None
        scope = cls(Cgroup(path), home)
        if scope.group.cpu_seconds() is None or not os.access(home / "cgroup.procs", os.W_OK):
            scope.close()
            return None
        return scope

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """What is started in here is born in the group; gives whether that could be done."""
        try:
            _move(os.getpid(), self.group.path)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            with suppress(OSError):  # then we are counted too, and the command runs on
                _move(os.getpid(), self._home)

    def close(self) -> None:
        """Take the group away; what still runs in it goes back to where it would have been."""
        for pid in self.group.pids():
            with suppress(OSError):  # it ended meanwhile
                _move(pid, self._home)
        with suppress(OSError):  # a process was born in it just now: the empty group is harmless
            self.group.path.rmdir()


def _sweep(home: Path, proc: Path) -> None:
    """Take away the groups of meters that were killed; one with processes in it stays."""
    for group in home.glob(f"{_PREFIX}*"):
        owner = group.name.removeprefix(_PREFIX)
        if owner.isdigit() and not (proc / owner).exists():
            with suppress(OSError):
                group.rmdir()


def _move(pid: int, group: Path) -> None:
    (group / "cgroup.procs").write_text(f"{pid}\n", encoding="utf-8")
