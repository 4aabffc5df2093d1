"""A ledger of ten days whose figures follow from its requests by sums a test can make itself."""

from __future__ import annotations

from pathlib import Path

from report_decisions import decision

from modicum.figures import Figure
from modicum.ledger import Ledger, open_ledger
from modicum.ledger.records import HOUR_MS, RequestRecord
from modicum.ledger.traffic import TrafficStore

DAY = 20_000
SMALL = "tfidf-char-svm"
RATES = {
    ("small", "request"): {"energy_j": 0.02, "carbon_g": 3e-6, "cost": 1e-9},
    ("big", "token_in"): {"energy_j": 0.2, "carbon_g": 2e-5, "cost": 1e-6},
    ("big", "token_out"): {"energy_j": 2.0, "carbon_g": 2e-4, "cost": 4e-6},
}
UNITS = {"energy_j": "J", "carbon_g": "gCO2e", "cost": "USD"}
KEPT = ("value", "low", "high", "unit", "basis", "source", "boundary", "reason")


def requests() -> list[RequestRecord]:
    """Two tasks: one decided and mostly on its small candidate, one asked of a model directly."""
    found = []
    for k in range(600):
        task = "" if k % 4 == 0 else "question-type"
        small = bool(task) and k % 3 > 0
        found.append(
            RequestRecord(
                k + 1, DAY * 24 * HOUR_MS + k * HOUR_MS * 2 // 5,
                "audit" if task and not small and k % 5 == 0 else "chat", task, task or "gpt",
                SMALL if small else "up/gpt-4o", "", "small" if small else "big", "key", "team",
                "", 1, 100 + k % 50, 0 if small else 20, 0, 900 if small else 900_000, None,
                503 if k % 97 == 0 else 200, 2 if k % 60 == 0 else 1, "",
            )
        )  # fmt: skip
    return found


def fill(path: Path) -> Ledger:
    """The ledger; its decision is on "question-type"."""
    book = open_ledger(str(path))
    store = TrafficStore(book.engine)
    for (name, per), rates in RATES.items():
        for quantity, value in rates.items():
            figure = Figure.within(
                value, 3.0, UNITS[quantity], basis="modelled", source="token model 2025",
                boundary="serving machine",
            )  # fmt: skip
            plain = {key: getattr(figure, key) for key in KEPT}
            store.add_constants([{"id": name, "quantity": quantity, "per": per, **plain}])
    store.add_route(1, "question-type", SMALL, "recommended", "small", "d")
    store.add_route(1, "question-type", "up/gpt-4o", "reference", "big", "d")
    store.add(1, requests())
    document = decision()
    named = document.task.model_copy(update={"name": "question-type"})
    run = book.start_run("size", "question-type")
    book.add_decision(run, document.model_copy(update={"task": named}).model_dump_json())
    return book


def used(wanted: list[RequestRecord], quantity: str) -> float:
    """The same sum, request by request."""
    whole = 0.0
    for r in wanted:
        if r.constants == "small":
            whole += RATES["small", "request"][quantity]
        else:
            whole += r.tokens_in * RATES["big", "token_in"][quantity]  # type: ignore[operator]
            whole += r.tokens_out * RATES["big", "token_out"][quantity]  # type: ignore[operator]
    return whole
