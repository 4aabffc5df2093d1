"""LiteLLM is an extra beside the gateway: nothing on the way of a request imports it."""

from __future__ import annotations

import ast
from pathlib import Path

import modicum.serve

FOLDER = Path(modicum.serve.__file__).parent


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{a.name}" for a in node.names}
    return found


def test_only_its_own_files_import_litellm() -> None:
    own = sorted(path for path in FOLDER.glob("litellm_*.py"))
    assert any("litellm" in imported(path) for path in own)  # it would be seen
    for path in FOLDER.glob("*.py"):
        if path not in own:
            apart = ("litellm", "modicum.serve.litellm_")
            assert not [name for name in imported(path) if name.startswith(apart)], path.name
