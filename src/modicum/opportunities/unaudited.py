"""Models that answer with nobody checking: tasks served by a small candidate without an audit."""

from __future__ import annotations

from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import Seen, summed_up
from modicum.opportunities.sentence import sentence

NAME = "unaudited"


def models_without_audit(seen: Seen) -> list[Opportunity] | NotLooked:
    """Tasks whose own candidate answered, and none of whose answers was audited."""
    if not seen.groups:
        return NotLooked(NAME, sentence("no_requests"))
    found = []
    for task, groups in seen.answered().items():
        own = [g for g in groups if "/" not in g.route and task]
        if not own or seen.audits.get(task, 0):
            continue
        count = sum(g.requests for g in own)
        key = "watched" if task in seen.audits else "unwatched"
        found.append(
            Opportunity(
                NAME,
                sentence(key, count=count),
                Saving.unknown(),
                summed_up(seen, own) * seen.scale,
                "setting",
                "modicum serve DIR --reference NAME/MODEL --audit 0.02",
                task,
                nobody_knows=sentence("audit_saves_nothing"),
            )
        )
    return found
