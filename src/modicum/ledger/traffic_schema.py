"""The gateway's tables: requests and their rollups, what a request uses, keys and budgets.

A request row holds counts and a reference (`constants`) to what one request, or one token, of its
route uses; those become figures when somebody reads them.  Times are whole milliseconds since 1970
(UTC), hours are those times divided by 3,600,000, days are hours divided by 24.  Rollups by day
leave keys, teams and projects out, so that months are read as fast as hours.  An empty text means
"none"; an unknown count is NULL.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from modicum.ledger.base import metadata

requests = Table(
    "requests",
    metadata,
    Column("worker", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("endpoint", String(24), nullable=False),
    Column("task", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("tried", Text, nullable=False),
    Column("constants", String(32), nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("team", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("inputs", Integer, nullable=False),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("tokens_cached", Integer),
    Column("latency_us", BigInteger, nullable=False),
    Column("first_us", BigInteger),
    Column("status", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("cause", String(32), nullable=False),
    Index("requests_by_time", "at"),
    sqlite_with_rowid=False,
)

constants = Table(
    "request_constants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("quantity", String(32), primary_key=True),
    Column("per", String(16), primary_key=True),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("unit", String(64), nullable=False),
    Column("basis", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("boundary", Text, nullable=False),
    Column("reason", Text),
)

routes = Table(
    "request_routes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("task", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("constants", String(32), nullable=False),
    Column("decision", String(64), nullable=False),
    Index("request_routes_by_task", "task"),
)

_SUMS = (
    "requests", "inputs", "tokens_in", "tokens_out", "tokens_cached", "unmetered", "latency_us",
)  # fmt: skip


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names]


def _histogram(name: str, time: str, *sums: str) -> Table:
    """A table of counts by bucket of a task's route; `time` names its hour or day."""
    return Table(
        name,
        metadata,
        Column(time, Integer, primary_key=True, autoincrement=False),
        Column("task", String(255), primary_key=True),
        Column("route", String(255), primary_key=True),
        Column("bucket", Integer, primary_key=True, autoincrement=False),
        *_counts(*sums),
        sqlite_with_rowid=False,
    )


_GROUP = ("task", "route", "tried", "constants", "key_id", "team", "project")

rollups = Table(
    "request_rollups",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    *(Column(name, String(255), primary_key=True) for name in _GROUP),
    Column("outcome", String(16), primary_key=True),
    *_counts(*_SUMS),
    sqlite_with_rowid=False,
)

latencies = _histogram("request_latencies", "hour", "requests")

_DAY_GROUP = ("task", "route", "tried", "constants")

days = Table(
    "request_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    *(Column(name, String(255), primary_key=True) for name in _DAY_GROUP),
    Column("outcome", String(16), primary_key=True),
    *_counts(*_SUMS, "attempts"),
    sqlite_with_rowid=False,
)

day_latencies = _histogram("request_day_latencies", "day", "requests")

sizes = _histogram("request_sizes", "day", "requests", "tokens_in")

texts = Table(
    "request_texts",
    metadata,
    Column("worker", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("input", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Index("request_texts_by_user", "user_id"),
    Index("request_texts_by_expiry", "expires_at"),
)

keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("admin", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

limits = Table(
    "limits",
    metadata,
    Column("scope", String(8), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("quantity", String(16), primary_key=True),
    Column("most", Float, nullable=False),
    Column("policy", String(8), nullable=False),
    Column("set_at", BigInteger, nullable=False),
)

spent = Table(
    "limit_spent",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("scope", String(8), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("quantity", String(16), primary_key=True),
    Column("taken", Float, nullable=False),
)
