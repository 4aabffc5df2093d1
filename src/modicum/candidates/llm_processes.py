"""Which processes on this machine stand behind an address."""

from __future__ import annotations

import ipaddress
import socket
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit


def on_this_machine(base_url: str) -> bool:
    """Whether an address is this machine's, judged without asking any name server.

    >>> [on_this_machine(f"http://{host}/v1") for host in ("localhost:1", "[::1]", "127.8.0.1")]
    [True, True, True]
    >>> on_this_machine("https://api.example.com/v1")
    False
    """
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        if ipaddress.ip_address(host).is_loopback:
            return True
    except ValueError:
        return host == socket.gethostname().casefold()
    return host in _own_addresses()


def _own_addresses() -> set[str]:
    psutil: Any = import_module("psutil")  # carries no types

    cards = psutil.net_if_addrs().values()
    return {address.address.split("%")[0] for card in cards for address in card}


def port_of(base_url: str) -> int:
    """The port an address names or implies."""
    parts = urlsplit(base_url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def listening(port: int) -> tuple[int, ...]:
    """The processes that listen on a TCP port, with all their children; empty where unknown.

    A server may hand its work to children (Ollama's runners, vLLM's workers), so they count.  Other
    users' processes are often not shown; then nothing is returned rather than a guess.
    """
    psutil: Any = import_module("psutil")  # carries no types

    try:
        owners = {
            link.pid
            for link in psutil.net_connections(kind="tcp")
            if link.status == psutil.CONN_LISTEN and link.laddr and link.laddr.port == port
        } - {None}
    except (psutil.Error, OSError):
        return ()
    return tuple(sorted({pid for owner in owners if owner for pid in family(owner)}))


def family(pid: int) -> tuple[int, ...]:
    """A process and its children; empty where it is gone."""
    psutil: Any = import_module("psutil")  # carries no types

    try:
        process = psutil.Process(pid)
        return (pid, *(child.pid for child in process.children(recursive=True)))
    except psutil.Error:
        return ()
