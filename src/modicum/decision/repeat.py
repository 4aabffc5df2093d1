"""The same study once more: it may confirm what was proven, and prove nothing else.

A study run again asks the same candidates about the same judge examples, so it could be free.  Yet
what a run measures beside the losses (energy, which gives order and shares of the error rate)
changes a little each time, and so may what is proven; a language model may even answer otherwise.
Whatever a repeat proves that the first run had not is therefore left undecided: "a repeat is wrong"
is then part of the event "the first run was wrong", which the first run's error rate covers, so
repeats spend nothing, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from modicum.decision.order import rank_by_energy
from modicum.decision.verdict import Evidence, Missing, Verdict

REASON = "the first run of this very study did not prove it, and a repeat can prove no more"


def only_confirmed(
    verdict: Verdict, proven: Collection[str], energy: Mapping[str, float | None] | None
) -> Verdict:
    """The verdict with every proof taken back that is not among the names `proven` before.

    energy: as in `decide`, to find the smallest of those that are left.
    """
    evidence = {name: _confirmed(one, verdict, proven) for name, one in verdict.evidence.items()}
    names = [name for name in evidence if name != verdict.reference]
    ranks, smaller = rank_by_energy(names, verdict.reference, energy)
    left = [name for name in names if evidence[name].adequate and name in smaller]
    taken = tuple(
        Missing(name, None, f"{REASON}: only fresh judge examples can")
        for name in sorted(smaller, key=lambda name: ranks[name])
        if verdict.adequate[name] and not evidence[name].adequate
    )
    return replace(
        verdict,
        recommended=min(left, key=lambda name: ranks[name], default=verdict.reference),
        adequate={name: one.adequate for name, one in evidence.items()},
        evidence=evidence,
        missing=(*taken, *verdict.missing),
    )


def _confirmed(one: Evidence, verdict: Verdict, proven: Collection[str]) -> Evidence:
    if one.name == verdict.reference or one.name in proven or not one.adequate:
        return one
    return replace(one, adequate=None, superior=False, reason=REASON)
