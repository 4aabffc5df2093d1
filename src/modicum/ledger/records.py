"""One answered request as it is written to the ledger."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

HOUR_MS = 3_600_000


class RequestRecord(NamedTuple):
    """One request, in the order of the columns of `requests` after `worker`.

    at: when it was answered, whole milliseconds since 1970.  asked: the model the caller named.
    route: the candidate or upstream model that answered.  tried: candidates that ran before and
    whose answers were discarded, joined with ">"; what they used is in `constants`.  constants:
    the id of the set in `request_constants`, "" where nothing is known.  inputs: how many inputs
    one call brought (a batch).  status: HTTP.  cause: one word where it failed, else "".
    """

    sequence: int
    at: int
    endpoint: str
    task: str
    asked: str
    route: str
    tried: str
    constants: str
    key_id: str
    team: str
    project: str
    inputs: int
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    latency_us: int
    first_us: int | None
    status: int
    attempts: int
    cause: str

    @property
    def outcome(self) -> str:
        """The word that rollups count it under: answered, audited, refused, failed or gone.

        audited: asked by the gateway itself.  refused: ours or the provider's 4xx.  failed: 5xx.
        gone: the caller left (499).
        """
        return outcome_of(self.status, self.endpoint)


def outcome_of(status: int, endpoint: str) -> str:
    """The outcome of a status; see `RequestRecord.outcome`.

    >>> outcome_of(200, "chat"), outcome_of(499, "chat"), outcome_of(503, "audit")
    ('answered', 'gone', 'failed')
    """
    if status < 400:
        return "audited" if endpoint == "audit" else "answered"
    if status == 499:
        return "gone"
    return "refused" if status < 500 else "failed"


@lru_cache(maxsize=4096)
def bucket_of(latency_us: int) -> int:
    """The latency bucket: quarter octaves, bucket b holds 2^(b/4) to 2^((b+1)/4) microseconds.

    >>> bucket_of(1), bucket_of(1000), bucket_of(1024)
    (0, 39, 40)
    """
    value = max(latency_us, 1)
    octave = value.bit_length() - 1
    fraction = value / (1 << octave)
    step = 0 if fraction < _Q1 else 1 if fraction < _Q2 else 2 if fraction < _Q3 else 3
    return 4 * octave + step


_Q1, _Q2, _Q3 = 2**0.25, 2**0.5, 2**0.75
