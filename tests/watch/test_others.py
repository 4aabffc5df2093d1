"""Candidates judged beside the watched one: their proofs share one error rate, nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from modicum.decision.document import DecisionDocument
from modicum.ledger.watch_store import AuditRow, WatchRow, WatchStore
from modicum.watch.audit import Audit, Choice
from modicum.watch.baseline import Baseline
from modicum.watch.opened import digest_of
from modicum.watch.proof import LiveProof
from modicum.watch.state import TaskState
from modicum.watch.summary import beside

Opened = Callable[[DecisionDocument], tuple[WatchRow, TaskState]]


@pytest.fixture
def with_others(decision: DecisionDocument) -> DecisionDocument:
    prints = decision.fingerprints.model_copy(update={"undecided": {"tiny": "1", "small": "2"}})
    return decision.model_copy(update={"fingerprints": prints})


def test_all_proofs_share_the_decision_s_error_rate(
    decision: DecisionDocument, with_others: DecisionDocument
) -> None:
    alone, shared = Baseline.of(decision, 0.02), Baseline.of(with_others, 0.02)
    assert alone.others == ()
    assert alone.proof_alpha == 1 - decision.confidence
    assert shared.others == ("tiny", "small")
    assert shared.proof_alpha == pytest.approx((1 - decision.confidence) / 3)
    assert shared.streams == alone.streams  # alarms are as they were
    assert digest_of(with_others) == digest_of(decision)  # and so is the watch


def test_an_other_s_audits_feed_its_own_proof_alone(
    with_others: DecisionDocument, open_watch: Opened, store: WatchStore
) -> None:
    row, state = open_watch(with_others)
    for k in range(400):
        for name, loss in (("tiny", float(k % 2)), ("small", 0.0), ("gone", 0.0)):
            audit = AuditRow(0, k, "other", f"1:{k}", loss, 0.1, 0.1, (name,))
            store.add_audit(row.id, audit, None)
    state.refresh()
    assert (state.audits, state.proof.audits, state.alarms) == (0, 0, [])
    tiny, small = state.others["tiny"], state.others["small"]
    assert (tiny.proven, tiny.audits, tiny.rate) == (False, 400, 0.5)
    assert (small.proven, small.audits, small.rate) == (True, 400, 0.0)
    assert state.watch.unseen == {}
    told = "tiny: not proven (50.0% of 400 differ), small: proven live (0.0% of 400 differ)"
    assert beside(state) == told


def test_three_candidates_at_the_limit_are_seldom_proven_by_chance() -> None:
    limit, runs = 0.1, 150
    rng, wrong = np.random.default_rng(6), 0
    for _ in range(runs):
        proofs = [LiveProof(limit, 0.05 / 3) for _ in range(3)]
        for proof in proofs:
            for loss in rng.random(300) < limit:
                proof.add(Audit("other", float(loss), Choice(0.1, 0.1)))
        wrong += any(proof.proven for proof in proofs)
    assert wrong / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5
