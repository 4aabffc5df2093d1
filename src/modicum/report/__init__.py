"""Reports: a decision as one HTML page, as terminal tables, and as a Markdown record."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modicum.report.files import write_report
    from modicum.report.live import render_live
    from modicum.report.markdown import render_markdown
    from modicum.report.page import render_html
    from modicum.report.terminal import decision_table, verdict_panel

__all__ = [
    "decision_table",
    "render_html",
    "render_live",
    "render_markdown",
    "verdict_panel",
    "write_report",
]

_HOMES = {
    "decision_table": "terminal",
    "render_html": "page",
    "render_live": "live",
    "render_markdown": "markdown",
    "verdict_panel": "terminal",
    "write_report": "files",
}


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
