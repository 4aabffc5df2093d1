"""Which recipe and setting to fit next, and on how much data: a search that costs what it may gain.

Successive halving on data size (Jamieson, K. and Talwalkar, A. 2016. Non-stochastic best arm
identification and hyperparameter optimization. AISTATS): settings are compared after a sixteenth of
the fit split, the best few after a quarter, and one a recipe on all of it.  A recipe is given up as
soon as its learning curve leaves too small a chance that judge would prove it, or less to expect
than the next step costs.  Losses are of tune, so judge is free of all this.

Nothing here fits anything: `search` is handed a function that fits, asks on tune, and tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Ladder = Sequence[str]
SHARES = (1 / 16, 1 / 4, 1.0)
KEPT = 2
"""Settings of a recipe that go from a sixteenth to a quarter of the data."""
LEAST_CHANCE = 0.02
SURE = 0.95
"""Once a smaller recipe is this likely to be proven, no larger one is fitted."""
HOLDS_ON = 0.7
"""What four times the data gain next, in parts of what they gained last: power laws with exponents
of about .25 (Hestness et al. 2017, "Deep learning scaling is predictable, empirically")."""


FIRST_GAIN = 0.25
"""Loss that four times a sixteenth of the data may save at most, before a slope is seen."""


@dataclass(frozen=True)
class Ask:
    """Fit this setting of this recipe on that share of the fit split; tell its tune losses."""

    recipe: str
    setting: str
    share: float


@dataclass(frozen=True)
class Stakes:
    """What a proof needs and what it is worth.

    reference: the reference's losses on tune.  saved_j: joules a request by recipe, `requests` how
    many there will be, `cost_j` what an `Ask` would cost, `left_j` what is left of a budget; None
    where not known, or where there is no budget.
    """

    reference: Floats
    margin: float
    n_judge: int
    alpha: float = 0.05
    saved_j: Mapping[str, float] = field(default_factory=dict)
    requests: float | None = None
    cost_j: Callable[[Ask], float | None] = lambda _: None
    left_j: Callable[[], float | None] = lambda: None

    def beyond(self, ask: Ask) -> str:
        """Why the budget does not allow the step; empty where it does, or where that is not known.

        >>> Stakes(np.zeros(9), 0.02, 9, cost_j=lambda _: 8, left_j=lambda: 5).beyond(
        ...     Ask("a", "a", 1.0))
        'given up before 100% of the fit split: it would use about 8 J, and the budget has 5 J left'
        """
        cost, left = self.cost_j(ask), self.left_j()
        if left is None or (left > 0 and (cost is None or cost <= left)):
            return ""
        before = f"given up before {ask.share:.0%} of the fit split"
        if cost is None:
            return f"{before}: the budget for energy is used up"
        held = f"{max(left, 0.0):.3g} J"
        return f"{before}: it would use about {cost:.3g} J, and the budget has {held} left"

    def chance(self, losses: Floats, gain: float = 0.0) -> float:
        """Chance that judge proves it, if all the data lower its loss by about `gain` more.

        >>> stakes = Stakes(np.zeros(500), 0.02, 1000)
        >>> stakes.chance(np.zeros(500)) > 0.99, stakes.chance(np.ones(500))
        (True, 0.0)
        """
        gaps = losses - self.reference
        spread = math.sqrt((float(gaps.var()) * len(gaps) + 1) / (len(gaps) + 1))
        judged = spread / math.sqrt(self.n_judge)
        unsure = math.hypot(spread / math.sqrt(len(gaps)), (1 - HOLDS_ON) * gain)
        reach = self.margin - (float(gaps.mean()) - HOLDS_ON * gain) + ndtri(self.alpha) * judged
        return round(float(ndtr(reach / math.hypot(unsure, judged))), 9)

    def pays(self, ask: Ask, chance: float) -> bool:
        """Whether what is expected to be saved is worth the step; True where that is not known."""
        saved, cost = self.saved_j.get(ask.recipe), self.cost_j(ask)
        if saved is None or cost is None or self.requests is None:
            return True
        return chance * saved * self.requests > cost


@dataclass(frozen=True)
class Outcome:
    """chosen: the setting of each recipe that was fitted on everything, with its tune losses.

    stopped: why each of the others was given up.
    """

    chosen: Mapping[str, tuple[str, Floats]]
    stopped: Mapping[str, str]


def search(
    recipes: Mapping[str, Sequence[Ladder]],
    stakes: Stakes,
    losses_of: Callable[[Ask], Floats],
    shares: Sequence[float] = SHARES,
) -> Outcome:
    """Go through recipes, smallest first, each with ladders of its settings.

    A ladder lists settings along which the loss falls and then rises (strengths of regularisation):
    it is climbed from the middle, so that most of its rungs are never fitted.
    losses_of: fits what is asked for and returns its losses on tune, paired with the reference's.

    >>> found = search({"poor": [["c=1"]], "good": [["c=1"]]}, Stakes(np.zeros(400), 0.02, 1000),
    ...                lambda ask: np.full(400, float(ask.recipe == "poor")))
    >>> list(found.chosen), found.stopped
    (['good'], {'poor': 'given up after 6% of the fit split: a proof has a chance of 0%'})
    """
    chosen: dict[str, tuple[str, Floats]] = {}
    stopped: dict[str, str] = {}
    sure = ""
    for recipe, settings in recipes.items():
        if sure:
            stopped[recipe] = f"never fitted: {sure} is smaller and nearly sure to be proven"
            continue
        found = _recipe(recipe, settings, stakes, losses_of, shares)
        if isinstance(found, str):
            stopped[recipe] = found
            continue
        chosen[recipe] = found
        if stakes.chance(found[1]) >= SURE:
            sure = recipe
    return Outcome(chosen, stopped)


def _recipe(
    recipe: str,
    ladders: Sequence[Ladder],
    stakes: Stakes,
    losses_of: Callable[[Ask], Floats],
    shares: Sequence[float],
) -> tuple[str, Floats] | str:
    """The best setting, fitted on everything, or why none was."""
    alive, before, chance = list[str](), dict[str, Floats](), 1.0
    for at, share in enumerate(shares):
        losses: dict[str, Floats] = {}

        def loss(setting: str, share: float = share, kept: dict[str, Floats] = losses) -> float:
            kept[setting] = losses_of(Ask(recipe, setting, share))
            return float(kept[setting].mean())

        first = Ask(recipe, alive[0] if alive else ladders[0][0], share)
        if reason := stakes.beyond(first):
            return reason
        if not stakes.pays(first, chance):
            return f"given up before {share:.0%} of the fit split: it may not save what it costs"
        if at == 0:
            for ladder in ladders:
                _climb(ladder, loss)
        else:
            for setting in alive:
                loss(setting)
        alive = sorted(losses, key=lambda s: float(losses[s].mean()))
        best = alive[0]
        if share == shares[-1]:
            return best, losses[best]
        gain = float(before[best].mean() - losses[best].mean()) if before else FIRST_GAIN
        steps = math.log(1 / share) / math.log(shares[at + 1] / share)
        chance = stakes.chance(losses[best], max(gain, 0.0) * _summed(steps))
        if chance < LEAST_CHANCE:
            return (
                f"given up after {share:.0%} of the fit split: a proof has a chance of {chance:.0%}"
            )
        alive, before = alive[: KEPT if at == 0 else 1], losses
    raise ValueError(f"shares are {shares}: the last must be 1")


def _climb(ladder: Ladder, loss: Callable[[str], float]) -> None:
    """From the middle up, or else down, until a rung is no better."""
    middle = len(ladder) // 2
    start = loss(ladder[middle])
    for way in (ladder[middle + 1 :], ladder[:middle][::-1]):
        best = start
        for setting in way:
            found = loss(setting)
            if found >= best:
                break
            best = found
        if best < start:
            return


def _summed(steps: float) -> float:
    """Gains of so many steps, each `HOLDS_ON` of the one before, in parts of the first."""
    return float((1 - HOLDS_ON**steps) / (1 - HOLDS_ON))
