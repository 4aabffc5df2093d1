"""Models that answer with nobody checking: tasks served by a small candidate without an audit."""

from __future__ import annotations

from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import Seen, summed_up

NAME = "unaudited"
_RISK = "an audit saves nothing: it shows whether what was saved still does the job"


def models_without_audit(seen: Seen) -> list[Opportunity] | NotLooked:
    """Tasks whose own candidate answered, and none of whose answers was audited."""
    if not seen.groups:
        return NotLooked(NAME, "the ledger holds no request of this period")
    found = []
    for task, groups in seen.answered().items():
        own = [g for g in groups if "/" not in g.route and task]
        if not own or seen.audits.get(task, 0):
            continue
        count = sum(g.requests for g in own)
        watched = "watched, but" if task in seen.audits else "not watched:"
        found.append(
            Opportunity(
                NAME,
                task,
                f"{watched} none of {count:,} answers was checked against the reference",
                Saving.unknown(_RISK),
                summed_up(seen, own) * seen.scale,
                "a setting",
                "modicum serve DIR --reference NAME/MODEL --audit 0.02",
            )
        )
    return found
