"""An absolute ceiling on a router's loss, promised from examples that chose nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from modicum.candidates.router import Router, cheapest
from modicum.stats.learn_then_test import settings_below

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Promise:
    """What was proven: at `price` the loss is at most `ceiling`, wrong with chance at most alpha.

    shares: of the judge examples that go to each target.  loss: of the judge examples, for the
    record.  None of it where no price was proven.
    """

    ceiling: float
    alpha: float
    price: float | None
    shares: tuple[float, ...] | None = None
    loss: float | None = None


def promise_loss(
    router: Router,
    texts: Sequence[str],
    losses: Floats,
    prices: Sequence[float],
    ceiling: float,
    alpha: float = 0.05,
) -> Promise:
    """The highest price, so the cheapest router, whose mean loss is proven to be below `ceiling`.

    prices: fixed before these examples are looked at, in the order in which they are tried: from
    the safest (the lowest price) on.  losses: shape (texts, targets), in [0, 1], on independent
    judge examples.  P(the router at the promised price has a mean loss above `ceiling`) <= alpha,
    by `stats.learn_then_test`.
    """
    expected = router.model.predict(texts)
    return promise_from(expected, losses, router.costs, prices, ceiling, alpha)


def promise_from(
    expected: Floats,
    losses: Floats,
    costs: Sequence[float],
    prices: Sequence[float],
    ceiling: float,
    alpha: float = 0.05,
) -> Promise:
    """The same from expected losses already predicted, shape (texts, targets)."""
    rows = np.arange(len(losses))
    sent = [cheapest(expected, costs, price) for price in prices]
    proven = settings_below([losses[rows, chosen] for chosen in sent], ceiling, alpha)
    if not proven:
        return Promise(ceiling, alpha, None)
    chosen = np.asarray(sent[proven - 1])
    shares = tuple(float((chosen == index).mean()) for index in range(len(costs)))
    return Promise(ceiling, alpha, prices[proven - 1], shares, float(losses[rows, chosen].mean()))
