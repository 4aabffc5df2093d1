"""Writing what was metered: refused before the work where it cannot be, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from modicum.errors import StorageError


def check_writable(path: Path) -> None:
    """Refuse a file that cannot be written before the command runs; raises StorageError.

    Nothing is left behind, and nothing of a file that is there is touched.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.suffix == ".csv" and path.exists():
            path.open("a", encoding="utf-8").close()
        else:
            tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise _unwritable(path, error) from error


def write_out(path: Path, document: dict[str, Any]) -> None:
    """Write in the format that the file's name asks for; raises StorageError."""
    from modicum.metering import exports

    if path.suffix == ".csv":
        _append(path, exports.codecarbon_csv(document, header=not path.exists()))
    elif path.suffix == ".prom":
        write_whole(path, exports.prometheus_text(document))
    elif path.suffix in (".yaml", ".yml"):
        write_whole(path, exports.model_card(document))
    else:
        write_whole(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be written: {error.strerror}; choose another --out")


def write_whole(path: Path, text: str) -> None:
    """Write whole or not at all; raises StorageError."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:  # leave no half file behind, whatever happened
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from error
