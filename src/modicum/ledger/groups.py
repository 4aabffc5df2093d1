"""Rollups added up over a period: requests by task, route and outcome, whoever asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from modicum.ledger import traffic_schema as tables

_GROUP = ("task", "route", "tried", "constants", "outcome")
_SUMS = ("requests", "inputs", "tokens_in", "tokens_out", "tokens_cached", "unmetered")


class Group(NamedTuple):
    """Requests that went the same way and ended alike; tokens are of those that told them.

    attempts: calls of an upstream, retries included; None where the rollup does not count them.
    """

    task: str
    route: str
    tried: str
    constants: str
    outcome: str
    requests: int
    inputs: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    unmetered: int
    attempts: int | None = None


@dataclass(frozen=True)
class Rollups:
    """The two tables of one grain, and the name of its column."""

    counts: Table
    latencies: Table
    at: str


HOURS = Rollups(tables.rollups, tables.latencies, "hour")
DAYS = Rollups(tables.days, tables.day_latencies, "day")


def read_groups(connection: Connection, rollups: Rollups, first: int, last: int) -> list[Group]:
    """Every group between two hours or days, both included; the database adds up."""
    c = rollups.counts.c
    group = [c[name] for name in _GROUP]
    summed = (*_SUMS, "attempts") if rollups is DAYS else _SUMS
    # A sum of big integers is a decimal number in PostgreSQL.
    sums = [func.sum(c[name]).cast(c[name].type) for name in summed]
    query = select(*group, *sums).where(c[rollups.at].between(first, last)).group_by(*group)
    return [Group(*row) for row in connection.execute(query.order_by(*group))]


def read_counts(connection: Connection, rollups: Rollups, first: int, last: int) -> dict[int, int]:
    """Answered requests by hour or day."""
    c = rollups.counts.c
    at = c[rollups.at]
    query = select(at, func.sum(c.requests)).where(at.between(first, last))
    query = query.where(c.outcome == "answered").group_by(at)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


Buckets = dict[int, int]


def read_latencies(
    connection: Connection, rollups: Rollups, first: int, last: int
) -> dict[str, Buckets]:
    """How many requests of each task fell into each bucket (`records.bucket_of`)."""
    c = rollups.latencies.c
    query = select(c.task, c.bucket, func.sum(c.requests))
    query = query.where(c[rollups.at].between(first, last)).group_by(c.task, c.bucket)
    found: dict[str, Buckets] = {}
    for task, bucket, count in connection.execute(query):
        found.setdefault(task, {})[bucket] = int(count)
    return found


class Size(NamedTuple):
    """Requests of one task and route that brought about as many tokens."""

    task: str
    route: str
    bucket: int
    requests: int
    tokens_in: int


def read_sizes(connection: Connection, first: int, last: int) -> list[Size]:
    """How many tokens requests brought, between two days."""
    c = tables.sizes.c
    sums = [func.sum(column).cast(column.type) for column in (c.requests, c.tokens_in)]
    query = select(c.task, c.route, c.bucket, *sums).where(c.day.between(first, last))
    return [Size(*row) for row in connection.execute(query.group_by(c.task, c.route, c.bucket))]


class Hour(NamedTuple):
    """Requests of one task by the hour of the day (UTC)."""

    hour: int
    task: str
    constants: str
    requests: int
    inputs: int
    tokens_in: int
    tokens_out: int
    unmetered: int


def read_clock(connection: Connection, first: int, last: int) -> list[Hour]:
    """By task and hour of the day, between two hours since 1970."""
    c = tables.rollups.c
    of_day = (c.hour % 24).label("of_day")
    names = ("requests", "inputs", "tokens_in", "tokens_out", "unmetered")
    sums = [func.sum(c[name]).cast(c[name].type) for name in names]
    query = select(of_day, c.task, c.constants, *sums).where(c.hour.between(first, last))
    query = query.where(c.outcome.in_(("answered", "audited")))
    return [Hour(*row) for row in connection.execute(query.group_by(of_day, c.task, c.constants))]
