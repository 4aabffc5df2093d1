"""Sentence embeddings of all-MiniLM-L6-v2 (Reimers and Gurevych 2019) by ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.artefact import Parts
from modicum.candidates.assets import MINILM_ONNX, MINILM_TOKENIZER, find_asset
from modicum.candidates.pinned import check_pins, pin
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

SIZE = 384
MAX_TOKENS = 256  # the length the encoder was trained for
_MAX_CHARACTERS = 20_000  # more than 256 tokens of any text with words in it
_BATCH = 16  # larger batches gain nothing on two cores and pad more


class MiniLm:
    """Mean of the token states, scaled to length 1, then the states of the first `opening` tokens.

    What a question asks for stands in its opening words, and a mean blurs it.  Texts are run in
    batches of similar length, so that little is padded.
    """

    def __init__(self, session: Any, tokenizer: Any, opening: int = 0) -> None:
        self._session, self._tokenizer, self.opening = session, tokenizer, opening
        self.width = SIZE * (1 + opening)

    @classmethod
    def open(cls, opening: int = 0) -> MiniLm:
        """The encoder of the asset packages; raises CandidateError where they are absent."""
        return cls(open_session(str(find_asset(MINILM_ONNX))), _open_tokenizer(), opening)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Shape (texts, 384 * (1 + opening)); zeros where a text ends before the opening does."""
        encoded = np.zeros((len(texts), 1 + self.opening, SIZE), np.float32)
        for rows, states, mask in self._states(self.tokens(texts)):
            states *= mask[:, :, None]
            total = states.sum(axis=1)
            encoded[rows, 0] = total / np.linalg.norm(total, axis=1, keepdims=True)
            opening = states[:, : self.opening]
            encoded[rows, 1 : 1 + opening.shape[1]] = opening
        return encoded.reshape(len(texts), self.width)

    def whole_words(self) -> list[str]:
        """The words of the tokenizer's vocabulary, in its order (commonest first, by and large)."""
        ranked: dict[str, int] = self._tokenizer.get_vocab()
        return [word for word in sorted(ranked, key=ranked.__getitem__) if word.isalpha()]

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, at most 256, with the marks of beginning and end."""
        clean = [text[:_MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(clean)]

    def _states(self, tokens: Sequence[Sequence[int]]) -> Iterator[tuple[Ints, Floats, Floats]]:
        """Batches of (row numbers, token states of shape (rows, tokens, 384), mask)."""
        order = np.argsort([len(ids) for ids in tokens], kind="stable")
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            ids = np.zeros((len(rows), len(tokens[rows[-1]])), np.int64)
            mask = np.zeros_like(ids)
            for at, row in enumerate(rows):
                ids[at, : len(tokens[row])] = tokens[row]
                mask[at, : len(tokens[row])] = 1
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
            yield rows, self._session.run(None, feed)[0], mask.astype(np.float32)

    def project(self, texts: Sequence[str], weights: Floats) -> Floats:
        """`encode(texts) @ weights`."""
        return self.encode(texts) @ weights

    def project_one(self, text: str, weights: Floats) -> Floats:
        """One row of `project`."""
        return np.asarray(self.encode((text,))[0] @ weights)

    def parts(self) -> Parts:
        """The fingerprints of the asset's files; the weights themselves stay in their package."""
        pins = pin(MINILM_ONNX, MINILM_TOKENIZER)
        return Parts({"assets": pins, "opening": self.opening})

    @classmethod
    def from_parts(cls, parts: Parts) -> MiniLm:
        """As saved, once the asset's files are found to be the same."""
        check_pins(parts.document["assets"], MINILM_ONNX, MINILM_TOKENIZER)
        return cls.open(int(str(parts.document["opening"])))


def cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def open_session(model: str | bytes) -> Any:
    """A session of ONNX Runtime on all cores, of a file or of its bytes."""
    try:
        import onnxruntime as runtime
    except ImportError as error:
        raise MissingExtraError("sentence encoders", "size") from error
    options = runtime.SessionOptions()  # type: ignore[attr-defined]
    options.intra_op_num_threads = cores()
    options.inter_op_num_threads = 1
    # threads that spin between two operators burn as much as the work itself
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers = ["CPUExecutionProvider"]
    return runtime.InferenceSession(model, options, providers=providers)  # type: ignore[attr-defined]


def _open_tokenizer() -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("sentence encoders", "size") from error
    tokenizer = Tokenizer.from_file(str(find_asset(MINILM_TOKENIZER)))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer
