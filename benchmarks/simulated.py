"""Simulated right-sizing tasks: paired 0/1 losses of candidates and a reference.

A Gaussian copula: an example is hard for all (correlation `rho`), each system errs at its own rate.
Candidate k errs `gaps[k]` more often than the reference, whose rate is `base`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
MARGIN = 0.02
COSTS = 10.0 ** np.array([0, 1, 1.5, 2.5, 3, 3.5, 4, 4.5])
REFERENCE = "reference"


@dataclass(frozen=True)
class Task:
    """True gaps of the candidates, smallest first, and how losses are drawn."""

    gaps: Floats
    base: float = 0.10
    rho: float = 0.8

    @property
    def names(self) -> tuple[str, ...]:
        return (*(f"candidate {k}" for k in range(len(self.gaps))), REFERENCE)

    @property
    def energy(self) -> dict[str, float]:
        costs = COSTS if len(self.gaps) == 7 else np.geomspace(1, 10**4.5, len(self.gaps) + 1)
        return dict(zip(self.names, (float(c) for c in costs), strict=True))

    def wrong(self, name: str, margin: float = MARGIN) -> bool:
        """Whether recommending this name would break the promise."""
        return name != REFERENCE and bool(self.gaps[self.names.index(name)] >= margin - 1e-12)

    def oracle(self, margin: float = MARGIN) -> str:
        """The smallest candidate that is truly adequate."""
        good = np.flatnonzero(self.gaps < margin - 1e-12)
        return self.names[good[0]] if len(good) else REFERENCE

    def draw(self, n: int, rng: np.random.Generator, copies: int = 1) -> dict[str, Floats]:
        """Losses by name on n examples (n / copies distinct ones where copies > 1)."""
        return self.hard(rng.standard_normal((-(-n // copies), 1)), rng, copies, n)

    def hard(
        self, difficulty: Floats, rng: np.random.Generator, copies: int = 1, n: int | None = None
    ) -> dict[str, Floats]:
        """Losses on examples of given difficulty, shape (examples, 1)."""
        own = rng.standard_normal((len(difficulty), len(self.gaps) + 1))
        latent = np.sqrt(self.rho) * difficulty + np.sqrt(1 - self.rho) * own
        losses = (latent < ndtri(np.append(self.base + self.gaps, self.base))).astype(float)
        losses = np.repeat(losses, copies, axis=0)[: n or None]
        return {name: losses[:, k] for k, name in enumerate(self.names)}


def realistic(rng: np.random.Generator) -> Task:
    """Quality rises with size, noisily; the largest is nearly as good as the reference."""
    gaps = np.linspace(0.08, -0.01, 7) + rng.normal(0, 0.03, 7) + rng.uniform(-0.03, 0.03)
    gaps[-1] = min(gaps[-1], 0.01)
    return Task(np.maximum(gaps, -0.09))


def boundary(size: int = 7, at: float = MARGIN) -> Task:
    """The smaller ones exactly at the margin, the larger ones as good as the reference."""
    wrong = (size + 1) // 2
    return Task(np.concatenate([np.full(wrong, at), np.zeros(size - wrong)]))
