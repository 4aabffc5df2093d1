"""Running a command untouched: its stdin, stdout, stderr, signals and exit code are its own."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.errors import MeterError
from modicum.metering.usage import has_children

if TYPE_CHECKING:
    from modicum.metering.cgroups import Scope

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h, since Linux 3.4
_PASSED_ON = {"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH"}
_RESET = ("SIGPIPE", "SIGXFSZ")  # Python ignores these; a program expects them as they were


class CommandError(MeterError):
    """A command that cannot be started; the exit code is the one a shell gives."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass
class Command:
    """A command that ran: its exit code as a shell gives it, and which processes were reaped.

    alive: whether processes it left behind still ran when it ended.
    """

    argv: tuple[str, ...]
    exit_code: int = 0
    pid: int = 0
    reaped: set[int] = field(default_factory=set)
    alive: bool = False


def adopt_orphans() -> bool:
    """Make grandchildren whose parent dies ours, so that their time is counted; False if refused.

    >>> adopt_orphans() or not sys.platform.startswith("linux")
    True
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return False
    return bool(prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def run(argv: Sequence[str], scope: Scope | None = None) -> Command:
    """Run the command to its end and reap everything that ends meanwhile.

    scope: a control group to be born in, if there is one.

    Raises CommandError when it cannot be started.
    """
    if not argv:
        raise MeterError("no command was given: write modicum meter -- COMMAND ...")
    adopt_orphans()
    command = Command(tuple(argv))
    passed_on = {getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)}
    waited = {*passed_on, signal.SIGCHLD}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    try:
        with scope.inside() if scope is not None else nullcontext():
            command.pid = _spawn(argv, mask)
        _wait(command, waited)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    command.alive = has_children()
    return command


def _spawn(argv: Sequence[str], mask: set[signal.Signals | int]) -> int:
    reset = [getattr(signal, name) for name in _RESET if hasattr(signal, name)]
    try:
        return os.posix_spawnp(argv[0], list(argv), os.environ, setsigmask=mask, setsigdef=reset)
    except FileNotFoundError as error:
        raise CommandError(f"command {argv[0]!r} was not found: give its path", 127) from error
    except OSError as error:
        why = error.strerror
        raise CommandError(f"command {argv[0]!r} cannot be started: {why}", 126) from error


def _wait(command: Command, waited: set[signal.Signals]) -> None:
    while not _reap(command):
        came = signal.sigwaitinfo(waited)
        if came.si_signo == signal.SIGCHLD or came.si_pid == 0:
            continue  # the terminal sent it to the command as well
        try:
            os.kill(command.pid, came.si_signo)
        except ProcessLookupError:
            continue


def _reap(command: Command) -> bool:
    """Reap every child that ended; True once the command itself has."""
    ended = False
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            return ended
        command.reaped.add(pid)
        if pid == command.pid:
            code = os.waitstatus_to_exitcode(status)
            command.exit_code = code if code >= 0 else 128 - code
            ended = True
