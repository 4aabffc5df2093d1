"""A decision at the terminal: the table, the verdict, what was written, what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument


def show_decision(document: DecisionDocument, folder: Path) -> None:
    """Print it to stdout."""
    from rich.console import Console

    from modicum.report.terminal import decision_table, verdict_panel

    console = Console()
    console.print(decision_table(document))
    console.print(verdict_panel(document))
    for name in ("report.html", "decision.json"):
        console.print(f"  {folder / name}", markup=False, highlight=False, soft_wrap=True)
    console.print("\nNext:", markup=False)
    example = f"{_asked(document)} | modicum predict {folder} -"
    console.print(f"  {example}", markup=False, highlight=False, soft_wrap=True)


def _asked(document: DecisionDocument) -> str:
    """A shell command that writes one input."""
    import json

    parts = document.task.inputs
    if len(parts) < 2:
        return 'echo "your text"'
    return f"echo '{json.dumps(dict.fromkeys(parts, 'your text'))}'"
