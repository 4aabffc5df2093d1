"""The decision document: what to run, and the evidence, frozen and versioned (decision.json).

Unknown is null with a reason.  Every quantity of energy, carbon, water or money is a figure with
its 90% interval; every loss has the interval of the rule that used it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modicum.decision.migrate import migrated
from modicum.errors import ArtefactError
from modicum.figures import Basis, Figure

VERSION = 1
"""The newest decision document this program reads and the one it writes."""

FILE = "decision.json"


class Document(BaseModel):
    """A part of the decision: unknown keys are refused, nothing changes after writing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureDocument(Document):
    """A quantity with its 90% interval, as `figures.Figure.to_dict` writes it."""

    value: float | None
    low: float | None
    high: float | None
    unit: str
    basis: Basis
    source: str
    boundary: str
    reason: str | None = None
    errors: dict[str, tuple[float, float]] | None = None

    @classmethod
    def of(cls, figure: Figure) -> FigureDocument:
        """The document of a figure."""
        return cls.model_validate(figure.to_dict())

    def figure(self) -> Figure:
        """The figure of the document."""
        return Figure.from_dict(self.model_dump() | {"errors": self.errors or {}})


class IntervalDocument(Document):
    """An estimate with its interval, and what kind of interval it is."""

    value: float
    low: float
    high: float
    confidence: float = Field(description="coverage of low to high")
    method: str


class TaskDocument(Document):
    """What was asked."""

    name: str
    kind: str
    metric: str
    classes: int
    rows: int
    slices: list[str] = []
    objective: str
    max_latency_ms: float | None = None
    requests_per_month: float | None = None
    region: str | None = None
    inputs: list[str] = Field(default=[], description="columns an input is made of")
    fields: list[str] = Field(default=[], description="of an extraction")
    types: dict[str, str | list[str]] = Field(
        default={}, description="of the fields that are more than texts"
    )
    multi_label: bool = False
    tolerance: float | None = Field(default=None, description="of numbers that count as equal")
    answer_pattern: str | None = None
    costs: dict[str, dict[str, float]] | None = Field(
        default=None, description="of each answer, by the right one"
    )


class PartDocument(Document):
    """The mean loss of one part of the answers: a field of an extraction."""

    name: str
    loss: float


class TestDocument(Document):
    """The test that decided about a candidate, or about one slice of it."""

    name: str
    level: float | None = Field(description="the level it was held to; null when it was not run")
    p_value: float | None = None
    e_value: float | None = None
    reason: str


class SliceDocument(Document):
    """One named slice of a candidate."""

    column: str
    slice: str
    examples: int
    difference: IntervalDocument | None
    margin: float
    adequate: bool | None
    test: TestDocument | None = None
    disagreement: IntervalDocument | None = None


class GivenUpDocument(Document):
    """A class of judge examples on which the recommended candidate is clearly worse."""

    name: str
    examples: int
    right: int = Field(description="of them, by the recommended candidate")
    reference_right: int

    @property
    def lost(self) -> float:
        """The share of the class that the reference gets right and it does not, on balance."""
        return (self.reference_right - self.right) / self.examples


class DoubtDocument(Document):
    """Why it means little to be as good as the reference: it is hardly ever right itself."""

    examples: int
    loss: float = Field(description="of the reference, on these examples")
    constant: str | None = Field(
        default=None,
        description="the candidate with one answer for every input, which is as good; null where "
        "the reference is wrong nearly everywhere",
    )
    constant_loss: float | None = Field(default=None, description="its, on the same examples")


class LatencyDocument(Document):
    """Milliseconds of one request served alone."""

    p50: float | None
    p95: float | None
    requests: int
    reason: str | None = None


class FootprintDocument(Document):
    """What something uses; per request, or of a whole search."""

    energy_j: FigureDocument
    carbon_g: FigureDocument
    water_l: FigureDocument
    cost: FigureDocument


class FittingDocument(Document):
    """What building a candidate used."""

    energy_j: FigureDocument
    cpu_seconds: float | None
    wall_seconds: float


class RationalesDocument(Document):
    """Whether a student learned from rationales, and what that brought on tune.

    The losses are log losses where the student tells probabilities of classes, else the task's.
    """

    used: bool = Field(description="only where the loss fell by more than a standard error")
    examples: int = Field(description="fit rows whose rationale was a further text to learn from")
    loss_without: float
    loss_with: float
    standard_error: float | None = Field(description="of the difference of the two, paired")


class CandidateDocument(Document):
    """One candidate and what is known about it."""

    name: str
    recipe: str
    status: Literal["judged", "excluded", "failed"]
    error: str | None = None
    judged_examples: int = 0
    unanswered: int = Field(default=0, description="judge examples without a valid answer")
    loss: IntervalDocument | None = None
    difference: IntervalDocument | None = Field(
        default=None, description="loss minus the reference's loss on the same examples"
    )
    disagreement: IntervalDocument | None = Field(
        default=None,
        description="loss of its answers when the reference's answers are taken as right",
    )
    tune_loss: float | None = None
    adequate: bool | None = Field(default=None, description="null is undecided")
    superior: bool | None = None
    test: TestDocument | None = None
    slices: list[SliceDocument] = []
    parts: list[PartDocument] = []
    latency_ms: LatencyDocument | None = None
    footprint: FootprintDocument | None = None
    fitting: FittingDocument | None = None
    rationales: RationalesDocument | None = None
    options: dict[str, Any] = {}
    notes: list[str] = []


class SearchDocument(Document):
    """What the whole search used, fitting and judging of every candidate counted."""

    energy_j: FigureDocument
    carbon_g: FigureDocument
    water_l: FigureDocument
    cost: FigureDocument
    cpu_seconds: float | None
    wall_seconds: float
    exhaustive_energy_j: FigureDocument | None = Field(
        default=None,
        description="estimated, had every candidate been fitted and judged on everything; null "
        "where that is what was done",
    )
    judging_energy_j: FigureDocument | None = Field(
        default=None,
        description="of it, what judging used; null where everybody was judged on everything",
    )
    judging_whole_energy_j: FigureDocument | None = Field(
        default=None,
        description="estimated, what judging everybody on everything would have used; null where "
        "that is what was done",
    )


class SavingDocument(Document):
    """A month of the recommended candidate against a month of the reference."""

    requests: float
    energy: FigureDocument
    carbon: FigureDocument
    water: FigureDocument
    cost: FigureDocument


class LookDocument(Document):
    """Which look at these judge examples this was, and the error rate it was given."""

    number: int
    alpha: float
    proven_before: list[str] | None = Field(
        default=None,
        description="of a repeat of one and the same study: what its first run proved, for a "
        "repeat spends nothing and proves no more; null for a first run",
    )


class FingerprintDocument(Document):
    """SHA-256 of what went in."""

    data: str
    split: str
    judge: str
    code: str
    recommended: str | None = Field(
        default=None, description="of the recommended candidate's files; null if it has none"
    )
    undecided: dict[str, str] = Field(
        default={},
        description="of the files of undecided candidates that would use less, smallest first",
    )

    def named(self) -> dict[str, str]:
        """Each digest under the name of what it is of; those that there are."""
        plain = self.model_dump(exclude={"undecided"})
        found = {name: str(value) for name, value in plain.items() if value}
        return found | {f"undecided {name}": value for name, value in self.undecided.items()}


class DecisionDocument(Document):
    """The whole decision."""

    version: int = VERSION
    created_at: str
    task: TaskDocument
    reference: str
    recommended: str
    verdict: str
    margin: float
    slice_margin: float
    ceiling: float | None = Field(
        default=None, description="of the mean loss; where given, the margins decided nothing"
    )
    confidence: float
    look: LookDocument | None = None
    multiplicity: str = Field(description="how the error is shared over candidates, and why")
    splits: dict[str, int]
    candidates: list[CandidateDocument]
    missing: list[str] = Field(description="what would have decided the undecided")
    given_up: list[GivenUpDocument] = Field(
        default=[], description="classes that the margin over all examples hides; worst first"
    )
    doubt: DoubtDocument | None = Field(
        default=None, description="what speaks against the reference itself; null for nothing"
    )
    search: SearchDocument
    saving_per_month: SavingDocument | None
    break_even_requests: FigureDocument
    fingerprints: FingerprintDocument
    evidence: str | None = Field(
        default=None,
        description="SHA-256 of evidence.json, from which every number here follows",
    )
    versions: dict[str, str]
    notes: list[str] = []

    def candidate(self, name: str) -> CandidateDocument:
        """The candidate of that name."""
        for candidate in self.candidates:
            if candidate.name == name:
                return candidate
        known = ", ".join(c.name for c in self.candidates)
        raise ArtefactError(f"the decision has no candidate {name!r}: there are {known}")


def parse_decision(text: str, where: str = FILE) -> DecisionDocument:
    """Read a decision document; raises ArtefactError for a foreign, damaged or newer one."""
    plain = migrated(text, VERSION, where, "decision")
    try:
        return DecisionDocument.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ArtefactError(
            f"{where} is not a decision of this program ({place}: {first['msg']}): "
            "run `modicum size` again"
        ) from None


def read_decision(folder: Path) -> DecisionDocument:
    """Read decision.json in a folder, or the file itself."""
    path = folder / FILE if folder.is_dir() else folder
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ArtefactError(
            f"there is no {FILE} in {folder}: make one with `modicum size TASK.toml --out {folder}`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{path} cannot be read: {error}") from None
    return parse_decision(text, str(path))
