"""Where the constants of a route come from: the decision, or the tokens and the price list."""

from __future__ import annotations

from modicum.candidates.prices import Price, price_of
from modicum.carbon import footprint
from modicum.decision.document import DecisionDocument
from modicum.errors import ArtefactError
from modicum.figures import Figure
from modicum.metering.tokens import BOUNDARY, FACTOR, READ_J, SOURCE, WRITTEN_J
from modicum.serve.constants import ConstantSet
from modicum.serve.settings import MoneySettings as Money
from modicum.serve.settings import PriceSettings

_NO_PRICE = "the model is in no price list: tell its price in the settings"
"""It does not name the model: a caller who invents names would make a set of constants of each."""


def of_candidate(decision: DecisionDocument, name: str, money: Money) -> ConstantSet:
    """What the study found one request of a candidate to use; unknown where it did not tell."""
    try:
        found = decision.candidate(name).footprint
    except ArtefactError:
        found = None
    if found is None:
        reason = f"the decision does not tell what {name} uses"
        units = {"energy_j": "J", "carbon_g": "gCO2e"}
        return ConstantSet({q: {"request": Figure.unknown(u, reason)} for q, u in units.items()})
    return ConstantSet(
        {
            "energy_j": {"request": found.energy_j.figure()},
            "carbon_g": {"request": found.carbon_g.figure()},
            "cost": {"request": money.convert(found.cost.figure())},
        }
    )


def of_upstream(
    model: str, region: str | None, money: Money, own: PriceSettings | None = None
) -> ConstantSet:
    """What an upstream model uses: the token model, the region's grid, its own or a list price."""
    energy = {"token_in": _token_energy(READ_J), "token_out": _token_energy(WRITTEN_J)}
    carbon = {per: footprint(figure, region).carbon_g for per, figure in energy.items()}
    return ConstantSet({"energy_j": energy, "carbon_g": carbon, "cost": _prices(model, money, own)})


def _token_energy(joules: float) -> Figure:
    return Figure.within(
        joules, FACTOR, "J", basis="modelled", source=SOURCE, boundary=BOUNDARY, error="token-model"
    )


def _prices(model: str, money: Money, own: PriceSettings | None) -> dict[str, Figure]:
    price = price_of(model)
    if own is not None:
        source = "the upstream's price in the settings"
        price = Price(own.input, own.output, currency=own.currency, source=source)
    if price is None:
        reason = _NO_PRICE
        return {"request": Figure.unknown(money.currency or "USD", reason)}
    found = {}
    for per, each in (("token_in", price.tokens_in), ("token_out", price.tokens_out)):
        figure = Figure.exact(
            each / 1e6,
            price.currency,
            basis="reported",
            source=price.source if price.read is None else f"{price.source}, read {price.read}",
            boundary=(
                "list price, without tax or discount" if own is None else "the price as it was set"
            ),
        )
        found[per] = money.convert(figure)
    return found
