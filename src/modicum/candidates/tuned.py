"""A sentence encoder of one's own: MiniLM taught a task, carried in the candidate's folder.

To answer it needs ONNX Runtime and tokenizers, nothing of what taught it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.assets import MINILM_TOKENIZER, find_asset
from modicum.candidates.minilm import MAX_TOKENS, MiniLm, open_session
from modicum.errors import MissingExtraError


class TunedMiniLm(MiniLm):
    """MiniLM with weights of its own; `onnx` and `tokenizer` are the bytes of its files."""

    def __init__(self, onnx: bytes, tokenizer: bytes, opening: int = 0) -> None:
        super().__init__(open_session(onnx), _open_tokenizer(tokenizer), opening)
        self._onnx, self._words = onnx, tokenizer

    @classmethod
    def of(cls, onnx: bytes, opening: int = 0) -> TunedMiniLm:
        """With the tokenizer of the asset package."""
        return cls(onnx, Path(find_asset(MINILM_TOKENIZER)).read_bytes(), opening)

    def parts(self) -> Parts:
        """Both files whole, as arrays of bytes."""
        files = {"onnx": self._onnx, "tokenizer": self._words}
        arrays = {name: np.frombuffer(data, np.uint8) for name, data in files.items()}
        return Parts({"opening": self.opening}, arrays)

    @classmethod
    def from_parts(cls, parts: Parts) -> TunedMiniLm:
        """As saved."""
        onnx, tokenizer = (parts.arrays[name].tobytes() for name in ("onnx", "tokenizer"))
        return cls(onnx, tokenizer, int(str(parts.document["opening"])))


def _open_tokenizer(data: bytes) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("sentence encoders", "size") from error
    tokenizer = Tokenizer.from_buffer(data)
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer
