"""Debian's PostgreSQL on loopback, in a folder of its own, as a user that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from running import free_port


def binary(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    return str(found[-1])


class Postgres:
    """One server; `start` and `stop` may follow each other.

    folder: where its data are, or will be; a new one by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.user = "postgres" if os.geteuid() == 0 else None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="modicum-pg-"))
        self.folder.mkdir(exist_ok=True)
        if self.user is not None:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        if not (self.folder / "data").exists():
            self._make()

    def _make(self) -> None:
        self._run(
            binary("initdb"), "-D", str(self.folder / "data"), "-U", "modicum", "-A", "trust",
            "--no-sync", "-E", "UTF8", "--locale", "C",
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://modicum:sesame@127.0.0.1:{self.port}/postgres"

    def _run(self, *command: str) -> None:
        subprocess.run(command, user=self.user, cwd="/", check=True, capture_output=True)

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        command = [binary("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        self.process = subprocess.Popen(
            [*command, *options.split(), "-c", "fsync=off"],
            user=self.user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ready = [binary("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]
        for _ in range(200):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("PostgreSQL did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)  # at once, as if it was killed
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
