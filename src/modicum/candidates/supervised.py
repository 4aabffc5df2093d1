"""Teaching the sentence encoder the classes themselves: a linear head on it, cross-entropy, AdamW.

Each layer learns at a smaller rate than the one above it (Howard and Ruder 2018, "Universal
language model fine-tuning", who go down by 2.6 a layer; here much less), and the targets are
smoothed (Szegedy et al. 2016), so that a few wrong labels do not bend the encoder.  The head that
taught the encoder is kept: one fitted anew on what the encoder has learned by heart is worse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modicum.candidates.layers import COUNT, Layers, one_thread, warmed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modicum.candidates.layers import Ids

    Floats = NDArray[np.float32]

# Layers, rate and decay were compared on held-out rows of TREC-6's training parts (2026, one or two
# cuts).  The others are usual or first guesses that were not varied: the epochs for few texts too.
_BATCH = 32
_HEAD_RATE = 1e-3
_DECAY = 0.85  # of the rate, from each layer to the one below
_SMOOTHING = 0.1  # Szegedy et al. 2016
_DROPOUT = 0.1  # as the encoder's own
_SCALE = 12.0  # vectors have length 1: too short for a head to be sure of anything soon
_WARM_UP = 0.1  # share of the steps
_STEPS = 400
_FEWEST, _MOST = 4, 16  # epochs, where they are not given


@dataclass(frozen=True, slots=True)
class Course:
    """How the encoder is taught.

    layers: the upper layers that learn, of six.  epochs: passes over the texts; 0 takes as many as
    make `_STEPS` steps, 4 at the least and 16 at most.  rate: of learning, in the uppermost layer.
    """

    layers: int = COUNT
    epochs: int = 0
    rate: float = 2e-4

    def passes(self, texts: int) -> int:
        """The epochs for so many texts.

        >>> Course().passes(200), Course().passes(4_000), Course(epochs=2).passes(200)
        (16, 4, 2)
        """
        steps = -(-texts // _BATCH)
        return self.epochs or min(max(-(-_STEPS // steps), _FEWEST), _MOST)


@dataclass(frozen=True)
class Taught:
    """The encoder as a full-precision ONNX file, and its head on vectors of length 1.

    weights: shape (width, classes).  intercept: shape (classes,).
    """

    onnx: bytes
    weights: Floats
    intercept: Floats


def teach(ids: Ids, targets: NDArray[np.int64], course: Course, *, seed: int) -> Taught:
    """Encoder and head, taught on texts (as token ids) of known class.

    targets: shape (texts,), every class from 0 up being there.  Raises MissingExtraError where
    torch or transformers is not installed.
    """
    with one_thread(seed) as torch:
        layers = Layers(torch, course.layers)
        head = _Head(torch, int(targets.max()) + 1)
        _teach(torch, layers, head, ids, targets, course, seed)
        return Taught(layers.exported(), head.weights, head.intercept)


class _Head:
    """A linear head in torch, with dropout before it."""

    def __init__(self, torch: Any, classes: int) -> None:
        from modicum.candidates.minilm import SIZE

        self.linear = torch.nn.Linear(SIZE, classes)
        torch.nn.init.normal_(self.linear.weight, std=0.02)
        torch.nn.init.zeros_(self.linear.bias)
        self._drop = torch.nn.Dropout(_DROPOUT)

    def __call__(self, vectors: Any) -> Any:
        return self.linear(self._drop(vectors * _SCALE))

    @property
    def weights(self) -> Floats:
        """For vectors of length 1."""
        return np.asarray(self.linear.weight.detach().numpy().T * _SCALE, np.float32)

    @property
    def intercept(self) -> Floats:
        return np.asarray(self.linear.bias.detach().numpy(), np.float32)


def _teach(
    torch: Any,
    layers: Layers,
    head: _Head,
    ids: Ids,
    targets: NDArray[np.int64],
    course: Course,
    seed: int,
) -> None:
    below = layers.below(ids)
    batches = list(_batches(len(ids), course.passes(len(ids)), seed))
    groups = _groups(layers, head, course.rate)
    learning = [weights for group in groups for weights in group["params"]]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    schedule = warmed(torch, optimiser, len(batches), _WARM_UP)
    layers.upper.train()
    for batch in batches:
        vectors, rows = layers.batch(below, batch)
        right = torch.from_numpy(targets[rows])
        loss = torch.nn.functional.cross_entropy(head(vectors), right, label_smoothing=_SMOOTHING)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        schedule.step()


def _groups(layers: Layers, head: _Head, rate: float) -> list[dict[str, Any]]:
    """What learns, and how fast: the uppermost layer at `rate`, each below it at less."""
    down = enumerate(reversed(layers.upper))
    groups = [{"params": list(la.parameters()), "lr": rate * _DECAY**depth} for depth, la in down]
    return [*groups, {"params": list(head.linear.parameters()), "lr": _HEAD_RATE}]


def _batches(texts: int, epochs: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Every text once an epoch, in an order of its own each time."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(texts)
        yield from (order[start : start + _BATCH] for start in range(0, texts, _BATCH))
