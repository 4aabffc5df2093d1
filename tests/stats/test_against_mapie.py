"""The same rejections from MAPIE, where it computes the same thing.

Its Hoeffding-Bentkus p-values hold for any bounded loss; for 0/1 losses the exact binomial test is
e times smaller at most, which is why they do not agree and need not.
"""

import numpy as np
import pytest

from modicum.stats.multiplicity import fixed_sequence, holm, reject
from modicum.stats.proportion import binomial_p_value

control = pytest.importorskip("mapie.risk_control.fwer_control")
methods = pytest.importorskip("mapie.risk_control.methods")


@pytest.mark.parametrize("seed", range(5))
def test_holm_and_the_fixed_sequence_reject_what_mapie_rejects(seed: int) -> None:
    p = np.random.default_rng(seed).uniform(0, 0.06, 6)
    theirs = control.control_fwer(p, 0.05, fwer_method="bonferroni_holm")
    ours = reject(p, 0.05, holm(6)).rejected
    assert sorted(np.flatnonzero(ours)) == sorted(int(k) for k in theirs)
    theirs = control.control_fwer(p, 0.05, fwer_method="fixed_sequence")
    ours = reject(p, 0.05, fixed_sequence(range(6), 6)).rejected
    assert sorted(np.flatnonzero(ours)) == sorted(int(k) for k in theirs)


def test_the_exact_p_value_is_never_above_mapie_s() -> None:
    for wrong in (0, 5, 20):
        theirs = methods.compute_hoeffding_bentkus_p_value(
            np.array([wrong / 400]), 400, np.array([0.1])
        )
        assert binomial_p_value(wrong, 400, 0.1) <= float(np.ravel(theirs)[0]) + 1e-6
