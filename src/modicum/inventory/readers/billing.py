"""What every billing export tells alike: the charge, its currency, and whether it counts tokens."""

from __future__ import annotations

from modicum.inventory.cells import Cells, RowError, first, number
from modicum.inventory.readers.tokens import Tokens
from modicum.inventory.usage import Kind


def charged(cells: Cells, name: str, *others: str) -> float:
    """The charge of a row; raises RowError, by the first column's own spelling, where it is empty.

    >>> charged({"billedcost": "1.5"}, "BilledCost")
    1.5
    """
    cost = number(cells, name.casefold(), *others)
    if cost is None:
        raise RowError(f"{name} is empty, a number was wanted")
    return cost


def currency(cells: Cells, *names: str) -> str:
    """The currency's code; US dollars where a row names none.

    >>> currency({"currency": "eur"}, "currency"), currency({}, "currency")
    ('EUR', 'USD')
    """
    return first(cells, *names).upper() or "USD"


def kind_of(tokens: Tokens) -> Kind:
    """A bill alone, or one that also counts tokens."""
    return "both" if tokens else "bill"
