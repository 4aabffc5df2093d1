"""Measures the gateway against its promises, beside nginx and other proxies in the same run.

    python benchmarks/gateway.py DECISION [--only PIECE ...] [--litellm PYTHON] [--nginx BINARY]
                                 [--requests N] [--flat N] [--soak SECONDS] [--rate PER_SECOND]
                                 [--replicas N] [--postgres URL]

DECISION is a folder that `modicum size` wrote (`modicum demo --no-llm` makes one).  The gateway,
and each rival in its turn, is pinned to one core; upstream and load generator to another.  The
pieces are `proxied`, `student`, `streamed`, `memory`; `--litellm`, `--flat` and `--soak` add
theirs, and `--only soak` leaves out all the others.  A rival that does not start is told, and the
run goes on; LiteLLM's gets minutes, because it takes so long to start.  CPU is what the process
itself used, so that other work on the machine hardly moves it; times by the clock are given beside
nginx's of the same run.  `lean` is uvicorn with aiohttp that does nothing but pass on: what a proxy
in Python costs on this machine, before it does anything.
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
PIECES = ("proxied", "student", "streamed", "memory")
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
RIVAL_KEY = "sk-of-this-benchmark-alone-0123456789abcdef"
RIVAL_WAIT_S = 300.0
PROGRESS_S = 60.0
LOCAL = json.dumps(
    {"model": TASK, "messages": [{"role": "user", "content": "Win a prize, call now 0900"}]}
).encode()


class ServerError(Exception):
    """A server that did not start, or did not answer as it should."""


@dataclass
class Line:
    bar: str
    promised: str
    measured: str
    passed: bool | None

    def __str__(self) -> str:
        verdict = {True: "PASS", False: "MISS", None: "    "}[self.passed]
        return f"{verdict}  {self.bar:<56} {self.promised:<12} {self.measured}"


@dataclass
class Server:
    """A process that answers on a port; CPU and memory of it and its children."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    key: str | None = None
    log: Path | None = None

    def last_words(self) -> str:
        """The last line of its log, to be told where it fails."""
        said = self.log.read_text(errors="replace").split("\n") if self.log is not None else []
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        return f": {last[:200]}" if last else ""

    def cpu(self) -> float:
        """Seconds, of every thread that lives (they all do), in nanoseconds by the scheduler."""
        return (
            sum(
                int(path.read_text().split()[0])
                for process in self._all()
                for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")
            )
            * 1e-9
        )

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
                raise ServerError(f"{server.name} did not start{server.last_words()}") from None
            time.sleep(0.2)
    else:
        server.process.kill()
        raise ServerError(
            f"{server.name} did not answer within {wait_s:.0f} s{server.last_words()}"
        )
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
        self.ports = [free_port()]
        self.ledger = options.postgres or f"sqlite:///{folder / 'ledger.sqlite'}"

    @property
    def upstream_port(self) -> int:
        """The one that is asked where a rival knows no replicas."""
        return self.ports[0]

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}/v1" for port in self.ports]

    def mock(self, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(HERE / "gateway_load.py"), "mock"]
        process = pinned([*command, *map(str, self.ports), *more], 1)
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.upstream_port)) == 0:
                    break
            time.sleep(0.1)
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
            f"[upstreams.big]\nbase_url = {json.dumps(self.addresses)}\n"
            f'models = ["gpt-4o"]\n[tasks.{TASK}]\n'
            f'decision = "{self.options.decision.resolve()}"\n',
            encoding="utf-8",
        )
        config = str(self.folder / "gateway.toml")
        log = self.folder / "gateway.log"
        process = pinned([*command, "serve", "--config", config], 0, log=log)
        return Server("modicum", port, process, made.stdout.strip(), log)

    def lean(self) -> Server:
        port = free_port()
        command = [sys.executable, str(HERE / "gateway_load.py"), "lean", str(port)]
        return Server("lean", port, pinned([*command, f"--upstream={self.upstream_port}"], 0))

    def bare(self) -> Server:
        """The gateway without a task: what it needs before any model."""
        port = free_port()
        ledger = self.folder / "bare.sqlite"
        command = [sys.executable, "-m", "modicum", "serve", "--no-auth", f"--port={port}"]
        more = [f"--ledger={ledger}", f"--upstream=big=http://127.0.0.1:{self.upstream_port}/v1"]
        state = {"MODICUM_SERVE__SERVER__STATE": str(self.folder / "bare")}
        return Server("modicum", port, pinned([*command, *more], 0, env=state))

    def nginx(self) -> Server:
        port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log /dev/null;\n"
            "events { worker_connections 1024; }\nhttp { access_log off;\n"
            + "".join(f"{kind}_temp_path {self.folder}/nginx-{kind};\n" for kind in TEMPORARY)
            + f"upstream u {{ server 127.0.0.1:{self.upstream_port}; keepalive 256; }}\n"
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
        log = self.folder / "litellm.log"
        process = pinned(
            [program, "--config", str(config), "--port", str(port), "--host", "127.0.0.1"],
            0,
            env={
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it waits for one from the network
                "LITELLM_TELEMETRY": "False",
                "LITELLM_MASTER_KEY": RIVAL_KEY,  # without one it refuses to start
            },
            log=log,
        )
        return Server("litellm", port, process, RIVAL_KEY, log)


def measure(server: Server, body: bytes, count: int, connections: int) -> Measured:
    request = request_of("/v1/chat/completions", body, server.key)
    run(generate(server.port, request, min(count, 200), connections))  # warm
    before = server.cpu()
    load = run(generate(server.port, request, count, connections))
    used = server.cpu() - before
    wrong = {status: n for status, n in load.statuses.items() if status != 200}
    if wrong:
        raise ServerError(f"{server.name} answered {wrong}")
    return Measured(load, used / count * 1e6, count / max(used, 1e-9))


def run(work: object) -> Load:
    import uvloop

    return uvloop.run(work)  # type: ignore[arg-type]


def bars(stand: Stand, options: argparse.Namespace) -> list[Line]:
    count, few = options.requests, min(options.requests, 3000)
    wanted, lines = set(options.only), list[Line]()
    ours: Measured | None = None
    nginx: tuple[Measured, Measured] | None = None
    direct = run(generate(stand.upstream_port, request_of("/v1/chat/completions", BODY), 1000, 1))
    if "proxied" in wanted:
        nginx, lines = beside_nginx(stand, count, few)
    if "memory" in wanted:
        with running(stand.bare(), "/ready") as server:
            measure(server, BODY, few, 32)
            memory = server.memory_mb()
        lines.append(Line("memory before models, after requests", "<= 100 MB", f"{memory:.0f} MB",
                          memory <= 100))  # fmt: skip
    with running(stand.gateway(), "/ready") as server:
        if "proxied" in wanted:
            ours = told("modicum, 32 connections", measure(server, BODY, count, 32))
            one = told("modicum, 1 connection", measure(server, BODY, few, 1))
            lines += proxied(ours, one, nginx, direct)
        if "student" in wanted:
            local = told("modicum, student, 32", measure(server, LOCAL, count, 32))
            local_one = told("modicum, student, 1", measure(server, LOCAL, few, 1))
            lines += student(local, local_one)
        if "streamed" in wanted:
            streamed = request_of("/v1/chat/completions", STREAMED)
            plain = run(generate(stand.upstream_port, streamed, 1000, 1))
            stream = told("modicum, streamed, 1", measure(server, STREAMED, few, 1))
            lines.append(first("added time to first token", stream, plain, 3.0))
        if options.flat:
            lines.append(flat(server, options.flat))
    if "proxied" in wanted:
        lines += rival("uvicorn and aiohttp alone", stand.lean, "/", (count, 32), direct, ours)
    if options.litellm:
        path = "/health/liveliness"
        lines += rival("LiteLLM's proxy", stand.litellm, path, (400, 8), direct, ours)
    return lines


def rival(
    name: str,
    start: Callable[[], Server],
    path: str,
    load: tuple[int, int],
    direct: Load,
    ours: Measured | None,
) -> list[Line]:
    """What another proxy needs for the same requests; one line where it cannot be measured.

    load: how many requests, over how many connections.
    """
    count, connections = load
    try:
        with running(start(), path, RIVAL_WAIT_S) as server:
            many = told(f"{name}, {connections}", measure(server, BODY, count, connections))
            one = told(f"{name}, 1", measure(server, BODY, min(count, 1000), 1))
            memory = server.memory_mb()
    except (ServerError, ConnectionError) as error:
        return [Line(name, "", f"not measured: {error}", None)]
    ratio = f", {many.cpu_us / ours.cpu_us:.1f} x ours" if ours is not None else ""
    late = (one.load.quantile(0.5) - direct.quantile(0.5)) * 1e3
    return [
        Line(f"{name}: CPU per request", "", f"{many.cpu_us:,.0f} us{ratio}", None),
        Line(f"{name}: requests per second of one core", "", f"{many.per_second:,.0f}/s", None),
        Line(f"{name}: added p50, one connection", "", f"{late:.2f} ms", None),
        Line(f"{name}: memory", "", f"{memory:.0f} MB", None),
    ]


def told(name: str, measured: Measured) -> Measured:
    print(f"{name:<28} {measured}", flush=True)
    return measured


def beside_nginx(
    stand: Stand, count: int, few: int
) -> tuple[tuple[Measured, Measured] | None, list[Line]]:
    """nginx over 32 connections and over one; a line instead where there is none."""
    try:
        with running(stand.nginx(), "/") as server:
            many = told("nginx, 32 connections", measure(server, BODY, count, 32))
            return (many, told("nginx, 1 connection", measure(server, BODY, few, 1))), []
    except ServerError as error:
        return None, [Line("nginx", "", f"not measured: {error}", None)]


def proxied(
    ours: Measured, one: Measured, nginx: tuple[Measured, Measured] | None, direct: Load
) -> list[Line]:
    times, rate, late = "", "", Line("p99, one connection, over nginx's", "<= 1.0 ms", "", None)
    if nginx is not None:
        many, single = nginx
        times = f", {ours.cpu_us / many.cpu_us:.1f} x nginx's {many.cpu_us:.0f}"
        rate = f" (nginx {many.per_second:,.0f})"
        late = behind(late.bar, one, single, 1.0)
    return [
        Line("CPU per proxied request, everything on", "<= 250 us",
             f"{ours.cpu_us:.0f} us{times}", ours.cpu_us <= 250),
        Line("proxied requests per second of one core", ">= 4,000",
             f"{ours.per_second:,.0f}/s{rate}", ours.per_second >= 4000),
        added("added p50, one connection", 0.5, one, direct, 0.6),
        late,
    ]  # fmt: skip


def student(local: Measured, one: Measured) -> list[Line]:
    p50 = one.load.quantile(0.5)
    return [
        Line("student requests per second of one core", ">= 3,000",
             f"{local.per_second:,.0f}/s, {local.cpu_us:.0f} us", local.per_second >= 3000),
        Line("student p50, one connection", "< 1 ms", f"{p50 * 1e3:.2f} ms", p50 < 1e-3),
    ]  # fmt: skip


def flat(server: Server, count: int) -> Line:
    """Memory after a tenth of the requests, and after all of them."""
    measure(server, BODY, count // 10, 32)
    early = server.memory_mb()
    measure(server, BODY, count - count // 10, 32)
    late = server.memory_mb()
    grown = (late / early - 1) * 100
    return Line(f"memory, request {count // 10:,} to {count:,}", "within 5%",
                f"{grown:+.1f}%, {late:.0f} MB", abs(grown) <= 5)  # fmt: skip


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


async def paced(server: Server, request: bytes, count: int, rate: float) -> Load:
    """The load of a soak, and a line on it every minute."""
    load, began = Load(), time.monotonic()

    async def tell() -> None:
        while True:
            await asyncio.sleep(PROGRESS_S)
            minute, seen = (time.monotonic() - began) / 60, dict(sorted(load.statuses.items()))
            memory = f"{server.memory_mb():.0f} MB"
            print(
                f"{minute:5.1f} min: client {seen}, {server.cpu():.0f} s CPU, {memory}", flush=True
            )

    telling = asyncio.ensure_future(tell())
    try:
        return await generate(server.port, request, count, max(int(rate / 10), 1), rate, load)
    finally:
        telling.cancel()


def soak(stand: Stand, options: argparse.Namespace) -> list[Line]:
    """Requests at a rate while replicas fail in turn: the ledger has what the client saw."""
    count = int(options.soak * options.rate)
    with running(stand.gateway(), "/ready") as server:
        request = request_of("/v1/chat/completions", BODY, server.key)
        load = run(paced(server, request, count, options.rate))
        memory = server.memory_mb()
    from modicum.ledger import open_ledger

    book = open_ledger(stand.ledger)
    with book.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT status, count(*) FROM requests GROUP BY status")
        recorded = {row[0]: row[1] for row in rows}
        asked = "SELECT sum(requests), sum(tokens_out) FROM request_rollups"
        sums, tokens = connection.exec_driver_sql(asked).one()
    book.close()
    seen = dict(sorted(load.statuses.items()))
    told = (
        f"client {seen}, ledger {dict(sorted(recorded.items()))}, rollups {sums}, "
        f"{load.seconds:.0f} s, {memory:.0f} MB"
    )
    same = recorded == load.statuses and sums == sum(load.statuses.values()) == count
    same = same and tokens == 12 * load.statuses.get(200, 0)
    name = f"soak of {options.soak:.0f} s at {options.rate:.0f}/s, replicas failing in turn"
    return [Line(name, "equal", told, same)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("decision", type=Path)
    parser.add_argument("--litellm", help="a Python that has LiteLLM's proxy")
    parser.add_argument("--nginx", default="nginx")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--flat", type=int, default=0, help="requests after which memory is flat")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds (the bar's are 1,800)")
    parser.add_argument("--rate", type=float, default=500.0, help="of the soak, a second")
    parser.add_argument("--replicas", type=int, default=2, help="of the soak's upstream")
    parser.add_argument("--only", nargs="*", choices=(*PIECES, "soak"), default=PIECES)
    parser.add_argument("--postgres", help="the ledger in PostgreSQL instead of SQLite")
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})
    lines: list[Line] = []
    runs: list[tuple[Callable[[Stand, argparse.Namespace], list[Line]], tuple[str, ...]]] = []
    if set(options.only) & set(PIECES) or options.flat or options.litellm:
        runs.append((bars, ()))
    if options.soak:
        runs.append((soak, ("--failing",)))
    for work, more in runs:
        with tempfile.TemporaryDirectory() as folder:
            stand = Stand(Path(folder), options)
            if work is soak:
                stand.ports += [free_port() for _ in range(options.replicas - 1)]
            upstream = stand.mock(*more)
            try:
                lines += work(stand, options)
            except ServerError as error:
                raise SystemExit(str(error)) from None
            finally:
                upstream.terminate()
                upstream.wait()
    print()
    for line in sorted(lines, key=lambda line: line.passed is not False):
        print(line)
    asyncio.set_event_loop(None)


if __name__ == "__main__":
    main()
