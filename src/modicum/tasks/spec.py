"""The task file as a schema: every key a person may write, with its default and its bounds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from modicum.errors import DataError
from modicum.tasks.expand import expanded
from modicum.tasks.field_values import FieldType
from modicum.textfile import check_encoding

VERSION = 1
"""The newest task file this program reads."""

Kind = Literal["classify", "extract", "generate"]
Metric = Literal[
    "accuracy",
    "macro_f1",
    "balanced_accuracy",
    "log_loss",
    "cost",
    "jaccard",
    "subset",
    "fields",
    "all_fields",
    "exact_match",
    "token_f1",
    "rouge_l",
    "numeric",
    "regex",
    "judge",
]
METRICS: dict[str, tuple[Metric, ...]] = {
    "classify": ("accuracy", "macro_f1", "balanced_accuracy", "log_loss", "cost"),
    "multi-label": ("jaccard", "subset"),
    "extract": ("fields", "all_fields"),
    "generate": ("exact_match", "token_f1", "rouge_l", "numeric", "regex", "judge"),
}
"""What each kind of task may be scored by; the first is its default."""
Objective = Literal["energy", "carbon", "cost", "latency"]
Name = Annotated[str, StringConstraints(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Section(BaseModel):
    """A table of the task file: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JudgeSection(Section):
    """`[task.judge]`: a language model that scores answers.

    Every key but `rubric` and `human` is an option of `recipe = "llm"`.  `human` is the file of
    people's scores of some answers, which shows the judge model's own error.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    rubric: str = "The answer says the same as the reference, and nothing that contradicts it."
    human: str | None = None

    @property
    def options(self) -> dict[str, object]:
        """How the judge model is reached."""
        return dict(self.model_extra or {})


class TaskSection(Section):
    """`[task]`: what is asked and how an answer is scored."""

    name: Name
    kind: Kind = "classify"
    data: str | list[str]
    encoding: str | None = None
    input: str
    context: list[str] = []
    reference: str | None = None
    rationale: str | None = None
    classes: list[str] = []
    fields: list[str] = []
    json_schema: str | None = None
    types: dict[str, FieldType | list[str]] = {}
    multi_label: bool = False
    separator: str = Field(default=";", min_length=1)
    out_of_scope: str | None = None
    metric: Metric = "accuracy"
    costs: dict[str, dict[str, float]] | None = None
    tolerance: float = Field(default=1e-6, ge=0, lt=1)
    answer_pattern: str | None = None
    judge: JudgeSection | None = None
    slices: list[str] = []
    min_examples: int = Field(default=3, ge=1)

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns an input is made of, the question first."""
        return (self.input, *self.context)

    @property
    def form(self) -> str:
        """The kind of task, with multi-label apart: what its metrics and candidates go by."""
        return "multi-label" if self.multi_label else self.kind

    @property
    def ladder(self) -> str:
        """Which candidates are tried where the task names none."""
        if self.metric == "numeric":
            return "numeric"
        return "grounded" if self.kind == "generate" and self.context else self.form

    @model_validator(mode="before")
    @classmethod
    def _metric_of_its_kind(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        form = "multi-label" if given.get("multi_label") is True else given.get("kind", "classify")
        known = METRICS.get(str(form))
        if known and "metric" not in given:
            given = {**given, "metric": known[0]}
        if isinstance(given.get("context"), str):
            given = {**given, "context": [given["context"]]}
        return given

    @model_validator(mode="after")
    def _metric_fits(self) -> TaskSection:
        known = METRICS[self.form]
        if self.metric not in known:
            raise ValueError(
                f"metric {self.metric!r} does not score a {self.form} task: "
                f"use one of {', '.join(known)}"
            )
        if (self.metric == "judge") != (self.judge is not None):
            raise ValueError('metric = "judge" and a [task.judge] table go together: give both')
        return self

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> TaskSection:
        if self.kind == "extract":
            if not self.fields and not self.json_schema:
                raise ValueError('kind = "extract" needs fields = [...] or json_schema = FILE')
            strange = sorted(set(self.types) - set(self.fields)) if self.fields else []
            if strange:
                raise ValueError(f"types names {strange[0]!r}, which is no field: add it to fields")
        elif self.fields or self.json_schema or self.types:
            raise ValueError('fields, types and json_schema belong to kind = "extract"')
        if self.kind != "classify" and (self.multi_label or self.out_of_scope or self.classes):
            raise ValueError('multi_label, out_of_scope and classes belong to kind = "classify"')
        if self.kind != "classify" and self.rationale:
            raise ValueError('rationale belongs to kind = "classify": leave it out')
        if self.rationale is not None and self.rationale in (*self.parts, self.reference):
            raise ValueError(
                f"rationale is {self.rationale!r}, which is the input or the reference already: "
                "name the column that says why an answer is right"
            )
        if self.multi_label and self.out_of_scope:
            raise ValueError("a multi-label task has no out_of_scope: no label at all says it")
        twice = sorted({c for c in self.parts if self.parts.count(c) > 1})
        if twice:
            raise ValueError(f"column {twice[0]!r} is named twice among input and context")
        return self

    @field_validator("encoding")
    @classmethod
    def _encodes(cls, encoding: str | None) -> str | None:
        try:
            check_encoding(encoding or "utf-8")
        except DataError as error:
            raise ValueError(str(error)) from None
        return encoding

    @field_validator("answer_pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"answer_pattern is no regular expression ({error})") from None
        if groups != 1:
            raise ValueError(f"answer_pattern has {groups} groups: one was wanted, the answer")
        return pattern

    @model_validator(mode="after")
    def _costs_go_with_the_cost_metric(self) -> TaskSection:
        if (self.metric == "cost") != (self.costs is not None):
            raise ValueError('metric = "cost" and a [task.costs] matrix go together: give both')
        for true, row in (self.costs or {}).items():
            bad = [f"{true} -> {answer}" for answer, cost in row.items() if not 0 <= cost < 1e12]
            if bad:
                raise ValueError(f"costs must be finite and not negative, {bad[0]} is not")
        return self


class LabelledBy(Section):
    """`[adequate] reference = {candidate = ...}`: the answers of a candidate are the reference.

    labels: the most examples it is asked; None leaves that to the learning curve.
    rationales: whether it also says in a sentence why, of the rows that teach.
    """

    candidate: Name
    labels: int | None = Field(default=None, ge=50)
    rationales: bool = False


class AdequateSection(Section):
    """`[adequate]`: when a smaller candidate is good enough."""

    reference: str | LabelledBy = "best"
    margin: float = Field(default=0.02, gt=0, lt=1)
    ceiling: float | None = Field(default=None, gt=0, lt=1)
    slice_margin: float | None = Field(default=None, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    max_latency_ms: float | None = Field(default=None, gt=0)
    objective: Objective = "energy"
    compose: bool = True

    @property
    def named(self) -> str:
        """The reference's name, or "best"."""
        return self.reference if isinstance(self.reference, str) else self.reference.candidate

    @property
    def labelled_by(self) -> LabelledBy | None:
        """Which candidate's answers are the truth; None where the data holds it."""
        return None if isinstance(self.reference, str) else self.reference


class SplitSection(Section):
    """`[split]`: how rows are divided into fit, tune and judge.

    refit: students learn from fit and tune together once tune has decided all it decides.
    """

    time: str | None = None
    group: str | None = None
    judge: str | list[str] | None = None
    fractions: tuple[float, float, float] = (0.5, 0.2, 0.3)
    seed: int = Field(default=0, ge=0)
    refit: bool = False

    @model_validator(mode="after")
    def _one_way_of_splitting(self) -> SplitSection:
        if self.time and self.judge:
            raise ValueError("give either time or judge: each says by itself what the judge is")
        if min(self.fractions) <= 0 or abs(sum(self.fractions) - 1) > 1e-6:
            raise ValueError("fractions are fit, tune, judge: three positive numbers that sum to 1")
        return self


class SearchSection(Section):
    """`[search]`: settings of recipes, searched on fit and tune; without `energy_j` none is.

    energy_j: joules that all of it may use.  trials: settings tried of one candidate at most.
    """

    energy_j: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    trials: int = Field(default=30, ge=2, le=1000)

    @property
    def mark(self) -> str:
        """What a fitted candidate depends on of it; empty without a search."""
        return "" if self.energy_j is None else f"+search {self.energy_j:g} J, {self.trials}"


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
    search: SearchSection = SearchSection()
    volume: VolumeSection = VolumeSection()
    candidates: list[CandidateSection] = []

    @field_validator("candidates", mode="before")
    @classmethod
    def _lists_make_candidates(cls, given: Any) -> Any:
        return expanded(given) if isinstance(given, list) else given

    @model_validator(mode="after")
    def _a_ceiling_is_for_losses_of_examples(self) -> TaskSpec:
        if self.adequate.ceiling is not None and self.task.metric in {
            "macro_f1",
            "balanced_accuracy",
        }:
            raise ValueError(
                f"a ceiling needs losses of single examples, and {self.task.metric} is of a whole "
                "set: give a margin instead"
            )
        return self

    @model_validator(mode="after")
    def _names_are_distinct(self) -> TaskSpec:
        names = [candidate.name for candidate in self.candidates]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two candidates are named {twice[0]!r}: give each its own name")
        section = self.task
        if (
            section.reference is None
            and section.kind != "extract"
            and not self.adequate.labelled_by
        ):
            raise ValueError(
                "reference in [task] is missing: add the column of right answers, or let a "
                "candidate give them with reference = {candidate = NAME} under [adequate]"
            )
        by = self.adequate.labelled_by
        if by is not None and by.rationales and section.form != "classify":
            raise ValueError(
                "rationales in [adequate] are for tasks that name one class: leave them out"
            )
        if "best" in names:
            raise ValueError('no candidate can be named "best": the word means the best on tune')
        return self
