"""A taught encoder as an ONNX file."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def exported(torch: Any, model: Any) -> bytes:
    """The encoder in full precision; it gives the states of all tokens."""

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            found = self.inner(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            )
            return found.last_hidden_state

    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "texts", 1: "tokens"} for name in [*names, "states"]}
    example = torch.ones(2, 8, dtype=torch.long)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "encoder.onnx"
        torch.onnx.export(
            States(),
            (example, example, example * 0),
            str(path),
            input_names=names,
            output_names=["states"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,  # the newer exporter asks for two packages more and gives the same graph
        )
        return path.read_bytes()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporters' advice, which is for their own developers."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)
