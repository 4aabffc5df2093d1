from __future__ import annotations

from typing import Any

import pytest

from modicum.candidates.llm_options import read_options
from modicum.errors import CandidateError

PLACE = {"base_url": "http://127.0.0.1:8080/v1", "model": "m"}


def test_two_keys_are_enough_and_the_rest_has_defaults() -> None:
    options = read_options(PLACE, name="big")
    assert (options.temperature, options.timeout_s, options.in_flight) == (0.0, 60.0, 1)
    assert options.window == 8192


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"modle": "x"}, "unknown option 'modle': did you mean 'model'"),
        ({"zzz": 1}, "unknown option 'zzz': known are base_url, model, gguf"),
        ({"timeout_s": "soon"}, "timeout_s: .*valid number.*got 'soon'"),
        ({"temperature": 3}, "temperature: .*less than or equal to 2, got 3"),
        ({"prompt": "classify this"}, r"prompt: the prompt has no \{input\}"),
        ({"constrain": "regex"}, "constrain: .*'grammar'.*got 'regex'"),
        ({"base_url": "127.0.0.1:8080"}, "is no address; write http://host:port/v1"),
        ({"base_url": "http://[::1"}, "is no address"),
        ({"base_url": "http://h:99999/v1"}, "is no address"),
        ({"base_url": None}, "give base_url and model, or gguf, and not both"),
        ({"gguf": "model.gguf"}, "give base_url and model, or gguf, and not both"),
        ({"model": None}, "base_url was given without model"),
        ({"price_in": 1.0}, "give price_in and price_out together"),
        ({"currency": "euros"}, "currency"),
        ({"calibrate": 9, "shots": "nearest"}, "calibrate needs shots = 'fixed'"),
        ({"samples": 5}, "samples would all be the same; set temperature = 0.7"),
        ({"extra": {"messages": []}}, "'messages' is set by modicum; leave it out"),
        ({"api_key_env": "sk-123"}, "api_key_env"),
    ],
)
def test_a_mistake_is_one_sentence_with_the_cure(more: dict[str, Any], message: str) -> None:
    with pytest.raises(CandidateError, match=message) as caught:
        read_options({**PLACE, **more}, name="big")
    assert str(caught.value).startswith("candidate 'big'")
    assert "\n" not in str(caught.value)


def test_a_key_written_into_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(CandidateError, match="put the key in an environment variable") as caught:
        read_options({"base_url": "http://me:sk-secret@host/v1", "model": "m"}, name="big")
    assert "sk-secret" not in str(caught.value)


def test_a_key_given_for_the_name_of_its_variable_is_not_repeated() -> None:
    with pytest.raises(CandidateError, match="api_key_env") as caught:
        read_options({**PLACE, "api_key_env": "sk-secret-123"}, name="big")
    assert "sk-secret" not in str(caught.value)


def test_a_reason_goes_without_calibration() -> None:
    plain = {"model": "m", "base_url": "http://127.0.0.1:9/v1", "reason": True}
    assert read_options(plain, name="big").reason
    with pytest.raises(CandidateError, match="cannot be calibrated"):
        read_options(plain | {"calibrate": 20}, name="big")
