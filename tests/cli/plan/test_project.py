"""Fleets over years, and what they surpass."""

from collections.abc import Callable
from typing import Any

import pytest

Plain = Callable[..., Any]
Run = Callable[..., Any]


def test_at_85_twh_neither_country_is_surpassed_and_at_134_both(plain: Plain) -> None:
    year = plain("project", "--scenario", "devries-2027")["years"][0]
    assert year["energy_twh"]["low"] == pytest.approx(85.4, rel=0.01)
    assert year["energy_twh"]["high"] == pytest.approx(134, rel=0.01)
    assert year["surpassed_at_low"] == []
    assert year["surpassed_at_high"] == ["Netherlands", "Sweden"]


def test_up_to_30_percent_by_optimised_operations_is_told_beside(plain: Plain) -> None:
    year = plain("project", "--scenario", "devries-2027")["years"][0]
    less = year["energy_with_optimised_operations_twh"]
    assert less["value"] == pytest.approx(0.7 * year["energy_twh"]["value"])


def test_growth_efficiency_and_rebound_by_hand(plain: Plain) -> None:
    told = plain(
        *("project", "--servers", "1000", "--kw-low", "10", "--years", "3", "--utilisation", "0.5"),
        *("--growth", "0.2", "--efficiency", "0.1", "--rebound", "0.5"),
    )["years"]
    first = 1000 * 10 * 0.5 * 8760 / 1e9
    assert told[0]["energy_twh"]["value"] == pytest.approx(first)
    # Two years on: 1.2 squared servers; 0.81 frugal, half of the saving used up again.
    assert told[2]["energy_twh"]["value"] == pytest.approx(first * 1.44 * (0.81 + 0.19 * 0.5))


def test_several_years_are_one_table(run: Run) -> None:
    code, out, _ = run("project", "--scenario", "devries-2027", "--years", "4", "--growth", "0.3")
    assert code == 0
    assert out.count("┏") == 1
    assert "in shares of 2027: growth +120%" in " ".join(out.split())
    assert "no PUE given: servers alone" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ((), "--scenario devries-2027"),
        (("--scenario", "devries"), "nearest is devries-20"),
        (("--servers", "5", "--kw-low", "2", "--kw-high", "1"), "give low, then high"),
        (("--servers", "5", "--kw-low", "2", "--utilisation", "1.5"), "at most 1"),
        (("--servers", "-5", "--kw-low", "2"), "above 0"),
        (("--servers", "5", "--kw-low", "2", "--years", "0"), "at least 1"),
        (("--servers", "5", "--kw-low", "2", "--optimised", "1"), "under 1"),
    ],
)
def test_bad_input_is_one_sentence(refused: Run, words: tuple[str, ...], cure: str) -> None:
    assert cure in refused("project", *words)
