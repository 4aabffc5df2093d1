"""`modicum schema`: the JSON schema of the documents that are a contract."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer


class Which(StrEnum):
    """The documents that have a schema."""

    decision = "decision"
    task = "task"


def schema(
    which: Annotated[Which, typer.Argument(help="Which document.")] = Which.decision,
) -> None:
    """Print the JSON schema of decision.json, or of the task file.

    Example: modicum schema decision > decision.schema.json
    """
    if which is Which.decision:
        from modicum.decision.document import DecisionDocument as Model
    else:
        from modicum.tasks.spec import TaskSpec as Model  # type: ignore[assignment]
    typer.echo(json.dumps(Model.model_json_schema(), indent=2))
