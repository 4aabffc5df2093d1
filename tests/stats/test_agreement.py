import numpy as np

from modicum.stats.agreement import label_first
from modicum.stats.exact import paired_p_value

MARGIN = 0.02


def pool(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers of a candidate exactly at the margin and of the reference: losses, three classes."""
    kind = rng.choice(4, n, p=[0.87, 0.06, 0.04, 0.03])
    gap = np.where(kind == 1, 1, np.where(kind == 2, -1, 0))
    return gap, kind > 0  # of the fourth kind both are wrong, in different ways


def test_only_examples_that_are_answered_differently_are_to_be_labelled() -> None:
    differs = np.array([False, True, False, False, True, False])
    found = label_first([differs], seed=3)
    assert set(found.rows) == {1, 4}
    assert found.covered_by(2) == 6


def test_labels_give_the_same_differences_as_labelling_everything() -> None:
    gap, differs = pool(np.random.default_rng(1), 2000)
    found = label_first([differs], seed=2)
    order = np.random.default_rng(2).permutation(2000)
    for labels in (0, 10, len(found.rows)):
        covered = found.covered_by(labels)
        assert gap[order[:covered]].sum() == gap[list(found.rows[:labels])].sum()


def test_a_candidate_at_the_margin_is_accepted_at_the_level_though_few_are_labelled() -> None:
    rng, wrong, labelled = np.random.default_rng(4), 0, 0
    for draw in range(1500):
        gap, differs = pool(rng, 1200)
        found = label_first([differs], seed=draw)
        labels = found.labels_for(1000)
        assert labels is not None
        seen = gap[list(found.rows[:labels])]
        wrong += paired_p_value(int((seen > 0).sum()), int((seen < 0).sum()), 1000, MARGIN) <= 0.05
        labelled += labels
    assert 48 <= wrong <= 103  # the binomial .0005 and .9995 quantiles of 1,500 at .05
    assert labelled / 1500 < 140


def test_forgetting_the_agreements_would_not_be_a_test_of_the_task() -> None:
    gap, differs = pool(np.random.default_rng(5), 4000)
    seen = gap[differs]
    alone = paired_p_value(int((seen > 0).sum()), int((seen < 0).sum()), int(differs.sum()), MARGIN)
    whole = paired_p_value(int((seen > 0).sum()), int((seen < 0).sum()), 4000, MARGIN)
    assert alone != whole


def test_a_pool_that_is_too_small_is_said_to_be() -> None:
    assert label_first([[True, False]]).labels_for(3) is None
