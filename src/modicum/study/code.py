"""A fingerprint of the program itself, so that a trial of other code is never taken up."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def code_fingerprint() -> str:
    """SHA-256 over the package's Python files, by relative path."""
    root = Path(__file__).parents[1]
    digest = sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()
