"""From joules per request to carbon, water and money, a month's saving, and the break-even."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from modicum.carbon import Footprint, footprint
from modicum.errors import FigureError
from modicum.figures import Figure
from modicum.study.serving import Serving
from modicum.tasks.spec import VolumeSection


@dataclass(frozen=True)
class Saving:
    """A month of one candidate taken from a month of another."""

    requests: float
    energy: Figure
    carbon: Figure
    water: Figure
    cost: Figure


def per_request(serving: Serving, volume: VolumeSection, *, remote: bool) -> Footprint:
    """What one request uses; a provider's charge stands for its electricity, not beside it.

    A machine elsewhere is not in the task's region: its electricity is the world's, and says so.
    """
    found = footprint(serving.energy_j, None if remote else volume.region)
    if serving.charge is not None:
        return replace(found, cost=in_currency(serving.charge, volume))
    if remote:
        why = "the provider's charge is not known: give price_in and price_out, or a cost column"
        return replace(found, cost=Figure.unknown(volume.currency or "USD", why))
    return replace(found, cost=in_currency(found.cost, volume))


def in_currency(cost: Figure, volume: VolumeSection) -> Figure:
    """The cost in the task's own currency, where `[volume]` gives one and its exchange rate."""
    wanted = volume.currency
    if wanted is None or cost.unit == wanted:
        return cost
    rate = volume.exchange.get(cost.unit)
    if rate is None:
        why = f"no exchange rate: give {cost.unit} = ... in {wanted} under [volume.exchange]"
        return Figure.unknown(wanted, why, source=cost.source, boundary=cost.boundary)
    factor = Figure.exact(
        rate,
        f"{wanted}/{cost.unit}",
        basis="assumed",
        source="exchange rate of the task file",
        boundary="",
    )
    return cost * factor


def monthly_saving(one: Footprint, instead_of: Footprint, volume: VolumeSection) -> Saving | None:
    """What a month costs less with `one`; None where the task gives no volume."""
    requests = volume.requests_per_month
    if requests is None:
        return None

    def saved(quantity: Callable[[Footprint], Figure], unit: str | None = None) -> Figure:
        big, small = quantity(instead_of) * requests, quantity(one) * requests
        difference = _difference(big, small)
        return difference.to(unit) if unit else difference

    return Saving(
        requests,
        saved(lambda f: f.energy_j, "kWh"),
        saved(lambda f: f.carbon_g, "kgCO2e"),
        saved(lambda f: f.water_l),
        saved(lambda f: f.cost),
    )


def _difference(big: Figure, small: Figure) -> Figure:
    try:
        return big - small
    except FigureError:
        why = (
            f"one is in {big.unit} and the other in {small.unit}: "
            "give currency under [volume] and its rates under [volume.exchange]"
        )
        return Figure.unknown(big.unit, why, source=big.source, boundary=big.boundary)


def break_even(search: Figure, one: Figure, instead_of: Figure) -> Figure:
    """Requests after which the search's energy is earned back."""
    saved = instead_of - one
    if saved.value is None or saved.low is None or saved.low <= 0:
        why = saved.reason or "the recommended candidate is not shown to use less per request"
        return Figure.unknown("request", why, source=search.source, boundary=search.boundary)
    return search / saved.per("request")
