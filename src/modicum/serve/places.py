"""Where a worker keeps its files: its journals, and the numbers that several workers share."""

from __future__ import annotations

import os
from pathlib import Path

SHARED_METRICS = "MODICUM_SERVE_METRICS"


def shared_metrics() -> Path | None:
    """The folder that several workers share, told by their parent."""
    given = os.environ.get(SHARED_METRICS)
    return Path(given) if given else None


def state_folder(given: Path | None) -> Path:
    """Where the journals are."""
    import platformdirs

    return given or platformdirs.user_state_path("modicum") / "serve"
