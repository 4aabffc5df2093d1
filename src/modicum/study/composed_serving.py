"""What serving a composed candidate would use, from what its parts were measured to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from modicum.candidates.composed import Path_
from modicum.figures import Figure, total
from modicum.stats.proportion import clopper_pearson
from modicum.study.serving import Serving, serve_alone
from modicum.study.trial import Trial
from modicum.study.used import NOTHING

if TYPE_CHECKING:
    from modicum.study.study import Study

SHARE = "share of tune examples that reach each stage"


def serve_composed(
    study: Study, trial: Trial, parts: Sequence[Trial], paths: Sequence[Path_]
) -> Serving:
    """Every stage's own figures times the share that reaches it; a run thrown away is charged.

    paths: of the tune examples.  A router's own choosing is metered, as it comes on top.  A
    latency is that of the stages on each path, one after the other: p50 of their medians, p95 of
    their 95th percentiles (which do not all come together: an upper estimate).
    """
    shares = [share_of(sum(i in path for path in paths), len(paths)) for i in range(len(parts))]
    reached = [(p.serving, share) for p, share in zip(parts, shares, strict=True) if p.serving]
    energies = [product(serving.energy_j, share) for serving, share in reached]
    choosing = _choosing(study, trial)
    if choosing is not None:
        energies.append(choosing.energy_j)
    charges = [product(s.charge, share) for s, share in reached if s.charge is not None]
    p50, p95 = (_latency(parts, paths, at, choosing) for at in ("p50_ms", "p95_ms"))
    reason = None if p50 is not None else "the latency of a part is not known"
    charge = _charge(charges, parts)
    used = choosing.used if choosing else NOTHING
    return Serving(sum_above(energies), charge, p50, p95, len(paths), used, reason)


def share_of(count: int, of: int) -> Figure:
    """A share with its exact 90% interval (Clopper and Pearson 1934)."""
    interval = clopper_pearson(count, of, 0.05)
    return Figure.of(
        count / of, interval.low, interval.high, "1", basis="measured", source=SHARE, boundary=""
    )


def product(figure: Figure, share: Figure) -> Figure:
    """The figure times the share; never below the product of both their lower ends.

    A share near 0 has a very skewed interval, and its product may reach below 0.
    """
    found = figure * share
    if found.low is None or figure.low is None or share.low is None:
        return found
    return replace(found, low=max(found.low, figure.low * share.low))


def sum_above(parts: Sequence[Figure]) -> Figure:
    """The sum; never below that of the lower ends."""
    found = total(parts)
    if found.low is None:
        return found
    return replace(found, low=max(found.low, sum(part.low or 0.0 for part in parts)))


def _charge(charges: Sequence[Figure], parts: Sequence[Trial]) -> Figure | None:
    """The providers' charges; None where no part is charged, unknown where one cannot say."""
    if not charges:
        return None
    silent = [
        part.name
        for part in parts
        if part.serving and part.serving.charge is None and part.candidate and part.candidate.remote
    ]
    if silent:
        return Figure.unknown(charges[0].unit, f"{silent[0]} has no known charge")
    if len({charge.unit for charge in charges}) > 1:
        return Figure.unknown(charges[0].unit, "its parts are charged in several currencies")
    return sum_above(charges)


def _latency(
    parts: Sequence[Trial], paths: Sequence[Path_], at: str, choosing: Serving | None
) -> float | None:
    import numpy as np

    each = [getattr(part.serving, at) for part in parts]
    if any(each[i] is None for path in paths for i in path):
        return None
    own = (getattr(choosing, at) if choosing else 0.0) or 0.0
    whole = [own + sum(each[i] for i in path) for path in paths]
    return float(np.quantile(whole, 0.5 if at == "p50_ms" else 0.95))


def _choosing(study: Study, trial: Trial) -> Serving | None:
    """A router's choosing alone, one input at a time; a cascade has nothing of the kind."""
    choose = getattr(trial.candidate, "chooser", None)
    if choose is None:
        return None
    inputs = [study.dataset.inputs[row] for row in study.split.tune]
    return serve_alone(choose(), inputs, study.meter)
