"""Writing so that nothing is ever half-written: to a neighbour first, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modicum.errors import StorageError


@contextmanager
def storing(place: Path) -> Iterator[None]:
    """Turn what the operating system says about a folder or disk into one sentence."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{place} cannot be written ({error.strerror or error}): free space, mend its "
            "permissions, or choose another folder with --out"
        ) from None


def make_folder(folder: Path) -> None:
    """Make a folder and its parents; raises StorageError."""
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises StorageError."""
    with storing(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def check_writable(folder: Path) -> None:
    """Make the folder and try it, before any work is done for it; raises StorageError."""
    make_folder(folder)
    with storing(folder), tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"modicum")
