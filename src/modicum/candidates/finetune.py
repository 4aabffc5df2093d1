"""Teaching the sentence encoder a task by contrast.

Texts of one class are drawn together and those of others apart (supervised contrastive loss; Khosla
et al. 2020, as SetFit's first stage does with pairs: Tunstall et al. 2022).  Only the upper layers
learn (see `layers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.layers import Layers, one_thread, warmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modicum.candidates.layers import Ids

_BATCH = 64
_PER_CLASS = 4  # texts of one class in a batch
_TEMPERATURE = 0.07  # Khosla et al. 2020
_WARM_UP = 0.1  # share of the steps


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
    with one_thread(seed) as torch:
        layers = Layers(torch, lesson.layers)
        _teach(torch, layers, ids, targets, lesson, seed)
        return layers.exported()


def _teach(
    torch: Any, layers: Layers, ids: Ids, targets: NDArray[np.int64], lesson: Lesson, seed: int
) -> None:
    below, upper = layers.below(ids), layers.upper
    rng = np.random.default_rng(seed)
    batches = [b for _ in range(lesson.epochs) for b in batches_of(targets, rng)]
    optimiser = torch.optim.AdamW(upper.parameters(), lr=lesson.rate, weight_decay=0.01)
    schedule = warmed(torch, optimiser, len(batches), _WARM_UP)
    upper.train()
    for batch in batches:
        vectors, rows = layers.batch(below, batch)
        loss = _contrast(torch, vectors, torch.from_numpy(targets[rows]))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
        optimiser.step()
        schedule.step()


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
