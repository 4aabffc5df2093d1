"""The ledger benchmark writes in bulk what the gateway's store would have written."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from modicum.ledger import Ledger, open_ledger
from modicum.ledger import traffic_schema as tables
from modicum.ledger.records import RequestRecord, bucket_of
from modicum.ledger.traffic import TrafficStore

ROLLUPS = (tables.rollups, tables.latencies, tables.days, tables.day_latencies, tables.sizes)


@pytest.fixture(scope="module")
def benchmark() -> Any:
    path = Path(__file__).parents[1] / "benchmarks" / "ledger.py"
    spec = importlib.util.spec_from_file_location("ledger_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def held(book: Ledger, table: Any) -> list[tuple[Any, ...]]:
    with book.engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(table))))


def test_rows_and_rollups_in_bulk_are_those_of_the_store(benchmark: Any, tmp_path: Path) -> None:
    bulk, kept = (open_ledger(str(tmp_path / f"{n}.sqlite")) for n in ("bulk", "kept"))
    benchmark.fill(bulk, 3000)
    traffic, store = benchmark.Traffic(3000), TrafficStore(kept.engine)
    for number in range(benchmark.DAYS_LONG):
        rows = [RequestRecord(*row[1:]) for row in benchmark.request_rows(traffic.day(number))]
        store.add(1, rows)
    for table in (tables.requests, *ROLLUPS):
        assert held(bulk, table) == held(kept, table), table.name
    bulk.close()
    kept.close()


def test_buckets_of_an_array_are_those_of_each_number(benchmark: Any) -> None:
    values = np.unique(np.concatenate([np.arange(1, 3000), 2 ** np.arange(1, 40), [10**9]]))
    assert benchmark.bucket(values).tolist() == [bucket_of(int(v)) for v in values]
