"""Several trainings side by side at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.cli.plan.show import hints, plain_table, three, told

if TYPE_CHECKING:
    from modicum.plan.train import TrainPlan


def show_beside(plans: list[TrainPlan], claims: list[str]) -> None:
    """One row a plan, with each assumption and warning once."""
    first = plans[0].footprint.energy_j.value or 0.0
    rows = []
    for plan in plans:
        used = plan.footprint
        rows.append(
            (
                plan.what.partition(" (")[0],
                told(used.energy_j)[0],
                told(used.carbon_g)[0],
                told(plan.embodied_g)[0],
                told(used.cost)[0],
                three((used.energy_j.value or 0.0) / first) if first else "",
            )
        )
    heads = ("plan", "energy", "carbon", "embodied", "electricity", "times")
    plain_table("Trainings side by side (energy as a multiple of the first)", heads, rows)
    hints(*_notes(plans))
    hints([], claims)


def _notes(plans: list[TrainPlan]) -> tuple[list[str], list[str]]:
    """Assumptions and warnings, each once, with the plans that it is of unless of all."""
    told: list[list[str]] = []
    for part in ([p.assumptions for p in plans], [tuple(map(str, p.warnings)) for p in plans]):
        of: dict[str, list[str]] = {}
        for plan, notes in zip(plans, part, strict=True):
            for note in notes:
                of.setdefault(note, []).append(plan.what.partition(" (")[0])
        told.append([n if len(w) == len(plans) else f"{'; '.join(w)}: {n}" for n, w in of.items()])
    return told[0], told[1]
