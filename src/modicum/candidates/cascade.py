"""`recipe = "cascade"`: a small candidate answers, and hands on what it is unsure of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from modicum.candidates.artefact import Parts, read_parts
from modicum.candidates.cascade_fit import by_cost, choose_thresholds
from modicum.candidates.composed import (
    Aim,
    Path_,
    Stage,
    check_stages,
    close_all,
    load_stages,
    open_all,
    save_stages,
)
from modicum.candidates.deferral import Threshold
from modicum.candidates.gathering import Gathering
from modicum.candidates.parts import ComposingRecipe
from modicum.candidates.protocol import Answers, Candidate
from modicum.errors import ArtefactError, CandidateError


class Cascade:
    """Stages from small to large; each answer is kept or handed on by its confidence.

    thresholds: one for each stage but the last, whose answer always stands.
    """

    def __init__(
        self, name: str, stages: Sequence[Candidate], thresholds: Sequence[Threshold]
    ) -> None:
        self.name, self.stages = name, check_stages(name, stages)
        self.thresholds = tuple(thresholds)
        if len(self.thresholds) != len(self.stages) - 1:
            raise CandidateError(
                f"{name!r} has {len(self.stages)} stages and {len(self.thresholds)} thresholds: "
                "give one for each stage but the last"
            )

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Those of every stage."""
        return tuple(pid for stage in self.stages for pid in stage.process_ids)

    @property
    def remote(self) -> bool:
        """Whether any stage is elsewhere."""
        return any(stage.remote for stage in self.stages)

    def keeps(self, stage_index: int, value: str | None, confidence: float | None) -> bool:
        """Whether this answer of this stage stands; the original input goes on where not."""
        if stage_index == len(self.thresholds):
            return True
        return self.thresholds[stage_index].keeps(value, confidence)

    def answer(self, batch: Sequence[str]) -> Answers:
        """Every stage answers, in one batch, what the stage before it did not keep."""
        gathering = Gathering(len(batch))
        left = list(range(len(batch)))
        for index, stage in enumerate(self.stages):
            gathering.take(left, stage.answer([batch[i] for i in left]))
            left = [
                i
                for i in left
                if not self.keeps(index, gathering.values[i], gathering.confidence[i])
            ]
            if not left:
                break
        return gathering.answers()

    def paths(
        self, inputs: Sequence[str], answered: Sequence[tuple[Sequence[object], Sequence[object]]]
    ) -> list[Path_]:
        """The first stages, up to the one that keeps its answer."""
        found = []
        for at in range(len(inputs)):
            depth = 0
            while not self.keeps(depth, answered[depth][0][at], answered[depth][1][at]):  # type: ignore[arg-type]
                depth += 1
            found.append(tuple(range(depth + 1)))
        return found

    def save(self, folder: Path) -> None:
        """Write the thresholds, and each stage into a folder of its own."""
        thresholds = [threshold.plain() for threshold in self.thresholds]
        save_stages(folder, CascadeRecipe.name, self.stages, Parts({"thresholds": thresholds}))

    def open(self) -> None:
        """Open the stages that have a server of their own."""
        open_all(self.stages)

    def close(self) -> None:
        """Close every stage."""
        close_all(self.stages)


class CascadeRecipe(ComposingRecipe[Cascade]):
    """Thresholds are chosen on tune, along the front of loss against cost."""

    name: ClassVar[str] = "cascade"
    parts_key: ClassVar[str] = "stages"

    def compose(
        self,
        stages: Sequence[Stage],
        inputs: Sequence[str],
        aim: Aim,
        *,
        name: str,
        seed: int,
        options: dict[str, object],
    ) -> tuple[Cascade, list[Path_]]:
        """The cascade of `stages`, by cost, and each tune example's path.

        The path is that of thresholds fitted on other folds of tune, so that the losses on it are
        not those the thresholds were fitted to.
        """
        if options:
            raise CandidateError(
                f"candidate {name!r} has an unknown option {min(options)!r}: a cascade takes stages"
            )
        ordered = by_cost(name, stages)
        thresholds, paths = choose_thresholds(ordered, aim, seed)
        order = [stages.index(stage) for stage in ordered]
        cascade = Cascade(name, [stage.candidate for stage in ordered], thresholds)
        return cascade, [tuple(order[i] for i in path) for path in paths]

    def load(self, folder: Path, *, name: str) -> Cascade:
        """Load what `Cascade.save` wrote; raises ArtefactError for anything else."""
        document = read_parts(folder, self.name).document
        plain = document.get("thresholds")
        if not isinstance(plain, list):
            raise ArtefactError(f"{folder} has no thresholds: fit the candidate again")
        thresholds = [Threshold.from_plain(one) for one in plain]
        stages = load_stages(folder, document.get("stages"))
        try:
            return Cascade(name, stages, thresholds)
        except CandidateError as error:
            close_all(stages)
            raise ArtefactError(f"{folder} does not fit together ({error})") from error
