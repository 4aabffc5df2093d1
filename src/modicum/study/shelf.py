"""The shelf where finished trials wait for a resumed run."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modicum.candidates.protocol import Usage
from modicum.candidates.registry import load_candidate
from modicum.errors import ModicumError
from modicum.study.asking import Asked
from modicum.study.files import make_folder, storing, write_text
from modicum.study.serving import Serving
from modicum.study.trial import Trial
from modicum.study.used import NOTHING, Used


class Shelf:
    """Finished parts of trials on disk, under `folder/trials`.

    The candidate and its fitting are stored once fitted, tune answers and serving once measured,
    judge answers once complete.  Each is written whole or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "trials"

    def place(self, trial: Trial) -> Path:
        """The folder of one trial."""
        return self.folder / f"{trial.name}-{trial.key}"

    def store_candidate(self, trial: Trial) -> None:
        """Keep the fitted candidate."""
        if trial.candidate is None:
            return
        make_folder(self.place(trial))
        target = self.place(trial) / "candidate"
        with storing(target):
            if target.exists():
                shutil.rmtree(target)
            fresh = Path(tempfile.mkdtemp(dir=self.place(trial), prefix=".candidate."))
            try:
                trial.candidate.save(fresh)
                fresh.rename(target)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise
        plain = {
            "fitting": trial.fitting.to_dict(),
            "notes": trial.notes,
            "cost": trial.fit_cost,
            "rationales": trial.rationales,
        }
        self._write(trial, "fitting", plain)

    def store_tune(self, trial: Trial) -> None:
        """Keep tune answers and what serving costs."""
        serving = trial.serving.to_dict() if trial.serving else None
        plain = {"tune": _plain(trial.tune), "serving": serving, "screened": trial.screened}
        self._write(trial, "tune", plain)

    def store_partial(self, trial: Trial) -> None:
        """Keep the answers of a trial that is stopped in the middle."""
        if trial.status == "racing" and trial.tune.rows:
            plain = {"tune": _plain(trial.tune), "judge": _plain(trial.judge)}
            self._write(trial, "partial", plain)

    def store_judge(self, trial: Trial) -> None:
        """Keep judge answers."""
        self._write(trial, "judge", {"judge": _plain(trial.judge)})

    def restore(self, trial: Trial) -> bool:
        """Take up a stored trial; False, with the trial untouched, when none reads."""
        place = self.place(trial)
        fitting = self._read(trial, "fitting")
        if fitting is None:
            return False
        try:
            trial.candidate = load_candidate(place / "candidate", name=trial.name)
            trial.fitting, trial.notes = Used.from_dict(fitting["fitting"]), fitting["notes"]
            trial.fit_cost = float(fitting.get("cost", 0.0))
            trial.rationales = fitting.get("rationales")
            self._restore_answers(trial)
        except (ModicumError, KeyError, TypeError):
            trial.candidate, trial.fitting = None, NOTHING
            trial.tune, trial.judge, trial.serving = Asked(), Asked(), None
            return False
        return True

    def _restore_answers(self, trial: Trial) -> None:
        tune, judge = self._read(trial, "tune"), self._read(trial, "judge")
        if tune:
            trial.tune, trial.screened = _asked(tune["tune"]), tune["screened"]
            trial.serving = Serving.from_dict(tune["serving"]) if tune["serving"] else None
        if tune and judge:
            trial.judge = _asked(judge["judge"])
        partial = self._read(trial, "partial")
        if partial and not tune:
            trial.tune = _asked(partial["tune"])
        if partial and tune and not judge:
            trial.judge = _asked(partial["judge"])

    def store_settings(self, trial: Trial, found: dict[str, Any]) -> None:
        """Keep what a search of settings chose."""
        self._write(trial, "settings", {**found, "partial": trial.partial.to_dict()})

    def settings(self, trial: Trial) -> dict[str, Any] | None:
        """What a search of settings chose before a run was stopped; None where nothing reads."""
        plain = self._read(trial, "settings")
        try:
            if plain is not None:
                trial.partial = Used.from_dict(plain["partial"])
        except (KeyError, TypeError):
            return None
        return plain

    def clear(self) -> None:
        """Forget every stored trial."""
        with storing(self.folder):
            if self.folder.exists():
                shutil.rmtree(self.folder)

    def _write(self, trial: Trial, part: str, plain: dict[str, Any]) -> None:
        make_folder(self.place(trial))
        write_text(self.place(trial) / f"{part}.json", json.dumps(plain))

    def _read(self, trial: Trial, part: str) -> dict[str, Any] | None:
        try:
            plain = json.loads((self.place(trial) / f"{part}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return plain if isinstance(plain, dict) else None


def _plain(asked: Asked) -> dict[str, Any]:
    return {
        "rows": asked.rows,
        "values": asked.values,
        "confidence": asked.confidence,
        "losses": asked.losses,
        "usage": [asdict(u) for u in asked.usage],
        "errors": asked.errors,
        "used": asked.used.to_dict(),
    }


def _asked(plain: dict[str, Any]) -> Asked:
    read = dict(plain)
    read["usage"] = [Usage(**u) for u in plain["usage"]]
    read["used"] = Used.from_dict(plain["used"])
    return Asked(**read)
