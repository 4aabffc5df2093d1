"""Names that callers give: what they may not make grow."""

from __future__ import annotations

from modicum.serve.models import LONGEST_NAME, MOST_NAMES, Models
from modicum.serve.rates import of_upstream
from modicum.serve.settings import Settings, parse_settings
from modicum.serve.upstream import Upstream


def models() -> Models:
    settings: Settings = parse_settings(
        {"upstreams": {"big": {"base_url": "http://127.0.0.1:1/v1", "models": ["gpt-4o"]}}}, "x"
    )
    return Models(settings, {n: Upstream(n, s, {}) for n, s in settings.upstreams.items()})


def test_a_caller_who_invents_names_makes_no_memory_grow() -> None:
    known = models()
    for number in range(MOST_NAMES + 100):
        assert known.ask(f"big/{number}").model == str(number)
    assert known.ask("x" * 100_000).model == "x" * 100_000
    assert len(known._known) == MOST_NAMES
    assert max(map(len, known._known)) <= LONGEST_NAME


def test_a_long_name_makes_no_long_header() -> None:
    name, value = models().ask("x" * 100_000 + "\r\nx-evil: 1").header
    assert name == b"x-modicum-route"
    assert value == b"big/" + b"x" * (LONGEST_NAME - 4)


def test_models_without_a_price_share_one_set_of_constants() -> None:
    money = parse_settings({}, "x").money
    found = {of_upstream(f"invented-{n}", None, money, None).id for n in range(3)}
    assert len(found) == 1
