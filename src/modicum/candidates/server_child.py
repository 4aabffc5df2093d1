"""What runs inside the child process of a local server."""

from __future__ import annotations

import os
import threading
import time
from importlib import import_module
from typing import Any

from modicum.candidates.server import ServerSettings

PROMPT_CACHE_MIB = (
    0  # llama.cpp's default keeps up to 8 GiB of past prompts; slots keep theirs anyway
)


def serve(settings: ServerSettings, *, key: str) -> None:
    """Load the model, print the address, and serve until the parent closes our standard input.

    Raises whatever the bindings raise; the parent reads the log and says it in a sentence.
    """
    # When the parent dies, however it dies, the kernel closes our input.  Linux's death signal
    # would fire too early: it follows the thread that started us, not the process.
    threading.Thread(target=_watch_input, daemon=True).start()
    xllamacpp: Any = import_module("xllamacpp")
    server = xllamacpp.Server(_parameters(settings, key))
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


def _parameters(settings: ServerSettings, key: str) -> object:
    xllamacpp: Any = import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(settings.gguf)
    params.hostnames = ["127.0.0.1"]
    params.port = settings.port
    params.api_keys = [key] if key else []
    params.cors_origins = "http://127.0.0.1"
    params.cors_origins_explicit = True
    params.cors_credentials = False
    params.ui = False
    params.n_parallel = settings.parallel
    params.n_ctx = settings.context * settings.parallel
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.n_threads_http = settings.parallel + 2
    threads = settings.threads or usable_cores()
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = threads
        cpu.poll = 0
    return params


def usable_cores() -> int:
    """The cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _watch_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)  # the bindings' threads would keep a plain exit waiting
