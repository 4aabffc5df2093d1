"""The parent of several workers: starts them, replaces a dead one, stops them all in peace."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from modicum.stopping import StopSignal

log = logging.getLogger("modicum.serve")
SOCKET = "MODICUM_SERVE_FD"
_PAUSE_S = 0.5
_TOO_SOON_S = 2.0


class Workers:
    """`count` processes that accept from one listening socket."""

    def __init__(self, command: Sequence[str], count: int, socket_fd: int) -> None:
        self.command, self.count, self.socket_fd = list(command), count, socket_fd
        self.processes: list[subprocess.Popen[bytes]] = []
        self._stop = StopSignal()

    def run(self) -> int:
        """Until SIGINT or SIGTERM, or until a worker cannot even start; returns the exit code."""
        self._stop.listen()
        signal.signal(signal.SIGHUP, lambda *_: self._tell(signal.SIGHUP))
        self.processes = [self._start() for _ in range(self.count)]
        began = time.monotonic()
        code = 0
        while not self._stop.wait(_PAUSE_S):
            for at, process in enumerate(self.processes):
                if process.poll() is None:
                    continue
                if time.monotonic() - began < _TOO_SOON_S and process.returncode:
                    code = process.returncode
                    self._stop.asked = True
                    break
                log.warning(
                    "worker %d ended (%d): starting another", process.pid, process.returncode
                )
                self.processes[at] = self._start()
        self._tell(signal.SIGTERM)
        for process in self.processes:
            process.wait()
        return code

    def _start(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {SOCKET: str(self.socket_fd)}
        return subprocess.Popen(self.command, env=environment, pass_fds=(self.socket_fd,))  # noqa: S603

    def _tell(self, number: signal.Signals) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(number)
