"""MiniLM in torch, cut in two: lower layers that stay as they are, upper layers that learn.

What the lower layers make of a text does not change, so it is computed once, and an epoch costs
what the upper ones cost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.assets import MINILM_WEIGHTS, find_asset
from modicum.candidates.onnx_export import exported
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = Sequence[Sequence[int]]

COUNT = 6  # layers of MiniLM-L6
_BATCH = 64
_PART = 16  # texts that are padded to one length
_THREADS = 1
"""Batches are so small that a second thread gains little; and where other work shares the cores,
threads that wait for each other burn several times what the work itself takes."""
_LONGEST = 64  # tokens read while learning; answering reads all


class Layers:
    """The upper `count` layers of MiniLM, over the states that the lower ones gave.

    The embeddings of words always stay: they are half of all weights, and few examples touch more
    than a corner of them.
    """

    def __init__(self, torch: Any, count: int) -> None:
        self._torch, self._model = torch, open_encoder()
        self._cut = len(self._model.encoder.layer) - count
        self.upper = self._model.encoder.layer[self._cut :]

    def below(self, ids: Ids) -> list[Any]:
        """What the lower layers make of each text: tensors of shape (tokens, width)."""
        found: list[Any] = [None] * len(ids)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        self._model.eval()
        with self._torch.no_grad():
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                states = self._lower([list(ids[i])[:_LONGEST] for i in rows])
                for row, state in zip(rows, states, strict=True):
                    found[row] = state
        return found

    def _lower(self, ids: Ids) -> list[Any]:
        tokens, mask = self._padded([self._torch.tensor(i) for i in ids])
        states = self._model.embeddings(input_ids=tokens)
        for layer in self._model.encoder.layer[: self._cut]:
            states = _first(layer(states, self._additive(mask)))
        return [states[at, : len(text)].clone() for at, text in enumerate(ids)]

    def vectors(self, rows: Sequence[Any]) -> Any:
        """The mean state of each text, of length 1, as the upper layers give it: (texts, width).

        rows: what `below` gave of each text.
        """
        states, mask = self._padded(rows)
        for layer in self.upper:
            states = _first(layer(states, self._additive(mask)))
        summed = (states * mask[:, :, None]).sum(dim=1)
        return self._torch.nn.functional.normalize(summed, dim=1)

    def batch(self, below: Sequence[Any], rows: NDArray[np.int64]) -> tuple[Any, NDArray[np.int64]]:
        """The vectors of some texts, computed in parts of like length, and the rows they are of."""
        parts = by_length([len(below[row]) for row in rows])
        vectors = [self.vectors([below[row] for row in rows[part]]) for part in parts]
        return self._torch.cat(vectors), rows[np.concatenate(parts)]

    def exported(self) -> bytes:
        """The whole encoder as it is now, as a full-precision ONNX file."""
        return exported(self._torch, self._model.eval())

    def _padded(self, rows: Sequence[Any]) -> tuple[Any, Any]:
        padded = self._torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        lengths = self._torch.tensor([len(row) for row in rows])
        return padded, self._torch.arange(padded.shape[1])[None, :] < lengths[:, None]

    def _additive(self, mask: Any) -> Any:
        """Added to attention scores: nothing where a token is, the least number elsewhere."""
        return (~mask)[:, None, None, :].float() * self._torch.finfo(self._torch.float32).min


@contextlib.contextmanager
def one_thread(seed: int) -> Iterator[Any]:
    """torch, seeded and held to one thread for the while.

    Raises MissingExtraError where torch, transformers or onnx is not installed.
    """
    torch = _torch()
    torch.manual_seed(seed)
    before = torch.get_num_threads()
    torch.set_num_threads(_THREADS)
    try:
        yield torch
    finally:
        torch.set_num_threads(before)


def by_length(lengths: Sequence[int]) -> list[NDArray[np.int64]]:
    """Places of a batch in parts of like length, so that short texts are not padded to the longest.

    >>> [part.tolist() for part in by_length([9, 1, 8, 2] * 8)][0][:3]
    [1, 5, 9]
    """
    order = np.argsort(lengths, kind="stable")
    return [part for part in np.array_split(order, max(len(order) // _PART, 1)) if len(part)]


def warmed(torch: Any, optimiser: Any, steps: int, warm_up: float) -> Any:
    """A schedule: up in a straight line for the first `warm_up` of the steps, then down to 0."""
    warm = max(int(warm_up * steps), 1)
    return torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, (steps - s) / max(steps - warm, 1))
    )


def _torch() -> Any:
    try:
        import onnx  # noqa: F401  # both are needed in the end: better said before the work
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("fine-tuned encoders", "finetune") from error
    return torch


def open_encoder() -> Any:
    """MiniLM in torch, from the package that holds its weights."""
    transformers: Any = import_module("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = find_asset(MINILM_WEIGHTS).parent
    return transformers.AutoModel.from_pretrained(
        folder, attn_implementation="eager", local_files_only=True
    )


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, tuple) else found
