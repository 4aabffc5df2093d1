"""Reading a ledger once, for every finder."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b

from sqlalchemy import Engine, func, select

from modicum.decision.document import DecisionDocument, parse_decision
from modicum.errors import ArtefactError
from modicum.ledger import Ledger
from modicum.ledger import traffic_schema as tables
from modicum.ledger import watch_schema as watch
from modicum.ledger.groups import DAYS, read_clock, read_groups, read_sizes
from modicum.ledger.period import days_there
from modicum.ledger.records import HOUR_MS
from modicum.ledger.usable import usable
from modicum.ledger.used import constants_of
from modicum.opportunities.seen import CLOCK_DAYS, Seen, Texts


def see(ledger: Ledger, since: int | None = None, last: int | None = None, **more: object) -> Seen:
    """Read a ledger from a day on (days since 1970); `more` are the other fields of `Seen`.

    Raises LedgerError where it cannot be read.
    """
    engine = ledger.engine
    given: dict[str, object] = {"decisions": _decisions(ledger)} | more
    there = days_there(engine)
    if there is None or (since is not None and since > there[1]):
        return Seen(**given)  # type: ignore[arg-type]  # fields by name
    first = max(there[0], since or there[0])
    end = there[1] if last is None else min(last, there[1])
    hours = (max(first, end - CLOCK_DAYS + 1) * 24, end * 24 + 23)
    with usable("requests"), engine.connect() as connection:
        given |= {
            "first": first,
            "last": end,
            "days": _days(engine, first, end),
            "groups": tuple(read_groups(connection, DAYS, first, end)),
            "sizes": tuple(read_sizes(connection, first, end)),
            # Hours of weeks are many rows: read only where they are compared with something.
            "clock": tuple(read_clock(connection, *hours)) if given.get("intensity") else (),
            "constants": constants_of(connection.execute(select(tables.constants))),
            "recommended": _recommended(engine),
            "audits": _audits(engine, first, end),
            "texts": _texts(engine),
        }
        day = tables.days.c.day
        query = select(day).where(day.between(first, end)).distinct()
        given["busy_days"] = frozenset(connection.scalars(query))
    return Seen(**given)  # type: ignore[arg-type]  # fields by name


def _days(engine: Engine, first: int, last: int) -> float:
    """Between the first and the last request, as the first and the last day are seldom whole."""
    at = tables.requests.c.at
    begin, end = first * 24 * HOUR_MS, (last + 1) * 24 * HOUR_MS
    with engine.connect() as connection:
        inside = at.between(begin, end - 1)
        low = connection.scalar(select(func.min(at)).where(inside))
        high = connection.scalar(select(func.max(at)).where(inside))
    return max((high - low) / (24 * HOUR_MS), 1 / 24) if low is not None else 0.0


def _decisions(ledger: Ledger) -> dict[str, DecisionDocument]:
    found: dict[str, DecisionDocument] = {}
    for text in ledger.decisions():  # newest first
        try:
            document = parse_decision(text, "the ledger's decision")
        except ArtefactError:
            continue  # of a newer program: it cannot be told what it says
        found.setdefault(document.task.name, document)
    return found


def _recommended(engine: Engine) -> dict[str, tuple[str, str]]:
    r = tables.routes.c
    query = select(r.task, r.route, r.constants).where(r.role == "recommended").order_by(r.id)
    with engine.connect() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def _audits(engine: Engine, first: int, last: int) -> dict[str, int]:
    w, a = watch.watches.c, watch.audits.c
    span = a.at.between(first * 24 * HOUR_MS, (last + 1) * 24 * HOUR_MS - 1)
    query = select(w.task, func.count(a.id)).select_from(
        watch.watches.outerjoin(watch.audits, (a.watch == w.id) & span)
    )
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query.group_by(w.task))}


def _texts(engine: Engine) -> dict[str, Texts]:
    """Of inputs kept by consent and of audited ones; only their hashes are held, and only here."""
    w, t, x = watch.watches.c, tables.texts.c, watch.texts.c
    audited = select(w.task, x.input).select_from(
        watch.texts.join(watch.audits, watch.audits.c.id == x.audit).join(
            watch.watches, w.id == watch.audits.c.watch
        )
    )
    hashes: dict[str, list[bytes]] = defaultdict(list)
    with engine.connect() as connection:
        for query in (select(t.task, t.input), audited):
            for task, text in connection.execute(query):
                data = text.encode("utf-8", "surrogatepass")
                hashes[task].append(blake2b(data, digest_size=16).digest())
    return {task: Texts(len(found), len(set(found))) for task, found in hashes.items()}
