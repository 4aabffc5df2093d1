"""A ledger of ten million requests: how fast the page, the report and the finders read it.

    .venv/bin/python benchmarks/ledger.py --rows 10000000 --database sqlite

Requests of 90 days are made up in the shape of real ones (12 tasks, small and large models, audits,
50 keys, nights and weekends) from a fixed seed and written in bulk, a day at a time, with the
rollups that the gateway keeps as requests arrive.  The same rows through `TrafficStore` give the
same rollups; a test holds that.  Bars: each query of the live page 500 ms, a report 10 s.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event, func, select

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "serve"))

from modicum.figures import Figure
from modicum.ledger import Ledger, open_ledger
from modicum.ledger import traffic_schema as tables
from modicum.ledger.groups import DAYS, HOURS, read_counts, read_groups, read_latencies
from modicum.ledger.period import days_there, read_days, read_today
from modicum.ledger.records import HOUR_MS, RequestRecord
from modicum.ledger.traffic import TrafficStore

QUERY_S, REPORT_S = 0.5, 10.0
DAYS_LONG, TASKS, KEYS, TEAMS = 90, 12, 50, 8
FIRST_DAY = 20_500
SMALL, LARGE, HANDED = 0, 1, 2
COLUMNS = ("worker", *RequestRecord._fields)


class Traffic:
    """Requests day by day, as columns."""

    def __init__(self, rows: int, seed: int = 8) -> None:
        self.rng = np.random.default_rng(seed)
        weights = 1.0 / np.arange(1, TASKS + 1)
        self.of_task = weights / weights.sum()
        weekday = np.array([1.0 if (d % 7) < 5 else 0.35 for d in range(DAYS_LONG)])
        self.per_day = np.floor(rows * weekday / weekday.sum()).astype(int)
        self.per_day[-1] += rows - int(self.per_day.sum())
        hours = 0.25 + np.exp(-0.5 * ((np.arange(24) - 14) / 4) ** 2)
        self.of_hour = hours / hours.sum()
        self.sequence = 0

    def day(self, number: int) -> dict[str, np.ndarray]:
        """One day's requests, in the order of their times."""
        n, draw = int(self.per_day[number]), self.rng
        hour = draw.choice(24, n, p=self.of_hour)
        at = (FIRST_DAY + number) * 24 * HOUR_MS + hour * HOUR_MS + draw.integers(0, HOUR_MS, n)
        at.sort()
        task = draw.choice(TASKS, n, p=self.of_task)
        way = draw.choice(3, n, p=(0.62, 0.26, 0.12))
        tokens = np.minimum(draw.lognormal(5.5 + 0.1 * task, 0.8), 100_000).astype(int) + 1
        longer = draw.random(n) < 0.02
        tokens[longer] *= 12
        status = draw.choice((200, 429, 499, 503), n, p=(0.985, 0.006, 0.005, 0.004))
        sequence = np.arange(self.sequence + 1, self.sequence + n + 1)
        self.sequence += n
        scale = np.where(way == SMALL, 6.5, 13.5)
        return {
            "sequence": sequence,
            "at": at,
            "task": task,
            "way": way,
            "key": draw.integers(0, KEYS, n),
            "tokens_in": tokens,
            "tokens_out": np.where(way == SMALL, 0, draw.integers(1, 400, n)),
            "latency_us": draw.lognormal(scale, 0.5).astype(int) + 1,
            "status": status,
            "audit": (draw.random(n) < 0.02) & (way == LARGE) & (status == 200),
            "attempts": 1 + ((draw.random(n) < 0.03) & (way != SMALL)),
        }


def names_of(day: dict[str, np.ndarray]) -> dict[str, list[Any]]:
    """Codes as the ledger's texts."""
    way, task, key = day["way"].tolist(), day["task"].tolist(), day["key"].tolist()
    tasks = [f"task-{t}" for t in range(TASKS)]
    routes = ["tfidf", "openai/gpt-4o", "openai/gpt-4o"]
    return {
        "task": [tasks[t] for t in task],
        "route": [routes[w] for w in way],
        "tried": ["tfidf" if w == HANDED else "" for w in way],
        "constants": [("small", "large", "both")[w] for w in way],
        "key_id": [f"key-{k}" for k in key],
        "team": [f"team-{k % TEAMS}" for k in key],
        "project": [f"project-{k % 20}" for k in key],
        "endpoint": ["audit" if a else "chat" for a in day["audit"].tolist()],
    }


def request_rows(day: dict[str, np.ndarray]) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of the table's columns."""
    n, texts = len(day["at"]), names_of(day)
    plain = {name: day[name].tolist() for name in day if name not in ("way", "task", "key")}
    status = plain["status"]
    cause = [{200: "", 429: "rate_limit", 499: "left", 503: "upstream"}[s] for s in status]
    return zip(
        [1] * n, plain["sequence"], plain["at"], texts["endpoint"], texts["task"], texts["task"],
        texts["route"], texts["tried"], texts["constants"], texts["key_id"], texts["team"],
        texts["project"], [1] * n, plain["tokens_in"], plain["tokens_out"], [0] * n,
        plain["latency_us"], [None] * n, status, plain["attempts"], cause, strict=True,
    )  # fmt: skip


def bucket(values: np.ndarray) -> np.ndarray:
    """`records.bucket_of` of an array."""
    value = np.maximum(values, 1)
    octave = np.floor(np.log2(value)).astype(int)
    octave -= (value < (1 << octave)).astype(int)
    octave += (value >= (1 << (octave + 1))).astype(int)
    fraction = value / (1 << octave)
    edges = np.array([2**0.25, 2**0.5, 2**0.75])
    return 4 * octave + np.searchsorted(edges, fraction, side="right")


def rollup_rows(day: dict[str, np.ndarray]) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Each rollup table with its rows of a whole day."""
    n = len(day["at"])
    ones, hour = np.ones(n, int), day["at"] // HOUR_MS
    status = day["status"]
    outcome = np.select(
        [status == 499, status == 429, status == 503, day["audit"]], [2, 3, 4, 1], default=0
    )
    outcomes = ("answered", "audited", "gone", "refused", "failed")
    route = (day["way"] != SMALL).astype(int)
    counts = [ones, ones, day["tokens_in"], day["tokens_out"], 0 * ones, 0 * ones]
    counts.append(day["latency_us"])
    keys, sums = grouped([hour, day["task"], day["way"], day["key"], outcome], counts)
    yield tables.rollups, [
        (h, f"task-{t}", *_way(w), f"key-{k}", f"team-{k % TEAMS}", f"project-{k % 20}",
         outcomes[o], *row)
        for (h, t, w, k, o), row in zip(keys, sums, strict=True)
    ]  # fmt: skip
    keys, sums = grouped([hour // 24, day["task"], day["way"], outcome], [*counts, day["attempts"]])
    yield (
        tables.days,
        [
            (d, f"task-{t}", *_way(w), outcomes[o], *row)
            for (d, t, w, o), row in zip(keys, sums, strict=True)
        ],
    )
    shown = ("tfidf", "openai/gpt-4o")
    late, told = bucket(day["latency_us"]), status < 400
    for table, at in ((tables.latencies, hour), (tables.day_latencies, hour // 24)):
        keys, sums = grouped([at, day["task"], route, late], [ones])
        yield (
            table,
            [
                (h, f"task-{t}", shown[r], b, *row)
                for (h, t, r, b), row in zip(keys, sums, strict=True)
            ],
        )
    size = [hour // 24, day["task"], route, bucket(day["tokens_in"])]
    keys, sums = grouped([c[told] for c in size], [ones[told], day["tokens_in"][told]])
    yield (
        tables.sizes,
        [(d, f"task-{t}", shown[r], b, *row) for (d, t, r, b), row in zip(keys, sums, strict=True)],
    )


def _way(way: int) -> tuple[str, str, str]:
    route = "tfidf" if way == SMALL else "openai/gpt-4o"
    return route, "tfidf" if way == HANDED else "", ("small", "large", "both")[way]


def grouped(
    keys: list[np.ndarray], sums: list[np.ndarray]
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Distinct keys, and the sums over the rows of each."""
    low = [int(k.min()) for k in keys]
    wide = [int(k.max()) - lo + 1 for k, lo in zip(keys, low, strict=True)]
    code = np.ravel_multi_index([k - lo for k, lo in zip(keys, low, strict=True)], wide)
    found, inverse = np.unique(code, return_inverse=True)
    parts = np.unravel_index(found, wide)
    columns = [(p + lo).tolist() for p, lo in zip(parts, low, strict=True)]
    totals = [np.bincount(inverse, weights=s, minlength=len(found)).astype(int) for s in sums]
    return list(zip(*columns, strict=True)), list(zip(*(t.tolist() for t in totals), strict=True))


def fill(ledger: Ledger, rows: int) -> None:
    """Write everything, a day in a transaction."""
    traffic, store = Traffic(rows), TrafficStore(ledger.engine)
    store.add_constants(constants())
    for task in range(TASKS):
        store.add_route(1, f"task-{task}", "tfidf", "recommended", "small", "d")
        store.add_route(1, f"task-{task}", "openai/gpt-4o", "reference", "large", "d")
    for number in range(DAYS_LONG):
        day = traffic.day(number)
        with ledger.engine.begin() as connection:
            raw = connection.connection.dbapi_connection
            write(raw, "requests", COLUMNS, request_rows(day))
            for table, found in rollup_rows(day):
                write(raw, table.name, [c.name for c in table.columns], found)


def write(raw: Any, table: str, columns: Any, rows: Any) -> None:
    """Bulk: COPY on PostgreSQL, one prepared statement on SQLite."""
    names = ", ".join(columns)
    if hasattr(raw, "executemany"):
        marks = ", ".join("?" * len(columns))
        raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
        return
    line = "\t".join("%s" for _ in columns)
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        # Texts of ten thousand rows: a row at a time costs ten times as much.  No text here holds
        # a tab, a backslash or the end of a line.
        for some in batched(rows):
            copy.write(("\n".join([line % row for row in some]) + "\n").replace("None", "\\N"))


def batched(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Ten thousand at a time."""
    left = iter(rows)
    while some := list(islice(left, 10_000)):
        yield some


def constants() -> list[dict[str, Any]]:
    """What a request or a token of each way uses."""
    found = []
    for name, per, energy in (
        ("small", "request", 0.02), ("large", "token_in", 0.2), ("large", "token_out", 2.0),
        ("both", "request", 0.02), ("both", "token_in", 0.2), ("both", "token_out", 2.0),
    ):  # fmt: skip
        for quantity, unit, by in (
            ("energy_j", "J", 1.0), ("carbon_g", "gCO2e", 1.3e-4), ("cost", "USD", 1e-7),
        ):  # fmt: skip
            figure = Figure.within(
                energy * by, 4.0, unit, basis="modelled", source="benchmark", boundary="server"
            )
            kept = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")
            plain = {key: getattr(figure, key) for key in kept}
            found.append({"id": name, "quantity": quantity, "per": per, **plain})
    return found


def timed(label: str, bar: float | None, work: Callable[[], Any], times: int = 5) -> bool:
    """The first call and the median of the rest; passes where the first does."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    rest = statistics.median(took[1:]) if times > 1 else took[0]
    verdict = "" if bar is None else f"bar {bar:g} s  {'pass' if took[0] <= bar else 'MISS'}"
    print(f"  {label:34} first {took[0]:8.3f} s, then {rest:8.3f} s  {verdict}", flush=True)
    return bar is None or took[0] <= bar


def measure(url: str) -> bool:
    """Every query of the page, the page, a report, the finders; from a fresh connection."""
    from modicum.cli.live import live_view
    from modicum.report import render_live

    ledger = open_ledger(url)
    now = (FIRST_DAY + DAYS_LONG) * 24 * HOUR_MS - 1
    last = now // HOUR_MS
    span, whole = (last - 23, last), days_there(ledger.engine)
    assert whole is not None

    def run(query: Callable[..., Any], *given: Any) -> Callable[[], Any]:
        def ask() -> Any:
            with ledger.engine.connect() as connection:
                return query(connection, *given)

        return ask

    def rows_of(connection: Any, table: Any) -> Any:
        return list(connection.execute(select(table)))

    passed = [
        timed("page: groups of 24 hours", QUERY_S, run(read_groups, HOURS, *span)),
        timed("page: requests by hour", QUERY_S, run(read_counts, HOURS, *span)),
        timed("page: latencies", QUERY_S, run(read_latencies, HOURS, *span)),
        timed("page: constants", QUERY_S, run(rows_of, tables.constants)),
        timed("page: routes", QUERY_S, run(rows_of, tables.routes)),
        timed("page: read and drawn", None, lambda: render_live(live_view(ledger, now, {}))),
        timed("report: groups of all days", QUERY_S, run(read_groups, DAYS, *whole)),
        timed("report: requests by day", QUERY_S, run(read_counts, DAYS, *whole)),
        timed("report: latencies of all days", QUERY_S, run(read_latencies, DAYS, *whole)),
        timed("report: all of its figures", REPORT_S, lambda: read_days(ledger.engine, *whole)),
        timed("report: three readers, html", REPORT_S, lambda: report(ledger), 2),
        timed("opportunities", REPORT_S, lambda: opportunities(ledger), 2),
    ]
    assert read_today(ledger.engine, now).requests
    ledger.close()
    return all(passed)


def report(ledger: Ledger) -> None:
    """The page of all readers over everything."""
    from modicum.cli.report_ledger import render_ledger

    render_ledger(ledger, "html")


def opportunities(ledger: Ledger) -> None:
    """Every finder over everything."""
    from modicum.opportunities import find_opportunities, see

    find_opportunities(see(ledger))


def arriving(url: str) -> None:
    """What one more batch costs, as the gateway writes it, in a ledger that is full."""
    ledger = open_ledger(url)
    store, traffic = TrafficStore(ledger.engine), Traffic(DAYS_LONG * 4000, seed=9)
    day = traffic.day(1)
    rows = [RequestRecord(*row[1:]) for row in request_rows(day)]
    with ledger.engine.connect() as connection:
        worker = 1 + connection.scalars(select(func.max(tables.requests.c.worker))).one()
    before, start = time.process_time(), time.perf_counter()
    for at in range(0, len(rows), 500):
        store.add(worker, rows[at : at + 500])
    cpu, wall = time.process_time() - before, time.perf_counter() - start
    each = len(rows)
    print(
        f"  arriving: {each:,} requests in batches of 500, {wall / each * 1e6:.0f} us each "
        f"({cpu / each * 1e6:.0f} us CPU here), all rollups kept"
    )
    ledger.close()


def run(url: str, rows: int) -> bool:
    """Fill a database unless it holds these rows, and measure it."""
    ledger = open_ledger(url)
    with ledger.engine.connect() as connection:
        there = connection.scalar(select(func.sum(tables.days.c.requests))) or 0
    if there < rows:
        if ledger.engine.dialect.name == "sqlite":
            # Only while filling: a benchmark's rows need not survive a power cut.
            event.listen(ledger.engine, "connect", _fast)
            ledger.engine.dispose()
        start = time.perf_counter()
        fill(ledger, rows)
        print(f"  filled in {time.perf_counter() - start:.0f} s", flush=True)
        if ledger.engine.dialect.name != "sqlite":
            settle(url)
    ledger.close()
    passed = measure(url)
    arriving(url)
    return passed


def _fast(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA cache_size=-200000")


def settle(url: str) -> None:
    """Statistics for the planner, as autovacuum would gather them within minutes."""
    ledger = open_ledger(url)
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
    ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument(
        "--keep", type=Path, help="Leave the databases here; one that is full is only measured."
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stopped: nothing is left running
    passed = True
    folder = given.keep or Path(tempfile.mkdtemp(prefix="modicum-ledger-"))
    folder.mkdir(exist_ok=True)
    try:
        if given.database in ("sqlite", "both"):
            passed &= sqlite(folder / "ledger.sqlite", given.rows)
        if given.database in ("postgres", "both"):
            passed &= postgres(folder / "postgres", given.rows)
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {peak:.0f} MB at most in this process")
    sys.exit(0 if passed else 1)


def sqlite(path: Path, rows: int) -> bool:
    """One file."""
    print(f"SQLite, {rows:,} requests of {DAYS_LONG} days", flush=True)
    passed = run(f"sqlite:///{path}", rows)
    size = sum(p.stat().st_size for p in path.parent.glob(f"{path.name}*"))
    print(f"  {size / 2**30:.2f} GiB on disk")
    return passed


def postgres(folder: Path, rows: int) -> bool:
    """Debian's server, in a folder of its own."""
    from postgres import Postgres

    folder.parent.chmod(0o755)  # the server's own user passes through it
    server = Postgres(folder)
    try:
        server.start()
        print(f"PostgreSQL, {rows:,} requests of {DAYS_LONG} days", flush=True)
        return run(server.url, rows)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
