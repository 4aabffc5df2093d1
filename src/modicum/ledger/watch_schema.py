"""The watch's tables: what is watched, every audit, alarms, moves of traffic, and conditions.

Times are whole milliseconds since 1970 (UTC).  All of them only grow but `audit_texts`, which is
filled only where texts may be kept, and can be erased.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from modicum.ledger.base import metadata

watches = Table(
    "watches",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("task", String(255), nullable=False),
    Column("decision", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("document", Text, nullable=False),
    Unique("task", "decision", name="watches_once"),
)

audits = Table(
    "audits",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("watch", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("request", String(64), nullable=False),
    Column("loss", Float, nullable=False),
    Column("probability", Float, nullable=False),
    Column("floor", Float, nullable=False),
    Column("slices", Text, nullable=False),
    Index("audits_by_watch", "watch", "id"),
)

texts = Table(
    "audit_texts",
    metadata,
    Column("audit", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("input", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Index("audit_texts_by_user", "user_id"),
    Index("audit_texts_by_time", "at"),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("watch", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("stream", String(255), nullable=False),
    Column("audit", Integer, nullable=False),
    Column("audits", Integer, nullable=False),
    Column("e_value", Float, nullable=False),
    Column("bound", Float, nullable=False),
    Column("alpha", Float, nullable=False),
    Column("rate", Float, nullable=False),
    Unique("watch", "stream", name="alarms_once"),
)

releases = Table(
    "audit_releases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("watch", Integer, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("audit", Integer, nullable=False),
)

moves = Table(
    "promotions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("watch", Integer, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("share", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("audit", Integer, nullable=False),
    Column("plan", Text, nullable=False),
)

conditions = Table(
    "conditions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("watch", Integer, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("name", String(32), nullable=False),
    Column("value", Text, nullable=False),
)

GROWING = (watches, audits, alarms, releases, moves, conditions)
"""Tables that refuse changes."""
