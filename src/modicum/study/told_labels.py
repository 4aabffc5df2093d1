"""Labels that a big candidate gave and what they cost, kept for a resumed run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from modicum.candidates.protocol import Usage
from modicum.study.files import make_folder, write_text
from modicum.study.used import Used

FILE = "labels.json"


@dataclass(frozen=True)
class Told:
    """found, reasons: what was answered, and why, by row.  usage: of every answer that was paid
    for.  used: what labelling used in all.
    """

    found: dict[int, str]
    reasons: dict[int, str]
    usage: list[Usage]
    used: Used


class LabelShelf:
    """The labels under `folder`; key: what they depend on, so that no others are taken up."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.key = folder, key

    def store(self, told: Told) -> None:
        """Keep them in place of any earlier ones; raises StorageError."""
        plain = {
            "key": self.key,
            "found": list(told.found.items()),
            "reasons": list(told.reasons.items()),
            "usage": [asdict(usage) for usage in told.usage],
            "used": told.used.to_dict(),
        }
        make_folder(self.folder)
        write_text(self.folder / FILE, json.dumps(plain))

    def restore(self) -> Told | None:
        """What a stopped run was told; None where nothing that belongs here reads."""
        try:
            plain = json.loads((self.folder / FILE).read_text(encoding="utf-8"))
            if plain["key"] != self.key:
                return None
            return Told(
                found={int(row): value for row, value in plain["found"]},
                reasons={int(row): why for row, why in plain["reasons"]},
                usage=[Usage(**usage) for usage in plain["usage"]],
                used=Used.from_dict(plain["used"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
