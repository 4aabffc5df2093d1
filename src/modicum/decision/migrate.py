"""Bringing an older document up to the version this program writes.

A migration takes the plain document of one version to the next.  There is one for every version
that was ever released but the newest; a newer document is refused, never guessed at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from modicum.errors import ArtefactError

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}
"""By the version that a migration starts from; version 1 is the first."""


def migrated(
    text: str,
    newest: int,
    where: str,
    what: str,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> dict[str, Any]:
    """The plain document at version `newest`.

    Raises:
        ArtefactError: not a JSON object, no whole version number, or newer than `newest`.
    """
    try:
        plain: dict[str, Any] = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ArtefactError(f"{where} is not JSON ({error}): it is damaged or foreign") from None
    version = plain.get("version") if isinstance(plain, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ArtefactError(f"{where} has no {what} version: it is damaged or foreign")
    if version > newest:
        raise ArtefactError(
            f"{where} is a {what} of version {version}, this program reads up to {newest}: "
            "update it with pip install --upgrade modicum"
        )
    while version < newest:
        plain = migrations[version](plain)
        version += 1
    return plain | {"version": newest}
