"""Energy and water of a request from published numbers: arithmetic, nothing predicted."""

from __future__ import annotations

from collections.abc import Mapping

from modicum.figures import Figure, total
from modicum.plan.inputs import given
from modicum.plan.limits import not_negative, positive, share


def request_from_total(energy_kwh: float, requests: float) -> Figure:
    """Wh per request from a measured total.

    >>> round(request_from_total(914, 230768).value or 0, 2)
    3.96
    """
    energy = given("energy", not_negative("energy", energy_kwh), "kWh")
    return energy.to("Wh").per("request", positive("requests", requests))


def request_from_flops(
    *,
    active_params: float,
    tokens_out: float,
    peak_flops: float,
    utilisation: float,
    watts: float,
    power_share: float = 1.0,
) -> Figure:
    """Wh per request from 2 FLOPs per active parameter and token (Epoch AI 2025)."""
    flops = 2 * positive("parameters", active_params) * positive("tokens out", tokens_out)
    seconds = flops / (positive("peak", peak_flops) * share("utilisation", utilisation))
    power = given("watts", positive("watts", watts) * share("power share", power_share), "W")
    return (power * given("seconds", seconds, "s")).to("Wh").per("request")


def request_from_parts(parts: Mapping[str, float], unit: str) -> Figure:
    """The sum of quoted parts of a request, such as accelerator, host, idle and overhead."""
    figures = [given(name, not_negative(name, value), unit) for name, value in parts.items()]
    return total(figures).per("request")


def water_of_request(energy_wh: float, l_per_kwh: float) -> Figure:
    """mL on site for a request's energy before overhead (WUE counts IT energy)."""
    energy = given("energy", not_negative("energy", energy_wh), "Wh")
    wue = given("water", not_negative("water per kWh", l_per_kwh), "L/kWh")
    return (energy * wue).to("mL").per("request")
