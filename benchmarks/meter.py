"""Measures the meter against its promises, beside CodeCarbon and Zeus where they are installed.

    python benchmarks/meter.py [--codecarbon PYTHON] [--zeus PYTHON] [--quick]

CodeCarbon and Zeus run in the interpreters given, so that each has its own environment.  Every line
says what was promised, what was measured, and PASS or MISS; misses come first at the end.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import meter_coverage
import meter_gpu
from modicum.metering import Meter, cpus
from modicum.metering.calibration import LOADS, Phase, fit
from modicum.metering.power import model_of
from modicum.metering.processes import ProcFs
from modicum.metering.replay import Replay, Replayed
from modicum.metering.trace import PowerTrace

BURN = "import time\nwhile time.process_time() < {}: pass"
ROOT = Path(__file__).parents[1]


@dataclass
class Line:
    bar: str
    promised: str
    measured: str
    passed: bool | None

    def __str__(self) -> str:
        verdict = {True: "PASS", False: "MISS", None: "    "}[self.passed]
        return f"{verdict}  {self.bar:<52} {self.promised:<18} {self.measured}"


def burner(seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", BURN.format(seconds)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codecarbon", help="a Python that has CodeCarbon 3")
    parser.add_argument("--zeus", help="a Python that has Zeus")
    parser.add_argument("--quick", action="store_true", help="shorter runs, rougher figures")
    options = parser.parse_args()
    lines: list[Line] = []
    parts: list[Callable[[argparse.Namespace], list[Line]]] = [
        children, neighbour, machine_sum, one_core, cost, sampling, honesty, coverage, gpu,
    ]  # fmt: skip
    parts += [codecarbon] if options.codecarbon else []
    parts += [zeus] if options.zeus else []
    for part in parts:
        for line in part(options):
            print(line, flush=True)
            lines.append(line)
    missed = [line for line in lines if line.passed is False]
    print(f"\n{len(missed)} missed of {sum(line.passed is not None for line in lines)} bars")
    for line in missed:
        print(line)


def children(options: argparse.Namespace) -> list[Line]:
    """CPU seconds of repeated 0.8 s children, against what the kernel charged them (wait4)."""
    count = 3 if options.quick else 10
    true = 0.0
    with Meter(sources=()).window("children", own=False) as window:
        for _ in range(count):
            child = burner(0.8)
            _, _, usage = os.wait4(child.pid, 0)
            child.returncode = 0
            true += usage.ru_utime + usage.ru_stime
    share = window.reading.cpu_seconds / true
    text = f"{share:.2%} of {true:.2f} CPU-s in {count} children"
    return [Line("children of 0.8 s: CPU-seconds seen", ">= 99%", text, 0.99 <= share <= 1.01)]


def neighbour(options: argparse.Namespace) -> list[Line]:
    """`sleep` metered while a neighbour burns every core."""
    seconds = 3 if options.quick else 10
    burners = [burner(seconds + 5) for _ in range(os.cpu_count() or 1)]
    code = (
        "import json,sys\nfrom modicum.metering import Meter\n"
        "from modicum.metering.command import run\n"
        "with Meter(sources=()).window('s', own=False) as w: run(['sleep', sys.argv[1]])\n"
        "cpu=[d for d in w.reading.devices if d.kind=='cpu'][0]\n"
        "print(json.dumps([cpu.energy_j.value, cpu.energy_j.high, w.reading.energy_j.value]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(seconds)], capture_output=True, text=True, check=True
    )
    for process in burners:
        process.kill()
        process.wait()
    dynamic, high, whole = json.loads(done.stdout)
    text = f"{dynamic:.4f} J (at most {high:.4f}); with memory held {whole:.4f} J"
    return [Line(f"sleep {seconds} beside two burning cores", "<= 1 J dynamic", text, high <= 1.0)]


def machine_sum(options: argparse.Namespace) -> list[Line]:
    """All processes + idle = machine, in CPU time and in the joules of a machine counter."""
    seconds = 3 if options.quick else 10
    processes = ProcFs()
    burners = [burner(seconds * 2) for _ in range(max(1, (os.cpu_count() or 2) - 1))]
    moments: list[float] = []

    def clock() -> float:
        moments.append(time.perf_counter())
        return moments[-1]

    trace = PowerTrace.of([(0.0, 80.0), (time.perf_counter() + 1e6, 80.0)])
    meter = Meter(sources=(Replay({"package-0": Replayed("cpu", trace)}, clock),))
    me, mine = os.getpid(), [p.pid for p in burners]
    others = [p.pid for p in processes.all() if p.parent in (0, 1, 2) and p.pid != me]
    time.sleep(0.2)
    with (
        meter.window("mine", pids=mine, own=False) as first,
        meter.window("all", pids=[*others, *mine]) as everything,
    ):
        time.sleep(seconds)
    for process in burners:
        process.kill()
        process.wait()
    return _sums(first, everything)


def _sums(first: Any, everything: Any) -> list[Line]:
    start, stop = everything._start.machine, everything._stop.machine
    busy = stop[0] - start[0]
    seen = everything.reading.cpu_seconds
    off = abs(seen - busy) / busy
    cpu = f"{seen:.2f} of {busy:.2f} busy CPU-s"
    (device,) = (d for d in everything.reading.devices if d.kind == "cpu")
    whole, charged = device.machine_j.value, device.energy_j.value
    idle = everything._meter.power.idle().value * everything.reading.wall_seconds
    gap = abs(charged + idle - whole) / whole
    return [
        Line("all processes = machine, CPU time", "within 1%", f"{off:.2%} off, {cpu}",
             off <= 0.01),
        Line(
            "all processes + idle = machine, joules", "within 1%",
            f"{gap:.2%} off: {charged:.1f} + {idle:.1f} idle of {whole:.1f} J", gap <= 0.01,
        ),
    ]  # fmt: skip


def one_core(options: argparse.Namespace) -> list[Line]:
    """One busy core against a machine counter, with every idle rule."""
    worst = 0.0
    trace = PowerTrace.of([(0.0, 25.0), (time.perf_counter() + 1e6, 25.0)])
    for rule in ("excluded", "by-use", "whole"):
        replay = Replay({"package-0": Replayed("cpu", trace)}, time.perf_counter)
        with Meter(sources=(replay,), idle=rule).window("core") as window:
            end = time.process_time() + 0.5
            while time.process_time() < end:
                pass
        (device,) = (d for d in window.reading.devices if d.kind == "cpu")
        assert device.machine_j is not None
        assert device.energy_j.value is not None
        assert device.machine_j.value is not None
        worst = max(worst, device.energy_j.value / device.machine_j.value)
    text = f"at most {worst:.1%} of the machine's joules, over 3 idle rules"
    return [Line("one busy core is charged", "<= machine", text, worst <= 1.0 + 1e-9)]


START = """
import json, resource, sys, time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
{setup}
imported, used = time.perf_counter(), time.process_time()
{first}
first, first_cpu = time.perf_counter(), time.process_time() - used
best = 1e9
for _ in range({repeats}):
    begin = time.perf_counter()
    for _ in range({count}):
        {window}
    best = min(best, (time.perf_counter() - begin) / {count})
import threading
print(json.dumps({{
    "import_ms": (imported - start) * 1e3, "first_ms": (first - imported) * 1e3,
    "first_cpu_ms": first_cpu * 1e3,
    "window_us": best * 1e6, "numpy": "numpy" in sys.modules, "threads": threading.active_count(),
    "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}}))
"""


def started(python: str, runs: int = 5, **parts: object) -> dict[str, float]:
    """What starting and opening windows costs, over fresh interpreters: times are the least of
    them, since other programs only ever add to a time; the rest is the median."""
    code = START.format(**parts)
    dropped = {"PYTHONDONTWRITEBYTECODE"} | ({"PYTHONPATH"} if python != sys.executable else set())
    environment = {k: v for k, v in os.environ.items() if k not in dropped}
    results = []
    for _ in range(runs + 1):
        done = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=False, env=environment
        )
        if done.returncode:
            raise SystemExit(f"{python} failed: {done.stderr[-500:]}")
        results.append(json.loads(done.stdout.splitlines()[-1]))
    del results[0]  # it compiled what installing would have compiled
    return {
        name: (min if name.endswith(("_ms", "_us")) else statistics.median)(
            r[name] for r in results
        )
        for name in results[0]
    }


def cost(options: argparse.Namespace) -> list[Line]:
    """Import, first window, each window; in fresh interpreters."""
    found = started(
        sys.executable, runs=3 if options.quick else 9,
        setup="from modicum.metering import Meter",
        first="meter = Meter()\nwith meter.window('first') as w: pass\nreading = w.reading",
        window="\n        with meter.window('x') as w: pass", count=50, repeats=600,
    )  # fmt: skip
    return [
        Line("import of the meter alone", "< 40 ms", f"{found['import_ms']:.1f} ms",
             found["import_ms"] < 40),
        Line("numpy loaded", "no", str(bool(found["numpy"])), not found["numpy"]),
        Line("first window with its reading", "< 50 ms",
             f"{found['first_ms']:.1f} ms wall, {found['first_cpu_ms']:.1f} ms CPU",
             found["first_ms"] < 50),
        Line("a window, open to close", "< 10 us", f"{found['window_us']:.2f} us",
             found["window_us"] < 10),
        Line("threads of a meter without polled sources", "1", f"{found['threads']:.0f}",
             found["threads"] == 1),
        Line("memory of the process", "", f"{found['rss_mb']:.0f} MB", None),
    ]  # fmt: skip


def sampling(options: argparse.Namespace) -> list[Line]:
    """CPU time of the keeper polling at 10 Hz a source as dear as RAPL's files are."""
    from modicum.metering.rapl import Rapl

    seconds = 3 if options.quick else 10
    root = Path("/tmp") / f"modicum-bench-{os.getpid()}"
    for index in range(2):
        folder = root / f"intel-rapl:{index}"
        folder.mkdir(parents=True)
        for name, text in (("name", f"package-{index}"), ("max_energy_range_uj", "262143328850"),
                           ("energy_uj", "1")):  # fmt: skip
            (folder / name).write_text(text)
    rapl = Rapl(root)
    rapl.period_s = 0.1
    meter = Meter(sources=(rapl,))
    with meter.window("sampled"):
        begin = time.process_time()
        time.sleep(seconds)
        used = time.process_time() - begin
    for path in sorted(root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    root.rmdir()
    share = used / seconds
    left = [t.name for t in threading.enumerate() if t.name == "modicum-meter" and t.is_alive()]
    time.sleep(0.2)
    return [
        Line("polling two RAPL packages at 10 Hz", "< 1% of a core", f"{share:.3%}", share < 0.01),
        Line("threads left after the window", "at most ending", str(len(left)), len(left) <= 1),
    ]


def honesty(options: argparse.Namespace) -> list[Line]:
    """Held-out machines: coverage before calibration, held-out error after it."""
    machines = _machines()
    source = random.Random(1)  # noqa: S311
    inside = runs = 0
    errors: list[float] = []
    for vendor, family, model, stepping, idle_w, full_w, threads in machines.SYSTEMS:
        power = model_of("x", cpus.identify(vendor, family, model, stepping), threads)
        for shape in machines.SHAPES:

            def wall(
                at: float, shape: Any = shape, low: float = idle_w, top: float = full_w
            ) -> float:
                return float(low + (top - low) * machines.dynamic_fraction(shape, at))

            def phase(at: float, wall: Any = wall, watts: float = power.watts * threads) -> Phase:
                return Phase(watts * at * 20, 20.0, wall(at) * 20 * source.gauss(1.0, 0.01))

            found = fit([phase(a) for a in LOADS], power, date="", meter="plug")
            for _ in range(40):
                load = source.uniform(0.05, 1.0)
                figure = power.energy(load * threads)
                assert figure.low is not None
                assert figure.high is not None
                inside += figure.low <= wall(load) - idle_w <= figure.high
                runs += 1
                held = phase(load)
                guess = found.predict(held.reading_j, held.seconds)
                errors.append(abs(guess - held.wall_j) / held.wall_j)
    error, middle = statistics.mean(errors), statistics.median(errors)
    p95 = sorted(errors)[int(0.95 * len(errors))]
    return [
        Line("machines not in the model, truth in the interval", ">= 85%",
             f"{inside / runs:.1%} of {runs} (50 servers x 3 load curves)", inside / runs >= 0.85),
        Line("held-out error after calibration at 7 loads", "<= 7%",
             f"{error:.1%} mean, {middle:.1%} median, {p95:.1%} at 95%", p95 <= 0.07),
    ]  # fmt: skip


def coverage(options: argparse.Namespace) -> list[Line]:
    """Worst coverage of each operation over many pairs of errors, shared and not."""
    found = meter_coverage.worst(5_000 if options.quick else 20_000)
    return [
        Line(f"coverage of a {name}, worst of 50 cases", ">= 88%", f"{least:.1%}", least >= 0.88)
        for name, least in found.items()
    ]


def gpu(options: argparse.Namespace) -> list[Line]:
    """The GPU bars on the replay, and on a board where there is one."""
    return [Line(*row) for row in (*meter_gpu.on_the_replay(), *meter_gpu.on_the_board())]


def codecarbon(options: argparse.Namespace) -> list[Line]:
    """The same work under CodeCarbon, process mode; no bar of ours."""
    make = (
        "tracker = OfflineEmissionsTracker(country_iso_code='FRA', tracking_mode='process', "
        "save_to_file=False, log_level='critical', allow_multiple_runs=True)"
    )
    found = started(
        options.codecarbon, runs=3, setup="from codecarbon import OfflineEmissionsTracker",
        first=f"{make}\ntracker.start()\ntracker.stop()\n{make}",
        window="tracker.start_task('t'); tracker.stop_task('t')", count=20, repeats=3,
    )  # fmt: skip
    work = (
        "import json, subprocess, sys, time\nfrom codecarbon import OfflineEmissionsTracker\n"
        "def one(f):\n"
        f"    {make}\n    tracker.start(); f(); tracker.stop()\n"
        "    e = tracker.final_emissions_data\n"
        "    return [e.cpu_energy * 3.6e6, e.ram_energy * 3.6e6]\n"
        "def burn(s):\n    end = time.process_time() + s\n"
        "    while time.process_time() < end: pass\n"
        "def kids():\n"
        "    for _ in range(3): subprocess.run([sys.executable, '-S', '-c', "
        "'import time\\nwhile time.process_time() < 0.8: pass'])\n"
        "print(json.dumps([one(lambda: burn(2.4)), one(kids), one(lambda: time.sleep(5))]))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [options.codecarbon, "-c", work], capture_output=True, text=True, check=True,
        env=environment,
    )  # fmt: skip
    own, kids, nap = json.loads(done.stdout.splitlines()[-1])
    seconds = 3 if options.quick else 10
    alone = (
        work[: work.index("def burn")] + f"print(json.dumps(one(lambda: time.sleep({seconds}))))"
    )
    whole = alone.replace("tracking_mode='process'", "tracking_mode='machine'")
    burners = [burner(seconds + 30) for _ in range(os.cpu_count() or 1)]
    beside = subprocess.run(
        [options.codecarbon, "-c", whole],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    process = subprocess.run(
        [options.codecarbon, "-c", alone], capture_output=True, text=True, check=True,
        env=environment,
    )  # fmt: skip
    for other in burners:
        other.kill()
        other.wait()
    last = (json.loads(d.stdout.splitlines()[-1]) for d in (beside, process))
    machine_j, process_j = (found[0] for found in last)
    seen = kids[0] / own[0] if own[0] else float("nan")
    return [
        Line("CodeCarbon: import, first window", "",
             f"{found['import_ms']:.0f} ms, {found['first_ms']:.0f} ms", None),
        Line("CodeCarbon: a window, memory, threads", "",
             f"{found['window_us']:.0f} us, {found['rss_mb']:.0f} MB, {found['threads']:.0f}",
             None),
        Line("CodeCarbon: children's CPU joules / the same in-process", "",
             f"{seen:.1%} ({kids[0]:.2f} of {own[0]:.2f} J)", None),
        Line(f"CodeCarbon: sleep {seconds} beside two burning cores", "",
             f"{process_j:.2f} J CPU in process mode, {machine_j:.2f} J in machine mode", None),
        Line("CodeCarbon: a nap of 5 s", "", f"{nap[0]:.2f} J CPU, {nap[1]:.2f} J memory", None),
    ]  # fmt: skip


def zeus(options: argparse.Namespace) -> list[Line]:
    """The same under Zeus, which has no model and so needs counters."""
    found = started(
        options.zeus, runs=3, setup="from zeus.monitor import ZeusMonitor",
        first="m = ZeusMonitor()\nm.begin_window('f')\nr = m.end_window('f')",
        window="m.begin_window('x'); m.end_window('x')", count=200, repeats=3,
    )  # fmt: skip
    code = (
        "from zeus.monitor import ZeusMonitor\nm = ZeusMonitor()\nm.begin_window('f')\n"
        "print('reading', m.end_window('f'))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [options.zeus, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    said = next(
        (s for s in done.stdout.splitlines() if s.startswith("reading")), done.stderr[-100:]
    )
    return [
        Line("Zeus: import, first window", "",
             f"{found['import_ms']:.0f} ms, {found['first_ms']:.0f} ms", None),
        Line("Zeus: a window, memory", "",
             f"{found['window_us']:.0f} us, {found['rss_mb']:.0f} MB", None),
        Line("Zeus: what it says here", "", said, None),
    ]  # fmt: skip


def _machines() -> ModuleType:
    path = ROOT / "tests" / "metering" / "machines.py"
    spec = importlib.util.spec_from_file_location("machines", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
