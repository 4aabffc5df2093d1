"""Duplicate prompts: the same input asked again, which an exact answer cache would answer."""

from __future__ import annotations

from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import LoggedJob, Seen, Texts, summed_up
from modicum.opportunities.sentence import Share, sentence

NAME = "duplicates"
_FEWEST = 100
"""Kept inputs below which the share of repeated ones says too little."""
_LEAST = 0.05


def duplicate_prompts(seen: Seen) -> list[Opportunity] | NotLooked:
    """By hashes of the inputs that may be kept, and by those of a log."""
    found = [_logged(job) for job in seen.jobs or () if job.repeated >= _LEAST]
    enough = {task: t for task, t in seen.texts.items() if t.kept >= _FEWEST}
    if not enough and seen.jobs is None:
        return NotLooked(NAME, sentence("no_inputs", fewest=_FEWEST))
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
        sentence("repeated", share=Share(share), count=texts.kept),
        (stake * share).up_to(),
        stake,
        "day",
        sentence("add_cache", task=task),
        task,
        assumptions=(sentence("cache_free"), sentence("inputs_alike")),
        doubt=sentence("repeated_doubt"),
    )


def _logged(job: LoggedJob) -> Opportunity:
    return Opportunity(
        NAME,
        sentence("repeated_job", share=Share(job.repeated)),
        (job.footprint * job.repeated).up_to(),
        job.footprint,
        "day",
        f"modicum discover LOG.jsonl --write {job.name}",
        job.name,
        assumptions=(sentence("cache_free"),),
        doubt=sentence("repeated_doubt"),
    )
