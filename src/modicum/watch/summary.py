"""Summary: one watched task in one line: what is proven, and how much more evidence it needs."""

from __future__ import annotations

from modicum.watch.proof import LiveProof
from modicum.watch.state import TaskState


def evidence(state: TaskState) -> str:
    """What the audits say.

    The words end with the limit that is, or would be, confirmed on live traffic.
    """
    rate, limit = state.watch.rate(), state.baseline.limit
    if state.alarms:
        return f"alarm: {state.alarms[0]}"
    if rate is None:
        return "no audits yet"
    seen = f"{rate:.1%} of {state.audits:,} audits differ"
    if state.proven:
        return f"proven live ({seen}, below {limit:.1%})"
    more = state.proof.more_needed
    if more is None:
        return f"not proven ({seen}; more audits would not show it to be below {limit:.1%})"
    return f"not yet proven ({seen}; about {more:,} more for below {limit:.1%})"


def beside(state: TaskState) -> str:
    """What the audits say of the other candidates; nothing where there are none."""
    return ", ".join(f"{name}: {_needs(proof)}" for name, proof in state.others.items())


def _needs(proof: LiveProof) -> str:
    if proof.rate is None:
        return "no audits yet"
    seen = f"{proof.rate:.1%} of {proof.audits:,} differ"
    if proof.proven:
        return f"proven live ({seen})"
    more = proof.more_needed
    return f"not proven ({seen})" if more is None else f"about {more:,} more audits ({seen})"


def traffic(state: TaskState) -> str:
    """What the small candidate answers now."""
    share = state.share or 0.0
    if state.moves and state.moves[-1].kind == "rollback":
        return "rolled back"
    if share <= 0:
        return "shadow only"
    return "serves all" if share >= 1 else f"canary, serves {share:.0%}"


def staleness(state: TaskState) -> str:
    """What makes the decision stale, or nothing."""
    return "; ".join(map(str, state.changes))
