"""Web pages as callers: without keys, a page from elsewhere must not spend or manage through us.

A browser lets any page send a plain POST to loopback, and says in `Origin` whose page it is.  With
keys such a request has none; without them only this check is between the page and the upstream.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from modicum.serve.problem import Problem

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def refuse_other_pages(origin: bytes) -> None:
    """Raise Problem 403 where the page that asks is not one of this machine.

    >>> refuse_other_pages(b"http://localhost:3000")
    """
    try:
        host = urlsplit(origin.decode("latin-1")).hostname
    except ValueError:
        host = None
    if host not in LOOPBACK:
        raise Problem(
            403,
            "other_origin",
            "a page of another site asks, and this gateway wants no keys: serve with keys",
        )
