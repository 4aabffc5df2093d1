"""What a study would send to other machines, so that somebody can say yes or no before it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from modicum.candidates.llm_processes import on_this_machine
from modicum.candidates.llm_reason import TOKENS
from modicum.candidates.terms import terms_of
from modicum.tasks import Task


@dataclass(frozen=True)
class Leaving:
    """Columns that go to one host, for which candidates, and what its terms say of training.

    reasons: whether answers are to carry a reason.
    """

    host: str
    models: tuple[str, ...]
    candidates: tuple[str, ...]
    columns: tuple[str, ...]
    warning: str | None = None
    reasons: bool = False

    def lines(self) -> list[str]:
        """For people, each line of its own."""
        said = [
            f"to {self.host} ({', '.join(self.models)}), for {', '.join(self.candidates)}:",
            f"  columns {', '.join(self.columns)} of every row that is fitted, tuned or judged on",
        ]
        if self.reasons:
            said.append(
                f"  a reason is asked for with each fit answer: up to {TOKENS} more tokens to pay"
            )
        return [*said, f"  careful: {self.warning}"] if self.warning else said


def leaving(task: Task) -> list[Leaving]:
    """Every host beside this machine, in the order of the task file."""
    section = task.spec.task
    asked = [(c.name, c.options) for c in task.spec.candidates]
    if section.judge is not None:
        asked.append(("the judge model", section.judge.options))
    found: dict[str, list[tuple[str, str]]] = {}
    for name, options in asked:
        for url, model in _addresses(options):
            found.setdefault(urlsplit(url).netloc, []).append((name, model))
    labels = tuple(section.fields) if section.kind == "extract" else ()
    told = (*section.parts, *((section.reference,) if section.reference else labels))
    by = task.spec.adequate.labelled_by
    return [
        Leaving(
            host,
            tuple(dict.fromkeys(model for _, model in pairs)),
            tuple(dict.fromkeys(name for name, _ in pairs)),
            told,
            _warning(host) if by and by.candidate in {name for name, _ in pairs} else None,
            bool(by and by.rationales and by.candidate in {name for name, _ in pairs}),
        )
        for host, pairs in found.items()
    ]


def _addresses(options: Mapping[str, object]) -> list[tuple[str, str]]:
    """Endpoints elsewhere that a candidate's table names, at any depth."""
    url = options.get("base_url")
    found = []
    if isinstance(url, str) and not on_this_machine(url):
        found.append((url, str(options.get("model", "unnamed model"))))
    for value in options.values():
        tables = value if isinstance(value, list) else [value]
        found += [pair for t in tables if isinstance(t, dict) for pair in _addresses(t)]
    return found


def _warning(host: str) -> str | None:
    terms = terms_of(host)
    if terms is None:
        return (
            "its answers will train smaller models, and what its provider says of that is not in "
            "the table: read the terms"
        )
    if terms.training != "restricted":
        return None
    return (
        f"its answers will train smaller models, and {terms.provider} says: {terms.says} "
        f"({terms.source}, {terms.basis}, {terms.read})"
    )
