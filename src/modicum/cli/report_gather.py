"""What stands beside a decision in its report, gathered from its folder; and its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.report.beside import Beside, Stated


def write_page(document: DecisionDocument, folder: Path) -> None:
    """The page of every reader beside a decision, as `modicum size` leaves it."""
    from modicum.report.beside import Stated
    from modicum.report.files import write_text
    from modicum.report.readers import render
    from modicum.report.reading import READERS

    beside = gather(document, folder, Stated())
    text = render(document, READERS, "html", beside, evidence=evidence_of(folder))
    write_text(text, folder / "report.html")


def gather(
    document: DecisionDocument,
    folder: Path,
    stated: Stated,
    supplier: float | None = None,
    device: str | None = None,
    share: float = 1.0,
) -> Beside:
    """Everything that a report shows and that does not stand in the decision."""
    from modicum.cli.report_accounts import Means, accounts
    from modicum.cli.report_evidence import confusions, curves, hosted
    from modicum.decision.approvals import approvals_faults, read_approvals, stale
    from modicum.decision.consent import accepted
    from modicum.report.beside import Beside, Said

    faults = tuple(approvals_faults(folder))
    lines = () if faults else read_approvals(folder)
    means = Means(supplier, device, share)
    return Beside(
        folder=_typed(folder),
        stated=stated,
        approvals=tuple(Said(line, stale(folder, line)) for line in lines),
        faults=faults,
        accounts=accounts(document, hosted(folder), means),
        confusions=confusions(folder, document),
        curves=curves(folder),
        accepted={k: f"{one.name}, {one.at[:10]}" for k, one in accepted(folder).items()},
    )


def _typed(folder: Path) -> str:
    """The folder as one types it in a shell."""
    import shlex

    return shlex.quote(str(folder))


def evidence_of(folder: Path) -> dict[str, str]:
    """Files of a run that stand behind the page, those that are there."""
    known = {
        "decision.json": "the decision, every number of this page",
        "evidence.json": "what `modicum verify` makes every number from again",
        "approvals.jsonl": "who said what, in a chain of hashes",
    }
    return {name: what for name, what in known.items() if (folder / name).is_file()}
