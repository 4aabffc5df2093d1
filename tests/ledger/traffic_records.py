"""Requests as the gateway records them."""

from __future__ import annotations

from typing import Any

from modicum.ledger.records import RequestRecord

NOON = 1_795_600_800_000


def record(sequence: int, **changes: Any) -> RequestRecord:
    plain = RequestRecord(
        sequence=sequence,
        at=NOON + sequence,
        endpoint="chat",
        task="spam",
        asked="spam",
        route="tfidf",
        tried="",
        constants="c0ffee",
        key_id="k1",
        team="shop",
        project="mail",
        inputs=1,
        tokens_in=10,
        tokens_out=2,
        tokens_cached=0,
        latency_us=900,
        first_us=None,
        status=200,
        attempts=1,
        cause="",
    )
    return plain._replace(**changes)
