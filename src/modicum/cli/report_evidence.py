"""What a report reads of the evidence: where candidates answer, and what they mix up."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.report.beside import Confusion, Curve

_FILE = "evidence.json"


def hosted(folder: Path) -> dict[str, bool]:
    """Whether each candidate answers on a machine elsewhere; empty where no evidence is kept."""
    return {_name(trial): bool(trial["remote"]) for trial in _trials(_read(folder))}


def confusions(folder: Path, document: DecisionDocument) -> tuple[Confusion, ...]:
    """Wrong answers by pair, of the recommended and the reference.

    Answers are only in the evidence of metrics over the whole set (macro-F1, for example).
    """
    from modicum.report.beside import Confusion

    plain = _read(folder)
    if plain is None or plain["data"]["references"] is None:
        return ()
    split = plain["split"]
    rows = [*split["tune"], *split["judge"]]
    wanted = dict(zip(rows, plain["data"]["references"], strict=True))
    found = []
    for name in dict.fromkeys((document.recommended, document.reference)):
        asked = next((t["judge"] for t in _trials(plain) if _name(t) == name), None)
        if asked is None or not asked["values"]:
            continue
        pairs = Counter(
            (str(wanted[row]), "no answer" if value is None else str(value))
            for row, value in zip(asked["rows"], asked["values"], strict=True)
            if value != wanted[row]
        )
        top = tuple((want, got, n) for (want, got), n in pairs.most_common())
        found.append(Confusion(name, len(asked["rows"]), top))
    return tuple(found)


def curves(folder: Path) -> tuple[Curve, ...]:
    """The learning curves of the candidates that learned on parts of the data first."""
    from modicum.report.beside import Curve

    plain = _read(folder)
    found = []
    for trial in _trials(plain):
        points = [(int(rows), float(loss)) for rows, loss in trial.get("curve", [])]
        if not points or plain is None:
            continue
        losses, stopped = trial["tune"]["losses"], trial["status"] == "excluded"
        if losses and not stopped:
            points.append((len(plain["split"]["fit"]), sum(losses) / len(losses)))
        found.append(Curve(_name(trial), tuple(points), stopped))
    return tuple(found)


def _read(folder: Path) -> dict[str, Any] | None:
    """The evidence; None where it is not kept, or is not one that this program wrote.

    A report is drawn from the decision: damaged evidence is for `modicum verify` to name.
    """
    try:
        plain = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return plain if isinstance(plain, dict) and plain.get("version") == 1 else None


def _trials(plain: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [] if plain is None else plain["trials"]


def _name(trial: dict[str, Any]) -> str:
    section = trial["section"]
    return str(section.get("name") or section.get("recipe"))
