"""One row of somebody's export, in words that all exports share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["tokens", "bill", "both", "energy", "hours"]
Scope = Literal["2", "3"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used on a day; unknown is None, never 0.

    provider: `openai`, `anthropic`, `azure`, `aws`, `google`, `own`, or as the export names it.
    unit: the organisation unit (project, workspace, subscription, account); `unit_id` its number
    where the export has both.  kind: which of tokens and money the row tells.
    scope: 2 for own energy, 3 for hosted (GHG Protocol).  key: what tells one row from another of
    the same export (meter, token type, API key).  origin: file and line.
    """

    day: date
    provider: str
    unit: str
    unit_id: str
    model: str
    kind: Kind
    scope: Scope = "3"
    region: str | None = None
    tokens_in: float | None = None
    tokens_cached: float | None = None
    tokens_out: float | None = None
    requests: float | None = None
    energy_kwh: float | None = None
    hours: float | None = None
    watts: float | None = None
    cost: float | None = None
    currency: str = "USD"
    export: str = ""
    key: str = ""
    origin: tuple[str, int] = ("", 0)

    @property
    def month(self) -> str:
        """Year and month, as 2025-03."""
        return f"{self.day.year:04d}-{self.day.month:02d}"

    def identity(self) -> tuple[object, ...]:
        """Equal for the same row met again in another file, whatever its line."""
        return (
            self.export,
            self.day,
            self.unit,
            self.unit_id,
            self.model,
            self.key,
            self.tokens_in,
            self.tokens_cached,
            self.tokens_out,
            self.energy_kwh,
            self.hours,
            self.cost,
        )
