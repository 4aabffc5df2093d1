"""Rollups by day, with attempts, latencies and the sizes of requests; filled from what is there."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from modicum.ledger.migrations.progress import days_of, each_day
from modicum.ledger.records import bucket_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_GROUP = ("task", "route", "tried", "constants")
_SUMS = ("requests", "inputs", "tokens_in", "tokens_out", "tokens_cached", "unmetered")
DAY_MS = 86_400_000
_DAYS = (
    "INSERT INTO request_days SELECT at / 86400000, SUBSTR(task, 1, 255), "
    "SUBSTR(route, 1, 255), SUBSTR(tried, 1, 255), constants, "
    "CASE WHEN status < 400 AND endpoint = 'audit' THEN 'audited' "
    "WHEN status < 400 THEN 'answered' WHEN status = 499 THEN 'gone' "
    "WHEN status < 500 THEN 'refused' ELSE 'failed' END, "
    "COUNT(*), SUM(inputs), SUM(COALESCE(tokens_in, 0)), SUM(COALESCE(tokens_out, 0)), "
    "SUM(COALESCE(tokens_cached, 0)), "
    "SUM(CASE WHEN tokens_in IS NULL OR tokens_out IS NULL THEN 1 ELSE 0 END), "
    "SUM(latency_us), SUM(attempts) FROM requests WHERE at >= :first AND at < :end "
    "GROUP BY 1, 2, 3, 4, 5, 6"
)
_TOKENS = (
    "SELECT SUBSTR(task, 1, 255), SUBSTR(route, 1, 255), tokens_in, COUNT(*) FROM requests "
    "WHERE at >= :first AND at < :end AND tokens_in IS NOT NULL AND status < 400 GROUP BY 1, 2, 3"
)


def upgrade() -> None:
    """Make the tables, fill them a day at a time, and note version 4."""
    _make()
    ends = op.get_bind().execute(sa.text("SELECT MIN(at), MAX(at) FROM requests")).one()
    for day in each_day(days_of(ends), "the ledger is brought to version 4"):
        span = {"first": day * DAY_MS, "end": (day + 1) * DAY_MS}
        op.get_bind().execute(sa.text(_DAYS), span)
        _fill_sizes(day, span)
    op.execute(
        "INSERT INTO request_day_latencies SELECT hour / 24, task, route, bucket, SUM(requests) "
        "FROM request_latencies GROUP BY 1, 2, 3, 4"
    )
    op.execute("INSERT INTO modicum_schema (version) VALUES (4)")


def _make() -> None:
    op.create_table(
        "request_days",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(255), primary_key=True) for name in _GROUP),
        sa.Column("outcome", sa.String(16), primary_key=True),
        *(
            sa.Column(name, sa.BigInteger, nullable=False)
            for name in (*_SUMS, "latency_us", "attempts")
        ),
        sqlite_with_rowid=False,
    )
    _buckets("request_day_latencies")
    _buckets("request_sizes", "tokens_in")


def _buckets(name: str, *sums: str) -> None:
    op.create_table(
        name,
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("task", sa.String(255), primary_key=True),
        sa.Column("route", sa.String(255), primary_key=True),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(n, sa.BigInteger, nullable=False) for n in ("requests", *sums)),
        sqlite_with_rowid=False,
    )


def _fill_sizes(day: int, span: dict[str, int]) -> None:
    """In Python, as no database need know the logarithm of a bucket."""
    found: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
    for task, route, tokens, count in op.get_bind().execute(sa.text(_TOKENS), span):
        row = found[(task, route, bucket_of(tokens))]
        row[0] += count
        row[1] += count * tokens
    names = ("day", "task", "route", "bucket", "requests", "tokens_in")
    rows = [dict(zip(names, (day, *key, *sums), strict=True)) for key, sums in found.items()]
    if rows:
        op.bulk_insert(sa.table("request_sizes", *map(sa.column, names)), rows)
