"""Candidates made of rules, as folders: the file that people edit, and what else is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from modicum.candidates.artefact import Parts, read_parts, write_manifest, write_parts
from modicum.candidates.rules_file import Rules, parse_rules, write_rules
from modicum.errors import ArtefactError, CandidateError

FILE = "rules.toml"


def save_rules(
    folder: Path, recipe: str, rules: Rules, head: str, document: Mapping[str, object]
) -> None:
    """Write the rules as a file that can be read, copied and edited; `head` is its comment."""
    write_parts(folder, recipe, Parts({"file": FILE, **document}))
    (folder / FILE).write_text(write_rules(rules, head), encoding="utf-8")
    write_manifest(folder, recipe)


def load_rules(
    folder: Path, recipe: str, *, groups: int | None = None
) -> tuple[Rules, Mapping[str, object]]:
    """What `save_rules` wrote; raises ArtefactError for a foreign or tampered folder."""
    document = read_parts(folder, recipe).document
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        return parse_rules(text, str(folder / FILE), groups=groups), document
    except (OSError, CandidateError) as error:
        raise ArtefactError(f"{folder} holds no rules ({error}): fit again") from error
