"""Track: a decision as the metrics, parameters and tags of an experiment tracker such as MLflow."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modicum.report.view import View
from modicum.report.words import state

if TYPE_CHECKING:
    from modicum.decision.document import (
        CandidateDocument,
        DecisionDocument,
        FigureDocument,
        IntervalDocument,
    )

_PER_REQUEST = (
    ("energy", "energy_j"),
    ("carbon", "carbon_g"),
    ("water", "water_l"),
    ("cost", "cost"),
)


@dataclass
class Tracked:
    """What a tracker keeps.

    metrics: numbers by name; the unit ends the name, `.low` and `.high` are its 90% interval.
    parameters: what was asked.
    tags: what was decided, and the reason of each figure that is unknown, which has no metric.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def figure(self, name: str, figure: FigureDocument) -> None:
        """A figure with its interval, or the reason why it is unknown."""
        if figure.value is None or figure.low is None or figure.high is None:
            self.tags[f"unknown.{name}"] = figure.reason or "not given"
            return
        key = f"{name}.{slug(figure.unit)}" if figure.unit not in ("", "1") else name
        for suffix, number in (("", figure.value), (".low", figure.low), (".high", figure.high)):
            self._metric(key + suffix, number)
        self.tags[f"basis.{name}"] = figure.basis

    def loss(self, name: str, interval: IntervalDocument | None) -> None:
        """A loss, or a difference of losses, with its interval."""
        if interval is not None:
            for suffix, number in _ends(interval):
                self._metric(name + suffix, number)

    def _metric(self, name: str, number: float) -> None:
        if math.isfinite(number):
            self.metrics[name] = number


def _ends(interval: IntervalDocument) -> Iterator[tuple[str, float]]:
    yield from (("", interval.value), (".low", interval.low), (".high", interval.high))


def tracked(decision: DecisionDocument) -> Tracked:
    """Everything of a decision that a tracker can compare with that of another run."""
    found, view = Tracked(), View(decision)
    for row in view.rows:
        _candidate(found, f"candidates/{slug(row.name)}", row)
    for role, row in (("recommended", view.recommended), ("reference", view.reference)):
        _candidate(found, role, row)
    for name, key in _PER_REQUEST:
        found.figure(f"search/{name}", getattr(decision.search, key))
    saving = decision.saving_per_month
    for name in ("energy", "carbon", "water", "cost") if saving else ():
        found.figure(f"saving_per_month/{name}", getattr(saving, name))
    found.figure("break_even", decision.break_even_requests)
    found.parameters |= _asked(decision)
    found.tags |= {
        "modicum.task": decision.task.name,
        "modicum.recommended": decision.recommended,
        "modicum.reference": decision.reference,
        "modicum.kept": str(view.kept).lower(),
        "modicum.version": decision.versions.get("modicum", "unknown"),
        "mlflow.note.content": decision.verdict,
    }
    return found


def _candidate(found: Tracked, name: str, row: CandidateDocument) -> None:
    found.loss(f"{name}/loss", row.loss)
    found.loss(f"{name}/difference", row.difference)
    for what, key in _PER_REQUEST if row.footprint else ():
        found.figure(f"{name}/{what}", getattr(row.footprint, key))
    if row.latency_ms and row.latency_ms.p95 is not None:
        found.metrics[f"{name}/latency_p95.ms"] = row.latency_ms.p95
    found.tags[f"state.{name}"] = state(row)


def _asked(decision: DecisionDocument) -> dict[str, str]:
    task = decision.task
    asked = {
        "task": task.name,
        "kind": task.kind,
        "metric": task.metric,
        "objective": task.objective,
        "rows": task.rows,
        "margin": decision.margin,
        "ceiling": decision.ceiling,
        "confidence": decision.confidence,
        "requests_per_month": task.requests_per_month,
        "region": task.region,
        **{f"split_{name}": count for name, count in decision.splits.items()},
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def slug(text: str) -> str:
    """A name that every tracker takes.

    >>> slug("gCO2e/kWh"), slug("größer als 5")
    ('gCO2e_per_kWh', 'gr_er_als_5')
    """
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text.replace("/", "_per_"))
