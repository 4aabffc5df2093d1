"""`auto`: which task a prompt is for, and when it is nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modicum.ledger import open_ledger
from modicum.serve.gateway import Gateway, open_gateway
from modicum.serve.settings import parse_settings

TEMPLATES = {
    "short": "Which? {input}",
    "long": "Which? {input} Answer in one word.",
    "one": "Sort: {input}",
    "two": "Sort: {input}",
}


@pytest.fixture
def several(tmp_path: Path, decision: Path) -> Iterator[Gateway]:
    tasks = {n: {"decision": str(decision), "user": user} for n, user in TEMPLATES.items()}
    server = {"state": str(tmp_path / "state"), "auth": False}
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"))
    gateway = open_gateway(parse_settings({"server": server, "tasks": tasks}, "x"), ledger)
    yield gateway
    gateway.journal.close(empty=True)
    for task in gateway.tasks.values():
        task.close()
    ledger.close()


def found(gateway: Gateway, content: Any, *before: dict[str, Any]) -> tuple[str, str] | None:
    said = gateway.recognise([*before, {"role": "user", "content": content}])
    return None if said is None else (said[0].name, said[1])


def test_the_longest_template_that_fits_wins(several: Gateway) -> None:
    assert found(several, "Which? Who was Nero ?") == ("short", "Who was Nero ?")
    long = "Which? Who was Nero ? Answer in one word."
    assert found(several, long) == ("long", "Who was Nero ?")


def test_where_two_fit_alike_it_is_nobodys(several: Gateway) -> None:
    assert found(several, "Sort: Who was Nero ?") is None


@pytest.mark.parametrize(
    "content", ["Who was Nero ?", "Which?", "Please: Which? Who", None, [{"type": "image_url"}]]
)
def test_what_fits_no_template_is_nobodys(several: Gateway, content: Any) -> None:
    assert found(several, content) is None


def test_a_prompt_with_more_around_it_is_nobodys(several: Gateway) -> None:
    assert found(several, "Which? Who", {"role": "system", "content": "Be brief."}) is None
    assert found(several, "Which? Who", {"role": "assistant", "content": "And ?"}) is None
