"""Tasks still on the big model: with a smaller one proven, and with none looked for yet."""

from __future__ import annotations

from dataclasses import replace

from modicum.figures import Figure
from modicum.ledger.groups import Group
from modicum.ledger.used import QUANTITIES, Used, difference
from modicum.opportunities.opportunity import NotLooked, Opportunity, Saving
from modicum.opportunities.seen import LoggedJob, Seen, summed_up
from modicum.opportunities.sentence import Share, sentence

NAME = "big-model"
_FEWEST = 100
"""Requests below which a model that is asked directly is no task worth a study."""


def on_the_big_model(seen: Seen) -> list[Opportunity] | NotLooked:
    """Requests that the proven small candidate could have answered; models asked with no task."""
    if not seen.groups and seen.jobs is None:
        return NotLooked(NAME, sentence("nothing_served"))
    found = []
    for task, groups in seen.answered().items():
        document = seen.decisions.get(task)
        if document is None or task not in seen.recommended:
            found += _undecided(seen, task, groups)
        elif document.recommended != document.reference:
            found += _decided(seen, task, groups)
    return found + [_logged(job) for job in seen.jobs or () if job.likely]


def _decided(seen: Seen, task: str, groups: list[Group]) -> list[Opportunity]:
    """What did not go to the recommended candidate first; what it handed on needed the big one."""
    small, constants = seen.recommended[task]
    rest = [g for g in groups if g.route != small and not g.tried]
    count = sum(g.inputs for g in rest)
    if not count:
        return []
    today = summed_up(seen, rest)
    then = _then(seen, constants, count)
    saving = Saving(*(difference(a, b) for a, b in zip(today.figures, then, strict=True)))
    share = count / sum(g.inputs for g in groups)
    return [
        Opportunity(
            NAME,
            sentence("past_small", share=Share(share), small=small),
            saving * seen.scale,
            today * seen.scale,
            "setting",
            f"modicum promote {task}",
            task,
            assumptions=(sentence("as_measured"),),
        )
    ]


def _then(seen: Seen, constants: str, inputs: int) -> list[Figure]:
    """What the recommended candidate would use on those inputs."""
    known: Used = {}
    for quantity in QUANTITIES:
        figure = seen.constants.get(constants, {}).get((quantity, "request"))
        known[quantity] = (
            Figure.unknown("1", "the decision does not tell what its candidate uses")
            if figure is None
            else figure * float(inputs)
        )
    return [known[quantity] for quantity in QUANTITIES]


def _undecided(seen: Seen, task: str, groups: list[Group]) -> list[Opportunity]:
    """Nobody has looked for something smaller: what it uses is at stake, the saving unknown."""
    models = sorted({g.route for g in groups if "/" in g.route})
    found = []
    for model in models:
        rest = [g for g in groups if g.route == model]
        count = sum(g.requests for g in rest)
        if count < _FEWEST:
            continue
        stake = summed_up(seen, rest) * seen.scale
        todo = sentence("undecided", count=count)
        step = "modicum discover LOG.jsonl" if not task else f"modicum size {task}.toml"
        why = sentence("no_decision")
        one = Opportunity(NAME, todo, Saving.unknown(), stake, "day", step, task, model)
        found.append(replace(one, nobody_knows=why))
    return found


def _logged(job: LoggedJob) -> Opportunity:
    """A job of a log that something smaller is likely to do."""
    return Opportunity(
        NAME,
        sentence("likely_job", why=job.why),
        job.footprint.up_to(),
        job.footprint,
        "day",
        f"modicum discover LOG.jsonl --write {job.name}",
        job.name,
        assumptions=(sentence("share_unknown"),),
        doubt=sentence("likely_doubt"),
    )
