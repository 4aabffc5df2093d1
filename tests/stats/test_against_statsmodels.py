"""The same numbers from a second implementation, where it computes the same thing."""

import numpy as np
import pytest

from modicum.stats.multiplicity import holm, reject
from modicum.stats.proportion import clopper_pearson, wilson
from modicum.stats.tango import tango_p_value

proportion = pytest.importorskip("statsmodels.stats.proportion")
tables = pytest.importorskip("statsmodels.stats.contingency_tables")
multitest = pytest.importorskip("statsmodels.stats.multitest")


@pytest.mark.parametrize(("successes", "n"), [(0, 30), (3, 50), (50, 50), (40, 977)])
def test_intervals_of_a_proportion_agree(successes: int, n: int) -> None:
    for ours, method in ((clopper_pearson, "beta"), (wilson, "wilson")):
        low, high = proportion.proportion_confint(successes, n, alpha=0.1, method=method)
        found = ours(successes, n, tail=0.05)
        assert found.low == pytest.approx(max(low, 0.0), abs=1e-6)
        assert found.high == pytest.approx(min(high, 1.0), abs=1e-6)


def test_margin_zero_agrees_with_mcnemar() -> None:
    table = np.array([[50, 12], [30, 8]])
    theirs = tables.mcnemar(table, exact=False, correction=False)
    assert 2 * float(tango_p_value(12, 30, 100, 0.0)) == pytest.approx(theirs.pvalue, abs=1e-6)


def test_holm_agrees() -> None:
    p = np.random.default_rng(15).uniform(0, 0.05, 8)
    theirs = multitest.multipletests(p, alpha=0.05, method="holm")[0]
    assert list(reject(p, 0.05, holm(8)).rejected) == list(theirs)
