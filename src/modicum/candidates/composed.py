"""Candidates made of other candidates: what they share, and what a study needs to build them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from modicum.candidates.artefact import Parts, write_parts
from modicum.candidates.protocol import Candidate
from modicum.candidates.registry import load_candidate
from modicum.errors import ArtefactError, CandidateError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Path_ = tuple[int, ...]
"""The stages one input goes through, by index; the last of them answers."""


@dataclass(frozen=True)
class Stage:
    """A candidate that could be part of another, and its answers on the same examples.

    values, confidence, losses: one per example; confidence is None where it is not known.
    cost: what one request costs, in whatever the task minimises; None where it is not known.
    """

    candidate: Candidate
    values: tuple[str | None, ...]
    confidence: tuple[float | None, ...]
    losses: Floats
    cost: float | None = None

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.candidate.name


@dataclass(frozen=True)
class Aim:
    """What a composed candidate is chosen for: to be proven adequate, at the least cost.

    reference: its losses on the same examples.  cost: what one of its requests costs.
    margin, alpha: of the test to come, on `judge` examples.
    """

    reference: Floats
    cost: float
    margin: float = 0.02
    alpha: float = 0.05
    judge: int = 1000


@runtime_checkable
class Composed(Candidate, Protocol):
    """A candidate made of stages."""

    @property
    def stages(self) -> tuple[Candidate, ...]:
        """What it is made of."""
        ...

    def paths(
        self, inputs: Sequence[str], answered: Sequence[tuple[Sequence[object], Sequence[object]]]
    ) -> list[Path_]:
        """The stages each input goes through, given what every stage answers to it.

        answered: for each stage its values and confidences, one per input.
        """
        ...


@runtime_checkable
class ComposedRecipe(Protocol):
    """A recipe whose candidate is made of others; `fit` builds those by recipe as well."""

    name: str

    @property
    def parts_key(self) -> str:
        """The option that names its parts."""
        ...

    def compose(
        self,
        stages: Sequence[Stage],
        inputs: Sequence[str],
        aim: Aim,
        *,
        name: str,
        seed: int,
        options: dict[str, object],
    ) -> tuple[Composed, list[Path_]]:
        """The candidate, and the path of each example by one that had not seen its outcome."""
        ...


def costs_of(stages: Sequence[Stage]) -> list[float]:
    """What a call of each costs; where one is not known, all but the first count one call."""
    costs = [stage.cost for stage in stages if stage.cost is not None]
    if len(costs) < len(stages):
        return [float(index > 0) for index in range(len(stages))]
    return costs


def save_stages(folder: Path, recipe: str, stages: Sequence[Candidate], parts: Parts) -> None:
    """Write every stage into a folder of its own, then `parts` and the manifest over all."""
    for index, stage in enumerate(stages):
        place = folder / f"stage-{index}"
        place.mkdir()
        stage.save(place)
    document = {**parts.document, "stages": [stage.name for stage in stages]}
    write_parts(folder, recipe, Parts(document, parts.arrays))


def load_stages(folder: Path, names: object) -> tuple[Candidate, ...]:
    """Load what `save_stages` wrote; raises ArtefactError, with nothing left open."""
    if not isinstance(names, list) or len(names) < 2:
        raise ArtefactError(f"{folder} names no stages: fit the candidate again")
    loaded: list[Candidate] = []
    try:
        for index, name in enumerate(names):
            loaded.append(load_candidate(folder / f"stage-{index}", name=str(name)))
    except BaseException:
        close_all(loaded)
        raise
    return tuple(loaded)


def open_all(stages: Iterable[Candidate]) -> None:
    """Open the stages that have a server of their own, so that its process can be metered."""
    for stage in stages:
        getattr(stage, "open", lambda: None)()


def close_all(stages: Iterable[Candidate]) -> None:
    """Close every stage, also after one that fails."""
    with ExitStack() as stack:
        for stage in stages:
            stack.callback(stage.close)


def check_stages(name: str, stages: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """At least two, with distinct names; raises CandidateError."""
    names = [stage.name for stage in stages]
    if len(names) < 2:
        raise CandidateError(f"{name!r} is made of {len(names)} candidates: give at least two")
    if len(set(names)) < len(names):
        raise CandidateError(f"{name!r} names a candidate twice ({', '.join(names)}): name it once")
    return tuple(stages)
