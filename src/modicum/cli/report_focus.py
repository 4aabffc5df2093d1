"""A ledger as rows that join a FOCUS bill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from modicum.cli.report_asked import EPOCH, Asked, span
from modicum.cli.report_scopes import NO_MARKET
from modicum.figures import Figure

if TYPE_CHECKING:
    from modicum.ledger import Ledger


def render_focus(ledger: Ledger, asked: Asked) -> str:
    """A row for each day, task and model, that joins a FOCUS bill; csv."""
    from modicum.carbon import Footprint
    from modicum.ledger.period import read_days
    from modicum.plan.standards import focus_csv, focus_row

    first, last = span(ledger, asked.since)
    rows = []
    for day in range(first, last + 1):
        start = datetime.combine(EPOCH + timedelta(days=day), datetime.min.time(), UTC)
        for task in read_days(ledger.engine, day, day).tasks:
            for share in task.shares:
                used: Mapping[str, Figure] = share.used
                footprint = Footprint(
                    energy_j=used["energy_j"],
                    carbon_g=used["carbon_g"],
                    carbon_market_g=Figure.unknown("gCO2e", NO_MARKET),
                    water_l=Figure.unknown("L", "not on record"),
                    cost=used["cost"],
                )
                rows.append(
                    focus_row(
                        footprint,
                        start=start,
                        end=start + timedelta(days=1),
                        resource=share.route,
                        service=task.task or "models asked directly",
                        region=asked.region or "",
                    )
                )
    return focus_csv(rows)
