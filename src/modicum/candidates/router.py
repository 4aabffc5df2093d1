"""`recipe = "router"`: chooses who answers from the text alone, before anybody has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from modicum.candidates.artefact import read_parts
from modicum.candidates.composed import (
    Aim,
    Path_,
    Stage,
    check_stages,
    close_all,
    costs_of,
    load_stages,
    open_all,
    save_stages,
)
from modicum.candidates.front import best_point, on_front
from modicum.candidates.gathering import Gathering
from modicum.candidates.loss_model import LossModel
from modicum.candidates.options import read_options
from modicum.candidates.parts import ComposingRecipe
from modicum.candidates.protocol import Answers, Candidate
from modicum.errors import ArtefactError, CandidateError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POINTS = 40
_FEATURES = ("words", "sentences", "both")


class Router:
    """Asks the target with the least expected loss plus `price` times its cost.

    costs: of one request to each target.  price: loss that a unit of cost is worth; the higher,
    the more goes to cheap targets.
    """

    def __init__(
        self,
        name: str,
        targets: Sequence[Candidate],
        model: LossModel,
        costs: Sequence[float],
        price: float,
    ) -> None:
        self.name, self.stages = name, check_stages(name, targets)
        self.model, self.costs, self.price = model, tuple(costs), price
        if not len(self.stages) == len(self.costs) == len(model.intercept):
            raise CandidateError(
                f"{name!r} has {len(self.stages)} targets, {len(self.costs)} costs and predicts "
                f"{len(model.intercept)} losses: give one each"
            )

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Those of every target."""
        return tuple(pid for target in self.stages for pid in target.process_ids)

    @property
    def remote(self) -> bool:
        """Whether any target is elsewhere."""
        return any(target.remote for target in self.stages)

    def choose(self, texts: Sequence[str]) -> list[int]:
        """Index of the target for each text."""
        return cheapest(self.model.predict(texts), self.costs, self.price)

    def at(self, price: float) -> Router:
        """The same router at another price."""
        return Router(self.name, self.stages, self.model, self.costs, price)

    def chooser(self) -> Chooser:
        """Its choosing alone, to be metered."""
        return Chooser(self)

    def answer(self, batch: Sequence[str]) -> Answers:
        """Each target answers its share, in one batch."""
        chosen = self.choose(batch)
        gathering = Gathering(len(batch))
        for index, target in enumerate(self.stages):
            here = [i for i, target_index in enumerate(chosen) if target_index == index]
            if here:
                answers = target.answer([batch[i] for i in here])
                gathering.take(here, _named(target, answers))
        return gathering.answers()

    def paths(
        self, inputs: Sequence[str], answered: Sequence[tuple[Sequence[object], Sequence[object]]]
    ) -> list[Path_]:
        """The one target that each input goes to; nobody has to have answered."""
        return [(index,) for index in self.choose(inputs)]

    def save(self, folder: Path) -> None:
        """Write the model, and each target into a folder of its own."""
        parts = self.model.parts()
        document = {**parts.document, "costs": self.costs, "price": self.price}
        save_stages(folder, RouterRecipe.name, self.stages, replace(parts, document=document))

    def open(self) -> None:
        """Open the targets that have a server of their own."""
        open_all(self.stages)

    def close(self) -> None:
        """Close every target."""
        close_all(self.stages)


class Chooser:
    """A router as a candidate that answers with the target's name and asks nobody."""

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, router: Router) -> None:
        self.name, self.router = f"{router.name}: choosing", router

    def answer(self, batch: Sequence[str]) -> Answers:
        """The name of the target of each text."""
        return Answers(tuple(self.router.stages[i].name for i in self.router.choose(batch)))

    def save(self, folder: Path) -> None:
        """The router is what is saved."""
        self.router.save(folder)

    def close(self) -> None:
        """Nothing is open."""


class RouterRecipe(ComposingRecipe[Router]):
    """Learns on tune what each target's loss depends on; the price is chosen on held-out folds.

    features: `words` (TF-IDF), `sentences` (MiniLM) or `both`; length, numbers and signs always.
    """

    name: ClassVar[str] = "router"
    parts_key: ClassVar[str] = "targets"

    def compose(
        self,
        stages: Sequence[Stage],
        inputs: Sequence[str],
        aim: Aim,
        *,
        name: str,
        seed: int,
        options: dict[str, object],
    ) -> tuple[Router, list[Path_]]:
        """The router over `stages`, and where each example goes by a model that never saw it."""
        features: Any = read_options(self.name, options, {"features": "words"})["features"]
        if features not in _FEATURES:
            raise CandidateError(
                f"candidate {name!r} has features = {features!r}: give one of "
                f"{', '.join(_FEATURES)}"
            )
        if not len(inputs):
            raise CandidateError(f"{name!r} got no tune examples to learn on: give some")
        losses = np.column_stack([stage.losses for stage in stages])
        model, held_out = LossModel.fit(inputs, losses, features, seed)
        costs = costs_of(stages)
        price, chosen = choose_price(held_out, losses, costs, aim)
        router = Router(name, [stage.candidate for stage in stages], model, costs, price)
        return router, [(index,) for index in chosen]

    def load(self, folder: Path, *, name: str) -> Router:
        """Load what `Router.save` wrote; raises ArtefactError for anything else."""
        parts = read_parts(folder, self.name)
        stages = load_stages(folder, parts.document.get("stages"))
        try:
            costs: Any = parts.document["costs"]
            price: Any = parts.document["price"]
            model = LossModel.from_parts(parts)
            return Router(name, stages, model, [float(c) for c in costs], float(price))
        except (KeyError, TypeError, ValueError, CandidateError) as error:
            close_all(stages)
            raise ArtefactError(f"{folder} lacks a part ({error}): fit it again") from error


def cheapest(expected: Floats, costs: Sequence[float], price: float) -> list[int]:
    """For each row of expected losses the target of least loss plus `price` times cost.

    >>> cheapest(np.array([[0.5, 0.1], [0.2, 0.1]]), [0.0, 1.0], 0.3)
    [1, 0]
    """
    found: list[int] = (expected + price * np.asarray(costs)).argmin(axis=1).tolist()
    return found


def choose_price(
    expected: Floats, losses: Floats, costs: Sequence[float], aim: Aim
) -> tuple[float, list[int]]:
    """The price at the most promising point of the front, and where it sends each example."""
    prices = family(expected, costs)
    rows = np.arange(len(losses))
    sent = [cheapest(expected, costs, price) for price in prices]
    lost = [losses[rows, chosen] for chosen in sent]
    spent = [float(np.asarray(costs)[chosen].mean()) for chosen in sent]
    front = on_front([float(one.mean()) for one in lost], spent)
    best = front[best_point([lost[i] for i in front], [spent[i] for i in front], aim)]
    return prices[best], sent[best]


def family(expected: Floats, costs: Sequence[float], points: int = POINTS) -> list[float]:
    """Prices at which the share of some target changes, from the best to the cheapest target.

    Highest last.  They depend on expected losses only, never on outcomes.
    """
    found = [0.0]
    for one in range(len(costs)):
        for other in range(len(costs)):
            if costs[other] > costs[one]:
                gains = expected[:, one] - expected[:, other]
                found += (
                    np.quantile(gains, np.linspace(0, 1, points)) / (costs[other] - costs[one])
                ).tolist()
    highest = max(found)
    return sorted({max(price, 0.0) for price in found} | {highest * (1 + 1e-9) + 1e-12})


def _named(target: Candidate, answers: Answers) -> Answers:
    """Recorded answers cannot answer anew: say whom to ask."""
    if not hasattr(target, "answer_rows") or answers.errors is None:
        return answers
    told = tuple(None if e is None else f"send it to {target.name!r}: {e}" for e in answers.errors)
    return replace(answers, errors=told)
