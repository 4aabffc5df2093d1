"""What a reader of exports is."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from modicum.inventory.cells import Cells
from modicum.inventory.usage import Usage


class Reader(Protocol):
    """Reads the rows of one kind of export.  Column names are given in lower case."""

    export: str

    def matches(self, columns: Set[str]) -> bool:
        """Whether a file with these columns is of this kind."""
        ...

    def read(self, cells: Cells) -> Usage | None:
        """The row, None where it is not about AI; raises RowError for a malformed one."""
        ...
