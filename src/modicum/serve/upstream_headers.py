"""Headers that an upstream's settings add to every request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modicum.errors import ServeError
from modicum.serve.settings import UpstreamSettings

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # a token of RFC 9110, section 5.6.2 (2022)
_KEYS = frozenset({"authorization", "x-api-key", "cookie", "proxy-authorization"})
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})


def headers_of(
    name: str, settings: UpstreamSettings, environment: Mapping[str, str]
) -> list[tuple[bytes, bytes]]:
    """The headers of an upstream.

    Raises:
        ServeError: a name or value that no header can have, a variable that is not set, or a key
            that would stand in the settings.
    """
    given = dict(settings.headers)
    for key in given:
        if key.casefold() in _KEYS:
            raise ServeError(
                f"upstream {name!r} has the header {key!r} in its settings, where everybody can "
                "read it: use api_key_env, api_key_file or headers_env"
            )
    for key, variable in settings.headers_env.items():
        if not environment.get(variable):
            raise ServeError(f"upstream {name!r} takes {key!r} from {variable}, which is not set")
        given[key] = environment[variable]
    for key, value in given.items():
        if not _NAME.match(key) or key.casefold() in _OURS:
            raise ServeError(f"upstream {name!r} cannot set the header {key!r}: leave it out")
        if not (value.isascii() and value.isprintable()):
            raise ServeError(f"the header {key!r} of upstream {name!r} holds what no header can")
    return [(key.lower().encode(), value.encode()) for key, value in given.items()]
