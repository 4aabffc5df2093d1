"""Putting a finished race on disk and on record."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modicum.candidates.decided import FOLDER, folder_digest
from modicum.candidates.undecided import FOLDER as UNDECIDED
from modicum.candidates.undecided import MOST, undecided_of
from modicum.decision.document import FILE, DecisionDocument
from modicum.study.evidence import FILE as EVIDENCE
from modicum.study.files import storing, write_text
from modicum.study.people import write_to_score

if TYPE_CHECKING:
    from modicum.figures import Figure
    from modicum.study.study import Study


def store_recommended(study: Study, document: DecisionDocument) -> DecisionDocument:
    """Put the recommended candidate beside the decision; returns the decision with its digest.

    Recorded answers are evidence, not something that can answer: they have no digest.
    """
    trial = next(t for t in study.trials if t.name == document.recommended)
    target = study.out / FOLDER
    with storing(target):
        if target.exists():
            shutil.rmtree(target)
        if trial.candidate is None or hasattr(trial.candidate, "answer_rows"):
            return document
        with _whole(target) as fresh:
            trial.candidate.save(fresh)
    prints = document.fingerprints.model_copy(update={"recommended": folder_digest(target)})
    return document.model_copy(update={"fingerprints": prints})


def store_undecided(study: Study, document: DecisionDocument) -> DecisionDocument:
    """Put the smallest undecided candidates beside it, for live traffic to judge.

    One that answers elsewhere is left out: asking it in the shadow would be paid for twice.
    """
    target = study.out / UNDECIDED
    own = {t.name: t.candidate for t in study.trials if t.candidate is not None and not t.remote}
    names = [
        name
        for name in undecided_of(document)
        if name in own and not hasattr(own[name], "answer_rows")
    ][:MOST]
    with storing(target):
        if target.exists():
            shutil.rmtree(target)
        if not names:
            return document
        with _whole(target) as fresh:
            for name in names:
                (fresh / name).mkdir()
                own[name].save(fresh / name)
    digests = {name: folder_digest(target / name) for name in names}
    prints = document.fingerprints.model_copy(update={"undecided": digests})
    return document.model_copy(update={"fingerprints": prints})


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` only once it is full."""
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield fresh
        fresh.rename(target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def write_decision(study: Study, document: DecisionDocument, run_id: str) -> None:
    """Write evidence.json, then decision.json, and enter the run's figures in the ledger."""
    write_text(study.out / EVIDENCE, study.evidence)
    write_text(study.out / FILE, document.model_dump_json(indent=2, exclude_none=False) + "\n")
    if study.task.spec.task.judge is not None:
        write_to_score(study, study.scores)
    ledger = study.ledger
    ledger.add_figures(run_id, figures_of(document))
    ledger.add_decision(run_id, document.model_dump_json())


def figures_of(document: DecisionDocument) -> list[tuple[str, str, Figure]]:
    """Every figure of a decision as (subject, quantity, figure); the whole run is `run`."""
    rows = []
    for name in ("energy_j", "carbon_g", "water_l", "cost"):
        rows.append(("run", name, getattr(document.search, name).figure()))
        for candidate in document.candidates:
            if candidate.footprint is not None:
                figure = getattr(candidate.footprint, name).figure()
                rows.append((f"{candidate.name} per request", name, figure))
    for candidate in document.candidates:
        if candidate.fitting is not None:
            figure = candidate.fitting.energy_j.figure()
            rows.append((f"{candidate.name} fitting", "energy_j", figure))
    return rows
