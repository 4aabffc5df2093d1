"""Writing the report: all of it or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.errors import StorageError
from modicum.report.readers import render_html

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument


def write_report(
    decision: DecisionDocument, path: Path, evidence: Mapping[str, str] | None = None
) -> None:
    """Write the engineer's page to `path`; see `write_text`."""
    write_text(render_html(decision, evidence), path)


def write_text(text: str, path: Path) -> None:
    """Write all of it; raises StorageError and leaves what was there when it cannot."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise _refused(path, error) from None
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        part.unlink(missing_ok=True)


def _refused(path: Path, error: OSError) -> StorageError:
    why = error.strerror or "it cannot be written"
    return StorageError(
        f"{path} cannot be written ({why}): choose a folder with room and permission"
    )
