"""How long a large ledger takes to come from an older version to today's.

    .venv/bin/python benchmarks/ledger.py --rows 10000000 --database sqlite --keep FOLDER
    .venv/bin/python benchmarks/ledger_migration.py FOLDER/ledger.sqlite

A copy of the file is set back to version 3 (the rollups by day are dropped) and opened, as any
command opens it.  What it holds afterwards must be what the benchmark wrote in bulk.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from modicum.ledger import open_ledger

TABLES = ("request_days", "request_day_latencies", "request_sizes")


def set_back(path: Path) -> None:
    """To version 3."""
    with sqlite3.connect(path) as connection:
        for table in TABLES:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DELETE FROM modicum_schema WHERE version > 3")
        connection.execute("INSERT OR IGNORE INTO modicum_schema VALUES (3)")
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    connection.close()


def held(path: Path) -> list[list[tuple[object, ...]]]:
    """The rollups by day."""
    connection = sqlite3.connect(path)
    rows = [sorted(connection.execute(f"SELECT * FROM {table}")) for table in TABLES]  # noqa: S608
    connection.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ledger", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.ledger.parent) as folder:
        path = Path(folder, "ledger.sqlite")
        shutil.copyfile(given.ledger, path)
        kept = held(path)
        set_back(path)
        start = time.perf_counter()
        open_ledger(str(path)).close()
        took = time.perf_counter() - start
        same = held(path) == kept
    print(f"  opened after {took:.1f} s; rollups by day {'are' if same else 'ARE NOT'} those kept")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
