"""Ceilings on what a study may spend: money charged by providers, and energy of the search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from modicum.candidates.protocol import Usage
from modicum.errors import BudgetError, TaskError
from modicum.figures import Figure
from modicum.study.asking import Asked
from modicum.study.trial import Trial
from modicum.study.used import Used, sum_of

_ENERGY = re.compile(r"\s*([0-9.]+)\s*(J|kJ|MJ|Wh|kWh)?\s*")


@dataclass(frozen=True)
class Budget:
    """The most a study may spend; None is no ceiling.

    cost: in the currency that providers charge.  energy_j: joules, by the middle of the figure.
    """

    cost: float | None = None
    energy_j: float | None = None

    def left_j(self, trials: Sequence[Trial], other: Sequence[Used]) -> float | None:
        """Joules that may still be used; None without a ceiling, or where use is not known."""
        if self.energy_j is None:
            return None
        used = _used_j(trials, other)
        return None if used is None else self.energy_j - used

    def check(
        self,
        trials: Sequence[Trial],
        other: Sequence[Used],
        asked: Asked,
        more: int,
        labels: Sequence[Usage] = (),
        scoring: Sequence[Usage] = (),
    ) -> None:
        """Raise BudgetError where asking for `more` answers is expected to go beyond a ceiling.

        What the next answers cost is expected from the mean of those before.  labels: what the
        answers used that a candidate gave while it labelled the data.  scoring: what the verdicts
        of a judge model used, of which each answer needs one more.
        """
        if self.cost is not None:
            every = _every(trials, asked) or labels
            spent = charged(trials, [*labels, *scoring])
            expected = (_mean_cost(every) + _mean_cost(scoring)) * more
            if spent + expected > self.cost:
                raise BudgetError(_stopped(f"{spent:.4g}", f"{self.cost:g}", "money", "--max-cost"))
        if self.energy_j is not None:
            used = _used_j(trials, other)
            expected = (asked.used.energy_j.value or 0.0) / max(len(asked.rows), 1) * more
            if used is not None and used + expected > self.energy_j:
                now, most = f"{used:.3g} J", f"{self.energy_j:.3g} J"
                raise BudgetError(_stopped(now, most, "energy", "--max-energy"))


def _used_j(trials: Sequence[Trial], other: Sequence[Used]) -> float | None:
    return sum_of([*other, *(part for t in trials for part in t.used())]).energy_j.value


def _stopped(spent: str, most: str, what: str, option: str) -> str:
    return (
        f"stopped at {spent} of {most} ({what}), before the next answers would go beyond it; every "
        f"answer is kept: go on with --resume and a higher {option}"
    )


def charged(trials: Sequence[Trial], labels: Sequence[Usage] = ()) -> float:
    """What providers charged for new answers; raises TaskError for charges in two currencies."""
    total, currencies = sum(trial.fit_cost for trial in trials), set()
    asked = [u for t in trials if not _recorded(t) for u in (*t.tune.usage, *t.judge.usage)]
    for usage in (*asked, *labels):
        if usage.cost is not None and not usage.cached:
            total += usage.cost
            currencies.add(usage.currency)
    if len(currencies) > 1:
        named = " and ".join(sorted(str(c) for c in currencies))
        raise TaskError(f"--max-cost cannot add {named}: give prices in one currency")
    return total


def _recorded(trial: Trial) -> bool:
    """Recorded answers were paid for before this study."""
    return hasattr(trial.candidate, "answer_rows")


def _every(trials: Sequence[Trial], asked: Asked) -> list[Usage]:
    """What the answers so far used, on tune and on judge, of the candidate that is asked."""
    owner = next((t for t in trials if asked is t.tune or asked is t.judge), None)
    return [*owner.tune.usage, *owner.judge.usage] if owner else asked.usage


def _mean_cost(usage: Sequence[Usage]) -> float:
    costs = [u.cost for u in usage if u.cost is not None and not u.cached]
    return sum(costs) / len(costs) if costs else 0.0


def parse_energy(text: str) -> float:
    """Joules of "500", "500 J" or "2 Wh"; raises TaskError for anything else.

    >>> parse_energy("2 Wh")
    7200.0
    """
    found = _ENERGY.fullmatch(text)
    try:
        number = float(found[1]) if found else 0.0
    except ValueError:
        number = 0.0
    if found is None or number <= 0:
        raise TaskError(f"--max-energy is {text!r}: give an energy such as 500J, 2Wh or 0.1kWh")
    figure = Figure.exact(number, found[2] or "J", basis="assumed", source="", boundary="")
    joules = figure.to("J").value
    return joules if joules is not None else number


UNLIMITED = Budget()
"""No ceiling."""
