"""Logs on stderr: plain lines for people, one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

LOGGER = "modicum"


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, event, and what the event brought along."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(line | getattr(record, "fields", {}), ensure_ascii=False)


def set_up_logs(*, as_json: bool) -> None:
    """Send the program's logs to stderr in one of the two forms."""
    logger = logging.getLogger(LOGGER)
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(message)s")
    handler.setFormatter(JsonLines() if as_json else plain)
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO if as_json else logging.WARNING)
    logger.propagate = False


def logs_are_json() -> bool:
    """Whether `--log-json` was given."""
    handlers = logging.getLogger(LOGGER).handlers
    return any(isinstance(handler.formatter, JsonLines) for handler in handlers)
