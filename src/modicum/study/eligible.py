"""Which candidates can be recommended, and by what they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from modicum.carbon import Footprint
from modicum.study.trial import Trial

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modicum.study.raced import Raced


def objective(study: Raced, trial: Trial, footprints: Mapping[str, Footprint]) -> float | None:
    """What "smallest" means, per request; None where it is not known."""
    wanted = study.task.spec.adequate.objective
    if wanted == "latency":
        return trial.serving.p50_ms if trial.serving else None
    found = footprints[trial.name]
    return {"energy": found.energy_j, "carbon": found.carbon_g, "cost": found.cost}[wanted].value


def can_be_recommended(study: Raced, trial: Trial) -> bool:
    """Whether it is in the race to the end: not failed, not hopeless, not too slow."""
    return trial.status == "racing" and trial.screened is None and not too_slow(study, trial)


def too_slow(study: Raced, trial: Trial) -> str | None:
    """Why the task's latency ceiling rules it out; None when it does not."""
    ceiling = study.task.spec.adequate.max_latency_ms
    p95 = trial.serving.p95_ms if trial.serving else None
    if ceiling is None:
        return None
    if p95 is None:
        return f"its latency is not known, so nobody can say it keeps to {ceiling:g} ms"
    return (
        f"p95 latency {p95:.3g} ms is above the ceiling of {ceiling:g} ms"
        if p95 > ceiling
        else None
    )


def clusters(study: Raced, rows: Sequence[int]) -> NDArray[np.int64] | None:
    """Cluster labels, or None where every example stands alone."""
    import numpy as np

    found = np.array([study.split.clusters[i] for i in rows])
    return found if len(np.unique(found)) < len(found) else None


def cells(study: Raced, column: str, rows: Sequence[int]) -> NDArray[Any]:
    """A column's cells as texts, for these rows."""
    import numpy as np

    cells = study.dataset.columns[column]
    return np.array([str(cells[i]) for i in rows])
