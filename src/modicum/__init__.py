"""Modicum finds the smallest AI that does the job, proves it, serves it, and shows what it uses.

Everything here is loaded when it is first used, so `import modicum` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modicum._version import __version__

if TYPE_CHECKING:
    from modicum.api import load as load
    from modicum.decision.engine import decide as decide
    from modicum.figures import Figure as Figure
    from modicum.metering import Meter as Meter
    from modicum.metering.session import meter as meter
    from modicum.metering.session import metered as metered

_LAZY = {
    "Figure": "modicum.figures",
    "Meter": "modicum.metering",
    "decide": "modicum.decision.engine",
    "load": "modicum.api",
    "load_ipython_extension": "modicum.cli.notebook",
    "meter": "modicum.metering.session",
    "metered": "modicum.metering.session",
}

__all__ = ["Figure", "Meter", "__version__", "decide", "load", "meter", "metered"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'modicum' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
