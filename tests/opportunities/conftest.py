"""A ledger of two weeks, of which everything is known by construction."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modicum.figures import Figure
from modicum.ledger import Ledger, open_ledger
from modicum.ledger.records import HOUR_MS, RequestRecord
from modicum.ledger.traffic import TrafficStore

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

FIRST_DAY = 20_000
DAYS = 14
FIGURE = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")
SMALL_J, TOKEN_J, TOKEN_G, TOKEN_USD = 0.5, 2.0, 0.001, 1e-6


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(str(tmp_path / "l.sqlite"))
    yield ledger
    ledger.close()


@pytest.fixture
def store(book: Ledger) -> TrafficStore:
    """With the constants of a small candidate, and of an upstream model by tokens read."""
    found = TrafficStore(book.engine)
    rows = [("small", "energy_j", "request", SMALL_J, "J"),
            ("small", "carbon_g", "request", SMALL_J / 1e4, "gCO2e"),
            ("small", "cost", "request", SMALL_J / 1e7, "USD"),
            ("big", "energy_j", "token_in", TOKEN_J, "J"),
            ("big", "carbon_g", "token_in", TOKEN_G, "gCO2e"),
            ("big", "cost", "token_in", TOKEN_USD, "USD")]  # fmt: skip
    for name, quantity, per, value, unit in rows:
        figure = Figure.within(
            value, 2.0, unit, basis="modelled", source="model 2025", boundary="b"
        )
        plain = {key: getattr(figure, key) for key in FIGURE}
        found.add_constants([{"id": name, "quantity": quantity, "per": per, **plain}])
    return found


@pytest.fixture
def asked(store: TrafficStore) -> Callable[..., None]:
    """Adds requests, evenly over the days: `asked(1000, task=..., route=..., tokens_in=...)`."""
    used = [0]

    def add(count: int, **changes: Any) -> None:
        batch = []
        for k in range(count):
            used[0] += 1
            at = FIRST_DAY * 24 * HOUR_MS + k * (DAYS * 24 * HOUR_MS - 1) // max(count - 1, 1)
            plain = RequestRecord(
                used[0], at, "chat", "sort", "sort", "up/gpt", "", "big", "k", "", "", 1, 100, 5,
                0, 1000, None, 200, 1, "",
            )  # fmt: skip
            batch.append(plain._replace(**changes))
        store.add(1, batch)

    return add
