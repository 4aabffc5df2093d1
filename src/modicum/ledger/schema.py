"""The ledger's tables.  Rows are only ever added: triggers refuse to change or delete one."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from modicum.ledger import traffic_schema as traffic
from modicum.ledger import watch_schema as watch
from modicum.ledger.base import metadata, refuse_changes

VERSION = 4
"""The schema this program writes: one more for each migration."""

schema = Table(
    "modicum_schema",
    metadata,
    Column("version", Integer, primary_key=True),
)

alembic = Table(
    "alembic_version",
    metadata,
    Column("version_num", String(32), primary_key=True),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("version", String(32), nullable=False),
)

events = Table(
    "run_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("detail", Text, nullable=False),
)

figures = Table(
    "figures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("quantity", String(64), nullable=False),
    Column("value", Float),
    Column("low", Float),
    Column("high", Float),
    Column("unit", String(64), nullable=False),
    Column("basis", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("boundary", Text, nullable=False),
    Column("reason", Text),
)

looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(32), nullable=False),
    Column("judge", String(64), nullable=False),
    Column("study", String(64), nullable=False),
    Column("alpha", Float, nullable=False),
    Column("at", String(32), nullable=False),
    Index("looks_by_judge", "judge"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("run_id", String(32), primary_key=True),
    Column("document", Text, nullable=False),
)

for _table in (
    runs,
    events,
    figures,
    looks,
    decisions,
    traffic.requests,
    traffic.constants,
    traffic.routes,
    *watch.GROWING,
):
    refuse_changes(_table)
