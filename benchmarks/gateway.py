"""Measures the gateway against its promises, beside nginx and LiteLLM's proxy in the same run.

    python benchmarks/gateway.py DECISION [--litellm PYTHON] [--nginx BINARY] [--requests N]
                                 [--soak SECONDS] [--postgres URL]

DECISION is a folder that `modicum size` wrote (`modicum demo --no-llm` makes one).  The gateway,
and each rival in its turn, is pinned to one core; upstream and load generator to another.
CPU is what the process itself used, so that other work on the machine hardly moves it; times by the
clock are given beside nginx's of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from gateway_load import Load, generate, request_of

HERE = Path(__file__).parent
BODY = json.dumps(
    {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello. " * 20}]},
    separators=(",", ":"),
).encode()
STREAMED = BODY[:-1] + b',"stream":true}'
TASK = "sms-spam"
LOCAL = json.dumps(
    {"model": TASK, "messages": [{"role": "user", "content": "Win a prize, call now 0900"}]}
).encode()


@dataclass
class Line:
    bar: str
    promised: str
    measured: str
    passed: bool | None

    def __str__(self) -> str:
        verdict = {True: "PASS", False: "MISS", None: "    "}[self.passed]
        return f"{verdict}  {self.bar:<46} {self.promised:<16} {self.measured}"


@dataclass
class Server:
    """A process that answers on a port; CPU and memory of it and its children."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    key: str | None = None

    def cpu(self) -> float:
        return sum(sum(p.cpu_times()[:2]) for p in self._all())

    def memory_mb(self) -> float:
        return sum(p.memory_info().rss for p in self._all()) / 1e6

    def _all(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


@dataclass
class Measured:
    """One run of the load against one server."""

    load: Load
    cpu_us: float
    per_second: float

    def __str__(self) -> str:
        p50, p99 = (self.load.quantile(q) * 1e3 for q in (0.5, 0.99))
        return (
            f"{self.cpu_us:6.0f} us CPU, {self.per_second:6.0f}/s of its core, "
            f"p50 {p50:.2f} ms, p99 {p99:.2f} ms"
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(command: list[str], core: int, **more: object) -> subprocess.Popen[bytes]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | dict(more.pop("env", {}))  # type: ignore[call-overload]
    log = open(os.devnull, "wb") if "log" not in more else open(str(more.pop("log")), "ab")  # noqa: SIM115, PTH123
    with log:
        return subprocess.Popen(
            ["taskset", "-c", str(core), *command], env=environment, stdout=log, stderr=log
        )


@contextmanager
def running(server: Server, path: str, wait_s: float = 120.0) -> Iterator[Server]:
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=2):
                break
        except urllib.error.HTTPError:
            break
        except OSError:
            if server.process.poll() is not None:
                raise SystemExit(f"{server.name} did not start") from None
            time.sleep(0.2)
    try:
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        try:
            server.process.wait(20)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


class Stand:
    """Everything that a run needs, in a folder of its own."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self.upstream_port = free_port()
        self.ledger = options.postgres or f"sqlite:///{folder / 'ledger.sqlite'}"

    def mock(self, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(HERE / "gateway_load.py"), "mock"]
        process = pinned([*command, str(self.upstream_port), *more], 1)
        time.sleep(1.0)
        return process

    def gateway(self) -> Server:
        command = [sys.executable, "-m", "modicum"]
        made = subprocess.run(
            [*command, "keys", "create", "bench", "--limit=requests=1e12", "--ledger", self.ledger],
            capture_output=True,
            text=True,
            check=True,
        )
        port = free_port()
        (self.folder / "gateway.toml").write_text(
            f'[server]\nport = {port}\nstate = "{self.folder / "state"}"\n'
            f'[ledger]\nurl = "{self.ledger}"\n'
            f'[upstreams.big]\nbase_url = "http://127.0.0.1:{self.upstream_port}/v1"\n'
            f'models = ["gpt-4o"]\n[tasks.{TASK}]\n'
            f'decision = "{self.options.decision.resolve()}"\n',
            encoding="utf-8",
        )
        config = str(self.folder / "gateway.toml")
        log = self.folder / "gateway.log"
        process = pinned([*command, "serve", "--config", config], 0, log=log)
        return Server("modicum", port, process, made.stdout.strip())

    def nginx(self) -> Server:
        port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log /dev/null;\n"
            "events { worker_connections 1024; }\nhttp { access_log off;\n"
            f"upstream u {{ server 127.0.0.1:{self.upstream_port}; keepalive 256; }}\n"
            f"server {{ listen 127.0.0.1:{port}; keepalive_requests 1000000000;\n"
            "location / { proxy_pass http://u; proxy_http_version 1.1; "
            'proxy_set_header Connection ""; proxy_buffering off; } } }\n',
            encoding="utf-8",
        )
        process = pinned([self.options.nginx, "-c", str(config), "-p", str(self.folder)], 0)
        return Server("nginx", port, process)

    def litellm(self) -> Server:
        port = free_port()
        config = self.folder / "litellm.yaml"
        config.write_text(
            "model_list:\n  - model_name: gpt-4o\n    litellm_params:\n      model: openai/gpt-4o\n"
            f"      api_base: http://127.0.0.1:{self.upstream_port}/v1\n      api_key: x\n",
            encoding="utf-8",
        )
        program = str(Path(self.options.litellm).parent / "litellm")
        process = pinned(
            [program, "--config", str(config), "--port", str(port), "--host", "127.0.0.1"],
            0,
            env={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"},
            log=self.folder / "litellm.log",
        )
        return Server("litellm", port, process)


def measure(server: Server, body: bytes, count: int, connections: int) -> Measured:
    request = request_of("/v1/chat/completions", body, server.key)
    run(generate(server.port, request, min(count, 200), connections))  # warm
    before = server.cpu()
    load = run(generate(server.port, request, count, connections))
    used = server.cpu() - before
    wrong = {status: n for status, n in load.statuses.items() if status != 200}
    if wrong:
        raise SystemExit(f"{server.name} answered {wrong}")
    return Measured(load, used / count * 1e6, count / max(used, 1e-9))


def run(work: object) -> Load:
    import uvloop

    return uvloop.run(work)  # type: ignore[arg-type]


def bars(stand: Stand, options: argparse.Namespace) -> list[Line]:
    count = options.requests
    direct = run(generate(stand.upstream_port, request_of("/v1/chat/completions", BODY), 500, 1))
    with running(stand.nginx(), "/") as server:
        nginx = measure(server, BODY, count, 32)
        nginx_one = measure(server, BODY, min(count, 3000), 1)
    print(f"nginx, 32 connections      {nginx}\nnginx, 1 connection        {nginx_one}")
    with running(stand.gateway(), "/ready") as server:
        memory = server.memory_mb()
        ours = measure(server, BODY, count, 32)
        one = measure(server, BODY, min(count, 3000), 1)
        local = measure(server, LOCAL, count, 32)
        local_one = measure(server, LOCAL, min(count, 3000), 1)
        stream = measure(server, STREAMED, min(count, 3000), 1)
        early, late = server.memory_mb(), 0.0
        if options.flat:
            measure(server, BODY, options.flat, 32)
            late = server.memory_mb()
    streamed = request_of("/v1/chat/completions", STREAMED)
    plain = run(generate(stand.upstream_port, streamed, 500, 1))
    print(f"modicum, 32 connections    {ours}\nmodicum, 1 connection      {one}")
    print(f"modicum, student, 32       {local}\nmodicum, student, 1        {local_one}")
    print(f"modicum, streamed, 1       {stream}")
    lines = [
        Line("CPU per proxied request, everything on", "<= 250 us", f"{ours.cpu_us:.0f} us "
             f"(nginx {nginx.cpu_us:.0f})", ours.cpu_us <= 250),
        Line("proxied requests per second of one core", ">= 4,000", f"{ours.per_second:,.0f}/s "
             f"(nginx {nginx.per_second:,.0f})", ours.per_second >= 4000),
        added("added p50, one connection", 0.5, one, direct, 0.6),
        behind("p99, one connection, over nginx's", one, nginx_one, 1.0),
        first("added time to first token", stream, plain, 3.0),
        Line("memory with the task's model and the ledger", "<= 100 MB before models",
             f"{memory:.0f} MB", memory <= 100),
        Line("student requests per second of one core", ">= 3,000",
             f"{local.per_second:,.0f}/s, {local.cpu_us:.0f} us", local.per_second >= 3000),
        Line("student p50, one connection", "< 1 ms",
             f"{local_one.load.quantile(0.5) * 1e3:.2f} ms", local_one.load.quantile(0.5) < 1e-3),
    ]  # fmt: skip
    if late:
        grown = (late / early - 1) * 100
        lines.append(Line(f"memory after {options.flat:,} requests", "within 5%",
                          f"{grown:+.1f}%, {late:.0f} MB", abs(grown) <= 5))  # fmt: skip
    if options.litellm:
        with running(stand.litellm(), "/health/liveliness", 180) as server:
            rival = measure(server, BODY, 600, 8)
            memory = server.memory_mb()
        print(f"litellm, 8 connections     {rival}, {memory:.0f} MB")
        ratio = rival.cpu_us / ours.cpu_us
        lines.append(Line("LiteLLM's CPU per request, ours x", "", f"{ratio:.0f}", None))
    return lines


def added(bar: str, share: float, ours: Measured, direct: Load, most: float) -> Line:
    found = (ours.load.quantile(share) - direct.quantile(share)) * 1e3
    return Line(bar, f"<= {most} ms", f"{found:.2f} ms", found <= most)


def behind(bar: str, ours: Measured, rival: Measured, most: float) -> Line:
    found = (ours.load.quantile(0.99) - rival.load.quantile(0.99)) * 1e3
    return Line(bar, f"<= {most} ms", f"{found:.2f} ms", found <= most)


def first(bar: str, ours: Measured, direct: Load, most: float) -> Line:
    here = ours.load.quantile(0.5, ours.load.firsts)
    there = direct.quantile(0.5, direct.firsts)
    found = (here - there) * 1e3
    return Line(bar, f"<= {most} ms", f"{found:.2f} ms (median)", found <= most)


def soak(stand: Stand, options: argparse.Namespace) -> list[Line]:
    """500 requests a second while the upstream fails in waves: the ledger has what was seen."""
    count = int(options.soak * 500)
    with running(stand.gateway(), "/ready") as server:
        request = request_of("/v1/chat/completions", BODY, server.key)
        load = run(generate(server.port, request, count, 50, 500.0))
    from modicum.ledger import open_ledger

    book = open_ledger(stand.ledger)
    with book.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT status, count(*) FROM requests GROUP BY status")
        recorded = {row[0]: row[1] for row in rows}
        sums = connection.exec_driver_sql("SELECT sum(requests) FROM request_rollups").scalar()
    book.close()
    told = f"client {load.statuses}, ledger {recorded}, rollups {sums}"
    same = recorded == load.statuses and sums == sum(load.statuses.values()) == count
    return [Line(f"soak of {options.soak:.0f} s at 500/s, failing upstream", "equal", told, same)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decision", type=Path)
    parser.add_argument("--litellm", help="a Python that has LiteLLM's proxy")
    parser.add_argument("--nginx", default="nginx")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--flat", type=int, default=0, help="requests after which memory is flat")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds (the bar's are 1,800)")
    parser.add_argument("--postgres", help="the ledger in PostgreSQL instead of SQLite")
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})
    lines: list[Line] = []
    runs: list[tuple[Callable[[Stand, argparse.Namespace], list[Line]], tuple[str, ...]]] = []
    if options.requests:
        runs.append((bars, ()))
    if options.soak:
        runs.append((soak, ("--failing",)))
    for work, more in runs:
        with tempfile.TemporaryDirectory() as folder:
            stand = Stand(Path(folder), options)
            upstream = stand.mock(*more)
            try:
                lines += work(stand, options)
            finally:
                upstream.terminate()
                upstream.wait()
    print()
    for line in sorted(lines, key=lambda line: line.passed is not False):
        print(line)
    asyncio.set_event_loop(None)


if __name__ == "__main__":
    main()
