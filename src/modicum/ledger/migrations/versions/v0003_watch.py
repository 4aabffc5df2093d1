"""The watch's tables: watches, audits and their texts, alarms, promotions, conditions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from modicum.ledger.base import refusals

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and note version 3."""
    _watches()
    _audits()
    _alarms()
    _moves()
    dialect = op.get_bind().dialect.name
    names = ("watches", "audits", "alarms", "audit_releases", "promotions", "conditions")
    for table in names:
        for statement in refusals(table, dialect):
            op.execute(statement)
    op.execute("INSERT INTO modicum_schema (version) VALUES (3)")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _watch(*, index: bool = False) -> list[sa.Column[int]]:
    return [
        sa.Column("watch", sa.Integer, nullable=False, index=index),
        sa.Column("at", sa.BigInteger, nullable=False),
    ]


def _watches() -> None:
    op.create_table(
        "watches",
        _id(),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("task", sa.String(255), nullable=False),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("task", "decision", name="watches_once"),
    )


def _audits() -> None:
    op.create_table(
        "audits",
        _id(),
        *_watch(),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        *(sa.Column(n, sa.Float, nullable=False) for n in ("loss", "probability", "floor")),
        sa.Column("slices", sa.Text, nullable=False),
    )
    op.create_index("audits_by_watch", "audits", ["watch", "id"])
    op.create_table(
        "audit_texts",
        sa.Column("audit", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("input", "answer", "reference")),
    )
    op.create_index("audit_texts_by_user", "audit_texts", ["user_id"])
    op.create_index("audit_texts_by_time", "audit_texts", ["at"])


def _alarms() -> None:
    op.create_table(
        "alarms",
        _id(),
        *_watch(),
        sa.Column("stream", sa.String(255), nullable=False),
        sa.Column("audit", sa.Integer, nullable=False),
        sa.Column("audits", sa.Integer, nullable=False),
        *(sa.Column(n, sa.Float, nullable=False) for n in ("e_value", "bound", "alpha", "rate")),
        sa.UniqueConstraint("watch", "stream", name="alarms_once"),
    )
    op.create_table(
        "audit_releases",
        _id(),
        *_watch(index=True),
        sa.Column("audit", sa.Integer, nullable=False),
    )


def _moves() -> None:
    op.create_table(
        "promotions",
        _id(),
        *_watch(index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("audit", sa.Integer, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
    )
    op.create_table(
        "conditions",
        _id(),
        *_watch(index=True),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
