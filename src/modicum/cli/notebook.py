"""`%load_ext modicum`, then `%%meter` in a notebook's cell or `%meter` before an expression.

    %%meter --region FR fit
    model.fit(x, y)

The table is printed below what the cell prints; `meter_reading` and `meter_footprint` hold the
figures afterwards.
"""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from modicum.cli.meter_report import table
from modicum.errors import MeterError


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        """A wrong option is a MeterError, not the end of the notebook."""
        raise MeterError(f"%meter: {message}; write for example %%meter --region FR fit")


def _options() -> argparse.ArgumentParser:
    parser = _Options(prog="%%meter", add_help=False, allow_abbrev=False)
    parser.add_argument("--region")
    parser.add_argument("--idle", default="excluded")
    parser.add_argument("--tariff")
    parser.add_argument("--pue", type=float)
    parser.add_argument("name", nargs="*")
    return parser


def load_ipython_extension(shell: Any) -> None:
    """Register the magics; IPython calls this."""
    shell.register_magic_function(Magic(shell), "line_cell", "meter")


class Magic:
    """Runs a cell as IPython would, in a window."""

    __name__ = "meter"

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def __call__(self, line: str, cell: str | None = None) -> None:
        """Meter `cell`, or what follows on the line; raises MeterError for a wrong option."""
        from modicum.carbon.place import Place
        from modicum.metering import Meter

        if cell is None:
            options, code = _options().parse_args([]), line
        else:
            options, code = _options().parse_args(shlex.split(line)), cell
        place = Place(options.region, pue=options.pue, tariff=options.tariff)
        before = place.factors()
        meter = Meter(idle=options.idle, load=True)
        try:
            with meter.window(" ".join(options.name) or "cell") as window:
                self._shell.run_cell(code)  # shows the error of the cell by itself
            reading = window.reading
        finally:
            meter.close()
        used = place.footprint(reading.energy_j, reading.wall_seconds, before)
        self._shell.push({"meter_reading": reading, "meter_footprint": used})
        print(table(reading, None, used), end="")
