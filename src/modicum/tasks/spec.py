"""The task file as a schema: every key a person may write, with its default and its bounds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

VERSION = 1
"""The newest task file this program reads."""

Metric = Literal["accuracy", "macro_f1", "balanced_accuracy", "log_loss", "cost"]
Objective = Literal["energy", "carbon", "cost", "latency"]
Name = Annotated[str, StringConstraints(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Section(BaseModel):
    """A table of the task file: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TaskSection(Section):
    """`[task]`: what is asked and how an answer is scored."""

    name: Name
    kind: Literal["classify"] = "classify"
    data: str | list[str]
    input: str
    reference: str
    metric: Metric = "accuracy"
    costs: dict[str, dict[str, float]] | None = None
    slices: list[str] = []
    min_examples: int = Field(default=3, ge=1)

    @model_validator(mode="after")
    def _costs_go_with_the_cost_metric(self) -> TaskSection:
        if (self.metric == "cost") != (self.costs is not None):
            raise ValueError('metric = "cost" and a [task.costs] matrix go together: give both')
        for true, row in (self.costs or {}).items():
            bad = [f"{true} -> {answer}" for answer, cost in row.items() if not 0 <= cost < 1e12]
            if bad:
                raise ValueError(f"costs must be finite and not negative, {bad[0]} is not")
        return self


class AdequateSection(Section):
    """`[adequate]`: when a smaller candidate is good enough."""

    reference: str = "best"
    margin: float = Field(default=0.02, gt=0, lt=1)
    slice_margin: float | None = Field(default=None, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    max_latency_ms: float | None = Field(default=None, gt=0)
    objective: Objective = "energy"
    compose: bool = True


class SplitSection(Section):
    """`[split]`: how rows are divided into fit, tune and judge."""

    time: str | None = None
    group: str | None = None
    judge: str | list[str] | None = None
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_way_of_splitting(self) -> SplitSection:
        if self.time and self.judge:
            raise ValueError("give either time or judge: each says by itself what the judge is")
        if min(self.fractions) <= 0 or abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError("fractions are fit, tune, judge: three positive numbers that sum to 1")
        return self


class VolumeSection(Section):
    """`[volume]`: how often the task is asked, and where."""

    requests_per_month: float | None = Field(default=None, gt=0)
    region: str | None = None
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    exchange: dict[str, Annotated[float, Field(gt=0)]] = {}


class CandidateSection(BaseModel):
    """One `[[candidates]]`: a recipe, a name, and the recipe's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    recipe: str
    name: Name

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_recipe(cls, given: Any) -> Any:
        if isinstance(given, dict) and "recipe" in given and "name" not in given:
            return {**given, "name": given["recipe"]}
        return given

    @property
    def options(self) -> dict[str, object]:
        """The keys that belong to the recipe."""
        return dict(self.model_extra or {})


class TaskSpec(Section):
    """A whole task file."""

    version: int = VERSION
    task: TaskSection
    adequate: AdequateSection = AdequateSection()
    split: SplitSection = SplitSection()
    volume: VolumeSection = VolumeSection()
    candidates: list[CandidateSection] = []

    @model_validator(mode="after")
    def _names_are_distinct(self) -> TaskSpec:
        names = [candidate.name for candidate in self.candidates]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two candidates are named {twice[0]!r}: give each its own name")
        if "best" in names:
            raise ValueError('no candidate can be named "best": the word means the best on tune')
        return self
