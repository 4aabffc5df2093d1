"""Responses kept on disk by their content, so that a second run costs nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modicum.candidates.llm_client import Reply
from modicum.errors import CandidateError, StorageError

if TYPE_CHECKING:
    from modicum.candidates.llm_options import LLMOptions

logger = logging.getLogger(__name__)
FORMAT = "modicum-response-1"


class ResponseCache:
    """A folder of JSON files, one a request, named by the SHA-256 of what was asked of whom.

    An entry that cannot be read is a miss and is written again; an entry that cannot be written is
    reported once in the log and costs only its reuse.
    """

    def __init__(self, folder: Path, *, endpoint: str) -> None:
        self.folder, self.endpoint = folder, endpoint
        self._warned = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"cannot create the cache folder {folder} ({error.strerror}):"
                " choose another as cache"
            ) from None

    def key(self, body: dict[str, Any]) -> str:
        """The name of a request: endpoint and full body, whatever the order of its fields."""
        asked = json.dumps([FORMAT, self.endpoint, body], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(asked.encode()).hexdigest()

    def get(self, body: dict[str, Any]) -> Reply | None:
        """The stored reply with its original latency, or None."""
        key = self.key(body)
        try:
            entry = json.loads(self._path(key).read_bytes())
            if entry["format"] != FORMAT or entry["key"] != key:
                return None
            payload, latency_ms = entry["payload"], float(entry["latency_ms"])
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            return None
        if not isinstance(payload, dict) or not latency_ms >= 0:
            return None
        return Reply(payload, latency_ms, str(entry.get("server", "")))

    def put(self, body: dict[str, Any], reply: Reply) -> None:
        """Store a reply; readers see the whole entry or none."""
        key = self.key(body)
        entry = {
            "format": FORMAT,
            "key": key,
            "latency_ms": reply.latency_ms,
            "server": reply.server,
            "payload": reply.payload,
        }
        try:
            write_atomically(self._path(key), json.dumps(entry).encode())
        except OSError as error:
            if not self._warned:
                self._warned = True
                logger.warning("responses are not cached: %s: %s", self.folder, error.strerror)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def identity(options: LLMOptions) -> str:
    """What tells one source of answers from another: the address, or the model file and its server.

    A model file is known by its size and its first and last MiB: models of many GB must not be read
    whole for it.
    """
    if options.gguf is None:
        return options.base_url or ""
    edge = 1 << 20
    digest = hashlib.sha256()
    try:
        with options.gguf.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest.update(str(size).encode() + file.read(edge))
            file.seek(max(0, size - edge))
            digest.update(file.read(edge))
    except OSError as error:
        raise CandidateError(
            f"cannot read the model file {options.gguf} ({error.strerror}): correct gguf"
        ) from None
    return f"gguf {digest.hexdigest()} xllamacpp {version('xllamacpp')}"


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a neighbour and rename, so that no reader and no crash sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
