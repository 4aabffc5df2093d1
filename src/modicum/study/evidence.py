"""The evidence of a decision: everything its numbers follow from, in one file.

The decision document is made from this file and from nothing else, so whoever holds both can make
it again and compare (`verify`).  No input is in it; answers are in it only where the metric is one
of the whole set, which no loss of a single example can replace.  The right class of each judge
example is, so that a class which is given up can be seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modicum.decision.migrate import migrated
from modicum.errors import ArtefactError, ModicumError
from modicum.study.asking import Asked, observed_loss
from modicum.study.looks import Look
from modicum.study.rules import Rules
from modicum.study.serving import Serving
from modicum.study.trial import Trial
from modicum.study.used import NOTHING, Used
from modicum.tasks import CandidateSection, Dataset, Split, Task, is_set_metric
from modicum.tasks.load import parse_spec

if TYPE_CHECKING:
    from modicum.study.study import Study

VERSION = 1
"""The newest evidence this program reads and the one it writes."""

FILE = "evidence.json"

OLDER = Rules(turns=False, doubt=False)
"""Of evidence that does not say by which rules it was decided."""


@dataclass(frozen=True)
class RecordedDataset(Dataset):
    """Rows of which only fingerprints, slices and (for set metrics) references were kept."""

    recorded: str = ""
    judged: str = ""

    def fingerprint(self) -> str:
        """What the whole data had."""
        return self.recorded

    def fingerprint_of(self, rows: Sequence[int]) -> str:
        """What the judge rows had; no others were kept."""
        return self.judged


@dataclass
class Evidence:
    """A finished race, read back; it has every attribute of a study that a decision is made of."""

    task: Task
    dataset: Dataset
    split: Split
    trials: list[Trial]
    other: list[Used]
    reference: Trial
    look: Look
    clock: Callable[[], datetime]
    code: str
    versions: dict[str, str]
    rules: Rules

    def tune_loss(self, trial: Trial) -> float:
        """A candidate's loss on the tune examples it was asked."""
        return observed_loss(self.task.spec.task, self.dataset, trial.tune)


def gather(study: Study, reference: Trial, look: Look, code: str, versions: dict[str, str]) -> str:
    """The evidence of a finished race as JSON text."""
    with_answers = is_set_metric(study.task.spec.task.metric)
    plain = {
        "version": VERSION,
        "created_at": study.clock().isoformat(timespec="seconds"),
        "task": study.task.spec.model_dump(mode="json"),
        "data": _data(study, with_answers),
        "split": {
            "fit": list(study.split.fit),
            "tune": list(study.split.tune),
            "judge": list(study.split.judge),
            "clusters": list(study.split.clusters),
            "notes": list(study.split.notes),
        },
        "reference": reference.name,
        "look": {"alpha": look.alpha, "number": look.number, "proven": look.proven},
        "rules": asdict(study.rules),
        "trials": [_trial(trial, with_answers) for trial in study.trials],
        "other": [used.to_dict() for used in study.other],
        "code": code,
        "versions": versions,
    }
    return json.dumps(plain, separators=(",", ":")) + "\n"


def _data(study: Study, with_answers: bool) -> dict[str, Any]:
    data, rows = study.dataset, [*study.split.tune, *study.split.judge]
    return {
        "rows": len(data),
        "classes": list(data.classes),
        "notes": list(data.notes),
        "fingerprint": data.fingerprint(),
        "judge_fingerprint": data.fingerprint_of(study.split.judge),
        "slices": {
            name: [str(data.columns[name][i]) for i in study.split.judge]
            for name in study.task.spec.task.slices
        },
        "references": [data.references[i] for i in rows] if with_answers else None,
        "judge_classes": None if with_answers else _class_numbers(study),
    }


def _class_numbers(study: Study) -> list[int | None] | None:
    """Of each judge example, which of the classes is right; None where there are no classes."""
    data = study.dataset
    if not data.classes or data.multi_label:
        return None
    number = {name: at for at, name in enumerate(data.classes)}
    return [number.get(data.references[i]) for i in study.split.judge]


def _trial(trial: Trial, with_answers: bool) -> dict[str, Any]:
    return {
        "section": trial.section.model_dump(mode="json"),
        "key": trial.key,
        "status": trial.status,
        "error": trial.error,
        "remote": trial.remote,
        "fitting": trial.fitting.to_dict(),
        "partial": trial.partial.to_dict(),
        "spared_j": trial.spared_j,
        "tune": _asked(trial.tune, with_answers),
        "judge": _asked(trial.judge, with_answers),
        "serving": trial.serving.to_dict() if trial.serving else None,
        "screened": trial.screened,
        "stopped": trial.stopped,
        "dear": trial.dear,
        "beside": _short(trial.beside),
        "gold": _short(trial.gold),
        "notes": trial.notes,
        "parts": trial.parts,
        "curve": trial.curve,
        "rationales": trial.rationales,
    }


def _asked(asked: Asked, with_answers: bool) -> dict[str, Any]:
    return {
        "rows": asked.rows,
        "losses": _short(asked.losses),
        "values": asked.values if with_answers else None,
        "unanswered": asked.unanswered,
        "first_error": asked.errors[0] if asked.errors else None,
        "used": asked.used.to_dict(),
    }


def _short(losses: Sequence[float | None]) -> list[float | None]:
    """0 and 1 without their decimals: most losses are nothing else."""
    return [int(x) if x in (0.0, 1.0) else x for x in losses]


def read_evidence(folder: Path) -> str:
    """The text of evidence.json in a folder; raises ArtefactError."""
    path = folder / FILE
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ArtefactError(
            f"there is no {FILE} in {folder}, so nothing can be recomputed: a decision made by "
            "this version has one, run `modicum size` again"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{path} cannot be read: {error}") from None


def replay(text: str, where: str = FILE, older: Rules = OLDER) -> Evidence:
    """Read evidence back; raises ArtefactError for a damaged, foreign or newer one.

    older: by what it was decided where it does not say, since it is older than such records.
    """
    plain = migrated(text, VERSION, where, "evidence")
    try:
        return _evidence(plain, older)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ModicumError) as error:
        raise ArtefactError(
            f"{where} lacks something or was changed ({type(error).__name__}: {error})"
        ) from None


def _evidence(plain: dict[str, Any], older: Rules) -> Evidence:
    split, moment = plain["split"], datetime.fromisoformat(plain["created_at"])
    trials = [_trial_of(one) for one in plain["trials"]]
    return Evidence(
        task=Task(parse_spec(plain["task"]), Path()),
        dataset=_dataset(plain["data"], split),
        split=Split(
            tuple(split["fit"]),
            tuple(split["tune"]),
            tuple(split["judge"]),
            tuple(split["clusters"]),
            tuple(split["notes"]),
        ),
        trials=trials,
        other=[Used.from_dict(used) for used in plain["other"]],
        reference=next(t for t in trials if t.name == plain["reference"]),
        look=_look(plain["look"]),
        clock=lambda: moment,
        code=plain["code"],
        versions=plain["versions"],
        rules=Rules.of(plain.get("rules")) or older,
    )


def _look(plain: dict[str, Any]) -> Look:
    before = plain.get("proven")
    return Look(plain["alpha"], plain["number"], None if before is None else tuple(before))


def _dataset(data: dict[str, Any], split: dict[str, Any]) -> RecordedDataset:
    blank = [""] * data["rows"]
    references = list(blank)
    if data["references"] is not None:
        rows = [*split["tune"], *split["judge"]]
        for row, reference in zip(rows, data["references"], strict=True):
            references[row] = reference
    for row, number in zip(split["judge"], data.get("judge_classes") or (), strict=False):
        references[row] = "" if number is None else data["classes"][number]
    columns: dict[str, tuple[object, ...]] = {}
    for name, cells in data["slices"].items():
        column: list[object] = list(blank)
        for row, cell in zip(split["judge"], cells, strict=True):
            column[row] = cell
        columns[name] = tuple(column)
    return RecordedDataset(
        inputs=tuple(blank),
        references=tuple(references),
        classes=tuple(data["classes"]),
        columns=columns,
        is_judge=None,
        notes=tuple(data["notes"]),
        recorded=data["fingerprint"],
        judged=data["judge_fingerprint"],
    )


def _trial_of(plain: dict[str, Any]) -> Trial:
    serving = plain["serving"]
    return Trial(
        section=CandidateSection.model_validate(plain["section"]),
        key=plain["key"],
        status=plain["status"],
        error=plain["error"],
        was_remote=plain["remote"],
        fitting=Used.from_dict(plain["fitting"]),
        partial=Used.from_dict(plain["partial"]) if plain.get("partial") else NOTHING,
        spared_j=plain.get("spared_j"),
        tune=_asked_of(plain["tune"]),
        judge=_asked_of(plain["judge"]),
        serving=Serving.from_dict(serving) if serving else None,
        screened=plain["screened"],
        stopped=plain.get("stopped"),
        dear=plain.get("dear", False),
        beside=[None if x is None else float(x) for x in plain["beside"]],
        gold=[None if x is None else float(x) for x in plain.get("gold", [])],
        notes=plain["notes"],
        parts=[(str(name), float(loss)) for name, loss in plain.get("parts", [])],
        curve=[(int(rows), float(loss)) for rows, loss in plain.get("curve", [])],
        rationales=plain.get("rationales"),
    )


def _asked_of(plain: dict[str, Any]) -> Asked:
    first, count = plain["first_error"], plain["unanswered"]
    values = plain["values"] if plain["values"] is not None else [None] * len(plain["rows"])
    return Asked(
        rows=plain["rows"],
        values=values,
        losses=[float(x) for x in plain["losses"]],
        errors=[first] * count if count else [],
        used=Used.from_dict(plain["used"]),
    )
