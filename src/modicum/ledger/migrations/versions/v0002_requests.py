"""The gateway's tables: requests, rollups, constants, texts, keys, limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from modicum.ledger.base import POSTGRES_FUNCTION, refusals

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and note version 2."""
    _requests()
    _constants()
    _rollups()
    _texts()
    _keys()
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(POSTGRES_FUNCTION)
    for table in ("requests", "request_constants", "request_routes"):
        for statement in refusals(table, dialect):
            op.execute(statement)
    op.execute("INSERT INTO modicum_schema (version) VALUES (2)")


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("worker", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("endpoint", sa.String(24), nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("task", "asked", "route", "tried")),
        sa.Column("constants", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("inputs", sa.Integer, nullable=False),
        *(sa.Column(n, sa.Integer) for n in ("tokens_in", "tokens_out", "tokens_cached")),
        sa.Column("latency_us", sa.BigInteger, nullable=False),
        sa.Column("first_us", sa.BigInteger),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("requests_by_time", "requests", ["at"])


def _constants() -> None:
    op.create_table(
        "request_constants",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("quantity", sa.String(32), primary_key=True),
        sa.Column("per", sa.String(16), primary_key=True),
        *(sa.Column(n, sa.Float) for n in ("value", "low", "high")),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("boundary", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "request_routes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("constants", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(64), nullable=False),
    )
    op.create_index("request_routes_by_task", "request_routes", ["task"])


def _rollups() -> None:
    group = ("task", "route", "tried", "constants", "key_id", "team", "project")
    sums = ("requests", "inputs", "tokens_in", "tokens_out", "tokens_cached")
    op.create_table(
        "request_rollups",
        sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(255), primary_key=True) for name in group),
        sa.Column("outcome", sa.String(16), primary_key=True),
        *(sa.Column(n, sa.BigInteger, nullable=False) for n in sums),
        sa.Column("unmetered", sa.BigInteger, nullable=False),
        sa.Column("latency_us", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_latencies",
        sa.Column("hour", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("task", sa.String(255), primary_key=True),
        sa.Column("route", sa.String(255), primary_key=True),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _texts() -> None:
    op.create_table(
        "request_texts",
        sa.Column("worker", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("user_id", "task", "input", "reply")),
    )
    op.create_index("request_texts_by_user", "request_texts", ["user_id"])
    op.create_index("request_texts_by_expiry", "request_texts", ["expires_at"])


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("name", "team", "project")),
        sa.Column("admin", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_table(
        "limits",
        sa.Column("scope", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("quantity", sa.String(16), primary_key=True),
        sa.Column("most", sa.Float, nullable=False),
        sa.Column("policy", sa.String(8), nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "limit_spent",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("scope", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("quantity", sa.String(16), primary_key=True),
        sa.Column("taken", sa.Float, nullable=False),
    )
