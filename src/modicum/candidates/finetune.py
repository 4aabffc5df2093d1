"""Teaching the sentence encoder a task: contrastive and frugal.

Texts of one class are drawn together and those of others apart (supervised contrastive loss; Khosla
et al. 2020, as SetFit's first stage does with pairs: Tunstall et al. 2022).  Only the upper layers
learn.  What the lower ones make of a text does not change, so it is computed once, and an epoch
costs a fraction of what it would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.assets import MINILM_WEIGHTS, find_asset
from modicum.candidates.onnx_export import exported
from modicum.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = Sequence[Sequence[int]]

_BATCH = 64
_PART = 16  # texts that are padded to one length
_PER_CLASS = 4  # texts of one class in a batch
_TEMPERATURE = 0.07  # Khosla et al. 2020
_WARM_UP = 0.1  # share of the steps
_THREADS = 1
"""Batches are so small that a second thread gains little; and where other work shares the cores,
threads that wait for each other burn several times what the work itself takes."""
_LONGEST = 64  # tokens read while learning; answering reads all


@dataclass(frozen=True, slots=True)
class Lesson:
    """How the encoder is taught.

    layers: the upper layers that learn, of six.  epochs: passes over the texts.  rate: of learning.
    """

    layers: int = 3
    epochs: int = 12
    rate: float = 1e-4


def finetune(ids: Ids, targets: NDArray[np.int64], lesson: Lesson, *, seed: int) -> bytes:
    """The encoder taught on texts (as token ids) of known class, as a full-precision ONNX file.

    Raises MissingExtraError where torch or transformers is not installed.
    """
    torch = _torch()
    torch.manual_seed(seed)
    before = torch.get_num_threads()
    torch.set_num_threads(_THREADS)
    try:
        model = _open()
        cut = len(model.encoder.layer) - lesson.layers
        _teach(torch, model, cut, [list(i)[:_LONGEST] for i in ids], targets, lesson, seed)
        return exported(torch, model.eval())
    finally:
        torch.set_num_threads(before)


def _torch() -> Any:
    try:
        import onnx  # noqa: F401  # both are needed in the end: better said before the work
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("fine-tuned encoders", "finetune") from error
    return torch


def _open() -> Any:
    transformers: Any = import_module("transformers")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = find_asset(MINILM_WEIGHTS).parent
    return transformers.AutoModel.from_pretrained(
        folder, attn_implementation="eager", local_files_only=True
    )


def _teach(
    torch: Any,
    model: Any,
    cut: int,
    ids: list[list[int]],
    targets: NDArray[np.int64],
    lesson: Lesson,
    seed: int,
) -> None:
    lower = _lower_states(torch, model, cut, ids)
    upper = model.encoder.layer[cut:]
    rng = np.random.default_rng(seed)
    batches = [b for _ in range(lesson.epochs) for b in batches_of(targets, rng)]
    optimiser, schedule = _optimiser(torch, upper, lesson.rate, len(batches))
    upper.train()
    for batch in batches:
        parts = by_length([len(ids[i]) for i in batch])
        vectors = torch.cat([_vectors(torch, upper, [lower[batch[i]] for i in p]) for p in parts])
        order = batch[np.concatenate(parts)]
        loss = _contrast(torch, vectors, torch.from_numpy(targets[order]))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        optimiser.step()
        schedule.step()


def _optimiser(torch: Any, upper: Any, rate: float, steps: int) -> tuple[Any, Any]:
    """AdamW with a warm-up and a linear way down."""
    optimiser = torch.optim.AdamW(upper.parameters(), lr=rate, weight_decay=0.01)
    warm = max(int(_WARM_UP * steps), 1)
    return optimiser, torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, (steps - s) / max(steps - warm, 1))
    )


def _vectors(torch: Any, upper: Any, rows: Sequence[Any]) -> Any:
    """What the upper layers make of some texts, shape (texts, width)."""
    states, mask = _padded(torch, rows)
    for layer in upper:
        states = _first(layer(states, _additive(torch, mask)))
    return _mean(torch, states, mask)


def by_length(lengths: Sequence[int]) -> list[NDArray[np.int64]]:
    """Places of a batch in parts of like length, so that short texts are not padded to the longest.

    >>> [part.tolist() for part in by_length([9, 1, 8, 2] * 8)][0][:3]
    [1, 5, 9]
    """
    order = np.argsort(lengths, kind="stable")
    return [part for part in np.array_split(order, max(len(order) // _PART, 1)) if len(part)]


def batches_of(targets: NDArray[np.int64], rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Every text once, in batches in which each class has company: four of a class at a time."""
    groups = []
    for target in np.unique(targets):
        rows = rng.permutation(np.flatnonzero(targets == target))
        parts = np.split(rows, np.arange(_PER_CLASS, len(rows), _PER_CLASS))
        groups += [part for part in parts if len(part) > 1] or [rows]
    order = rng.permutation(len(groups))
    per_batch = _BATCH // _PER_CLASS
    for start in range(0, len(order), per_batch):
        yield np.concatenate([groups[i] for i in order[start : start + per_batch]])


def _lower_states(torch: Any, model: Any, cut: int, ids: list[list[int]]) -> list[Any]:
    """What the layers below `cut` make of each text: tensors of shape (tokens, width)."""
    found: list[Any] = [None] * len(ids)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    model.eval()
    with torch.no_grad():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            tokens, mask = _padded(torch, [torch.tensor(ids[i]) for i in rows])
            states = model.embeddings(input_ids=tokens)
            for layer in model.encoder.layer[:cut]:
                states = _first(layer(states, _additive(torch, mask)))
            for at, row in enumerate(rows):
                found[row] = states[at, : len(ids[row])].clone()
    return found


def _padded(torch: Any, rows: Sequence[Any]) -> tuple[Any, Any]:
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(padded.shape[1])[None, :] < lengths[:, None]
    return padded, mask


def _additive(torch: Any, mask: Any) -> Any:
    """What is added to attention scores: nothing where a token is, the least number elsewhere."""
    return (~mask)[:, None, None, :].float() * torch.finfo(torch.float32).min


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, tuple) else found


def _mean(torch: Any, states: Any, mask: Any) -> Any:
    summed = (states * mask[:, :, None]).sum(dim=1)
    return torch.nn.functional.normalize(summed, dim=1)


def _contrast(torch: Any, vectors: Any, targets: Any) -> Any:
    """Supervised contrastive loss over one batch; texts without company in it do not count."""
    scores = vectors @ vectors.T / _TEMPERATURE
    itself = torch.eye(len(targets), dtype=torch.bool)
    scores = scores.masked_fill(itself, -1e9)
    same = (targets[:, None] == targets[None, :]) & ~itself
    log = scores - torch.logsumexp(scores, dim=1, keepdim=True)
    company = same.sum(dim=1)
    means = (log * same).sum(dim=1) / company.clamp(min=1)
    return -means[company > 0].mean() if bool((company > 0).any()) else scores.sum() * 0
