"""The API as it is described, tried with bodies that fit it and bodies that do not."""

from __future__ import annotations

import random

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from running import Running
from schemathesis.checks import not_a_server_error
from test_security import call
from upstream import FakeProvider

from modicum.serve.openapi import description

SCHEMA = schemathesis.openapi.from_dict(description())


@SCHEMA.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_described_request_is_a_fault_of_ours(case: schemathesis.Case) -> None:
    case.call_and_validate(base_url=URL[0], checks=[not_a_server_error])


URL: list[str] = []


@pytest.fixture(autouse=True)
def _at(gateway: Running, provider: FakeProvider) -> None:
    URL[:] = [gateway.url]


def test_no_mutated_body_is_a_fault_of_ours(gateway: Running, provider: FakeProvider) -> None:
    seed = random.Random(5)
    good = b'{"model":"question-type","messages":[{"role":"user","content":"Who is it ?"}]}'
    statuses = set()
    for _ in range(300):
        body = bytearray(good)
        for _ in range(seed.randint(1, 6)):
            at = seed.randrange(len(body))
            body[at : at + seed.randint(0, 3)] = seed.randbytes(seed.randint(0, 3))
        status, headers, reply = call(f"{gateway.url}/v1/chat/completions", bytes(body))
        if status < 500 or "x-modicum-route" not in headers:  # else it is the upstream's answer
            statuses.add(status)
        assert b"Traceback" not in reply
    assert max(statuses) < 500
    assert min(statuses) in (200, 400)


def test_a_models_name_never_splits_the_answers_head(gateway: Running) -> None:
    body = {"model": "big/x\r\nx-evil: 1\r\n\r\n", "messages": []}
    _, headers, _ = call(f"{gateway.url}/v1/chat/completions", body)
    assert headers["x-modicum-route"].strip() == "big/x  x-evil: 1"
    assert "x-evil" not in headers
