"""Which settings keep a loss below a ceiling, proven on examples that chose nothing.

Learn then Test (Angelopoulos, Bates, Candes, Jordan and Lei 2021, "Learn then test: calibrating
predictive algorithms to achieve risk control"): every setting gets a p-value of H0: its mean loss
is above the ceiling, and a procedure that controls the family-wise error says which are rejected.
Here the settings come in an order fixed beforehand, safest first, and are tested one after the
other at the whole level until one is not rejected (fixed sequence; Maurer, Hothorn and Lehmacher
1995).  P(any setting called safe is not) is then at most the level, whatever the settings depend
on each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from modicum.errors import DecisionError

Floats = NDArray[np.float64]


def settings_below(losses: Sequence[ArrayLike], ceiling: float, alpha: float = 0.05) -> int:
    """How many settings, from the first, are proven to have a mean loss of at most `ceiling`.

    losses: for each setting, safest first, its losses in [0, 1] on the same independent examples.

    >>> safe, risky = np.repeat([0.0, 1.0], [95, 5]), np.repeat([0.0, 1.0], [80, 20])
    >>> settings_below([safe, safe, risky, safe], 0.12)
    2
    """
    if not 0 < alpha < 1:
        raise DecisionError(f"alpha is {alpha}: give a level between 0 and 1")
    for count, one in enumerate(losses):
        if risk_p_value(np.asarray(one, np.float64), ceiling) > alpha:
            return count
    return len(losses)


def risk_p_value(losses: Floats, ceiling: float) -> float:
    """Valid p-value of H0: mean loss > `ceiling`, from independent losses in [0, 1].

    Binary losses: the exact binomial.  Others: the smaller of Hoeffding's bound in its tight form
    (Hoeffding 1963, theorem 1) and Bentkus' (2004), e P(Binomial(n, ceiling) <= ceil(sum)).

    >>> round(risk_p_value(np.zeros(59), 0.05), 4)  # 0.95 ** 59
    0.0485
    >>> risk_p_value(np.full(59, 0.5), 0.05)
    1.0
    """
    n, total = len(losses), float(losses.sum())
    if not n or not 0 < ceiling < 1:
        return 1.0
    if losses.min() < 0 or losses.max() > 1:
        raise DecisionError("losses must lie between 0 and 1: scale them first")
    if bool(np.isin(losses, (0.0, 1.0)).all()):
        return float(bdtr(round(total), n, ceiling))
    bentkus = float(np.e * bdtr(np.ceil(total - 1e-9), n, ceiling))
    return min(1.0, bentkus, _hoeffding(total / n, ceiling, n))


def _hoeffding(mean: float, ceiling: float, n: int) -> float:
    """exp(-n kl(mean, ceiling)) for a mean below the ceiling, else 1."""
    if mean >= ceiling:
        return 1.0
    gap = (1 - mean) * np.log((1 - mean) / (1 - ceiling))
    if mean > 0:
        gap += mean * np.log(mean / ceiling)
    return float(np.exp(-n * gap))
