"""Reports: a decision for each of its readers, as pages, tables, records and plain data."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modicum.report.files import write_report, write_text
    from modicum.report.live import render_live
    from modicum.report.markdown import render_markdown
    from modicum.report.readers import render, render_html
    from modicum.report.terminal import decision_table, verdict_panel

__all__ = [
    "decision_table",
    "render",
    "render_html",
    "render_live",
    "render_markdown",
    "verdict_panel",
    "write_report",
    "write_text",
]

_HOMES = {
    "decision_table": "terminal",
    "render": "readers",
    "render_html": "readers",
    "render_live": "live",
    "render_markdown": "markdown",
    "verdict_panel": "terminal",
    "write_report": "files",
    "write_text": "files",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
