from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from modicum.cli.main import app


def every_command(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    if path != "modicum":
        yield path, command
    for name, one in inner.items():
        if not one.hidden:
            yield from every_command(one, f"{path} {name}")


COMMANDS = dict(every_command(get_command(app), "modicum"))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_explains_itself_with_an_example_in_80_columns(path: str) -> None:
    command = COMMANDS[path]
    context = command.context_class(command, info_name=path, terminal_width=80)
    lines = command.get_help(context).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert any("Example:" in line or "Examples:" in line for line in lines)
