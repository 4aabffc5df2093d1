"""Words: a metric's name and scale, states in plain language, and one sentence for every term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.decision.document import CandidateDocument, DecisionDocument, IntervalDocument

_METRICS = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "1 − clipped log loss",
    "cost": "1 − mean cost of an error",
    "jaccard": "shared labels (Jaccard)",
    "subset": "all labels right",
    "fields": "fields right",
    "all_fields": "all fields right",
    "exact_match": "exact match",
    "token_f1": "F1 of words",
    "rouge_l": "ROUGE-L",
    "numeric": "right numbers",
    "regex": "answers that match",
    "judge": "a judge model's verdict",
}
_DECIMAL = ("log_loss", "cost")

STATES = {
    "yes": "adequate",
    "no": "not adequate",
    "undecided": "undecided",
    "failed": "failed",
    "excluded": "not judged",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """How a metric is written: per cent and percentage points, or plain decimals."""

    name: str
    percent: bool

    @classmethod
    def of(cls, metric: str) -> Measure:
        """The measure of a metric of the task file."""
        return cls(_METRICS.get(metric, metric), metric not in _DECIMAL)

    @property
    def unit(self) -> str:
        """What differences are counted in."""
        return "points" if self.percent else "of loss"

    def level(self, share: float) -> str:
        """A loss or a quality in [0, 1].

        >>> Measure("accuracy", True).level(0.0704), Measure("cost", False).level(0.0704)
        ('7.0%', '0.070')
        """
        return f"{share * 100:.1f}%" if self.percent else f"{share:.3f}"

    def gap(self, difference: float, *, sign: bool = True) -> str:
        """A difference of losses, with its sign; more loss is worse.

        >>> Measure("accuracy", True).gap(0.0081), Measure("cost", False).gap(-0.0123)
        ('+0.8', '-0.012')
        """
        text = f"{difference * 100:+.1f}" if self.percent else f"{difference:+.3f}"
        text = text.lstrip("+-") if float(text) == 0 else text
        return text if sign else text.lstrip("+-")

    def worse(self, difference: float) -> str:
        """A difference in a word: '0.8 points worse'."""
        size = self.gap(difference, sign=False)
        if float(size) == 0:
            return "no different"
        return f"{size} {self.unit} {'worse' if difference > 0 else 'better'}"

    def gap_interval(self, interval: IntervalDocument) -> str:
        """'-0.4 to +1.9'."""
        return f"{self.gap(interval.low)} to {self.gap(interval.high)}"

    def level_interval(self, interval: IntervalDocument) -> str:
        """'6.2% to 7.9%'."""
        return f"{self.level(interval.low)} to {self.level(interval.high)}"


def state(candidate: CandidateDocument) -> str:
    """One of the keys of STATES: what is known about a candidate's adequacy."""
    if candidate.status != "judged":
        return candidate.status
    if candidate.adequate is None:
        return "undecided"
    return "yes" if candidate.adequate else "no"


def headline(decision: DecisionDocument) -> str:
    """The decision in a few words."""
    if decision.recommended == decision.reference:
        return f"Keep {decision.reference}"
    return f"Use {decision.recommended} instead of {decision.reference}"


TERMS = {
    "adequate": "A candidate is adequate when its loss is less than the margin above the "
    "reference's, and proven adequate when a test has shown so.",
    "reference": "What you would otherwise run: every candidate is compared with it, on the same "
    "examples.",
    "margin": "How much worse than the reference is still good enough, as the task file says.",
    "interval": "Where the true value lies with the stated probability: 90% for energy, carbon, "
    "water and money, and the stated level for losses.",
    "undecided": "The evidence shows neither that the candidate is adequate nor that it is not.",
    "loss": "What is lost on an average example, from 0 (all right) to 1 (all wrong).",
    "judge split": "Examples that nothing was built or chosen on: only the final comparison uses "
    "them.",
    "p50 and p95": "Half of the requests, and 95 of 100, are answered within this time, one at a "
    "time.",
    "break-even": "How many requests it takes until the energy saved exceeds what the search used.",
    "measured": "Read from a meter of the hardware.",
    "reported": "Published by somebody accountable for it, such as a grid operator or a provider.",
    "modelled": "Computed from something measured, such as CPU time, by a model with an error.",
    "assumed": "A stated assumption: the weakest basis.",
    "CO₂e": "Greenhouse gases, counted as the carbon dioxide that warms as much in 100 years.",
    "slice": "A named part of the data that is held to its own margin, so that nobody's quality is "
    "sold for the average.",
}
