"""Duplicate prompts: the same input asked again, which an exact answer cache would answer."""

from __future__ import annotations

from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import LoggedJob, Seen, Texts, summed_up

NAME = "duplicates"
_FEWEST = 100
"""Kept inputs below which the share of repeated ones says too little."""
_LEAST = 0.05
_CACHE = "an exact cache is taken as free beside a model"
_WHY = "repeated inputs may need a fresh answer or not"


def duplicate_prompts(seen: Seen) -> list[Opportunity] | NotLooked:
    """By hashes of the inputs that may be kept, and by those of a log."""
    found = [_logged(job) for job in seen.jobs or () if job.repeated >= _LEAST]
    enough = {task: t for task, t in seen.texts.items() if t.kept >= _FEWEST}
    if not enough and seen.jobs is None:
        return NotLooked(NAME, "the ledger keeps no inputs (at least 100 of a task are needed): "
                         "let it keep audited ones with `modicum serve --keep-texts`, or give a "
                         "request log with --log")  # fmt: skip
    answered = seen.answered()
    for task, texts in enough.items():
        share = 1 - texts.distinct / texts.kept
        groups = answered.get(task, [])
        if share >= _LEAST and groups:
            stake = summed_up(seen, groups) * seen.scale
            found.append(_told(task, texts, share, stake))
    return found


def _told(task: str, texts: Texts, share: float, stake: Saving) -> Opportunity:
    return Opportunity(
        NAME,
        task,
        f"{share:.0%} of {texts.kept:,} kept inputs were asked before: cache exact answers",
        (stake * share).up_to(_WHY),
        stake,
        "a day",
        f'add recipe = "exact-cache" to {task}.toml and size it again',
        (_CACHE, "the inputs that were kept are like the others"),
    )


def _logged(job: LoggedJob) -> Opportunity:
    return Opportunity(
        NAME,
        job.name,
        f"{job.repeated:.0%} of its requests were asked before: cache exact answers",
        (job.footprint * job.repeated).up_to(_WHY),
        job.footprint,
        "a day",
        f"modicum discover LOG.jsonl --write {job.name}",
        (_CACHE,),
    )
