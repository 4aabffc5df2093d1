"""What a job uses in a month, or in the log where its time is not known: energy, carbon, money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modicum.candidates.prices import price_of
from modicum.carbon import Footprint, footprint
from modicum.discover.job import Job, Tally
from modicum.figures import Figure, total
from modicum.metering.tokens import energy_of_tokens

DAYS_A_MONTH = 365.2425 / 12

_GUESSED = 1.5
"""Factor within which tokens counted in characters lie (English about 4 bytes a token, other
scripts and code 2 to 6; OpenAI's tokenizer notes)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of many requests together, as the token model reads them."""

    tokens_in: int
    tokens_out: int
    energy_j: float | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """What is reported: a month, from a log of that many days; or the log as it is (None)."""

    days: float | None

    @property
    def name(self) -> str:
        """What the figures are of."""
        return "the log" if self.days is None else "month"

    def scale(self, figure: Figure) -> Figure:
        """A figure of the log as one of a month."""
        return figure if self.days is None else figure * (DAYS_A_MONTH / self.days)

    def requests(self, count: int) -> float:
        """Requests of the log as requests of a month."""
        return count if self.days is None else count * DAYS_A_MONTH / self.days


def weigh(job: Job, period: Period, region: str | None = None) -> Footprint:
    """The footprint of a job; its money is what its models charge, not the electricity.

    The machines stand elsewhere: without a region the grid is the world's, and wide.
    """
    energy = period.scale(total(_energy(tally) for tally in job.tallies.values()))
    found = footprint(energy, region)
    cost = period.scale(money(job.tallies))
    return Footprint(found.energy_j, found.carbon_g, found.carbon_market_g, found.water_l, cost)


def _energy(tally: Tally) -> Figure:
    used = energy_of_tokens([Tokens(tally.tokens_in, tally.tokens_out)])
    if not tally.estimated:
        return used
    return used.widen(_GUESSED, error="tokens from characters")


def money(tallies: Mapping[str, Tally]) -> Figure:
    """US dollars of all requests: as logged, else by the price table; unknown where neither is."""
    return total((_cost(model, tally) for model, tally in tallies.items()), "USD")


def _cost(model: str, tally: Tally) -> Figure:
    if tally.costed == tally.requests:
        return Figure.exact(
            tally.cost, "USD", basis="reported", source="cost in the log", boundary="charge"
        )
    price = price_of(model)
    if price is None:
        why = f"no price of model {model!r} is known"
        return Figure.unknown("USD", why, boundary="charge")
    dollars = price.cost(tally.tokens_in, tally.tokens_out, tally.tokens_cached)
    figure = Figure.exact(
        dollars,
        price.currency,
        basis="modelled",
        source=f"list price, {price.source} ({price.read})",
        boundary="charge",
    )
    return figure.widen(_GUESSED, error="tokens from characters") if tally.estimated else figure


def span_days(times: Iterable[float]) -> float | None:
    """Days between the first and the last request, or None where fewer than two are known."""
    known = list(times)
    if len(known) < 2 or max(known) <= min(known):
        return None
    return (max(known) - min(known)) / 86_400
