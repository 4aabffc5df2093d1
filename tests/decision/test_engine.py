import numpy as np
import pytest

from modicum.decision.engine import decide
from modicum.errors import DecisionError


def losses(*wrong: int, n: int = 1000) -> np.ndarray:
    """0/1 losses with the first `wrong[0]` examples wrong, or those from wrong[0] to wrong[1]."""
    found = np.zeros(n)
    start, stop = (0, wrong[0]) if len(wrong) == 1 else wrong
    found[start:stop] = 1
    return found


REFERENCE = losses(100)


def test_the_smallest_proven_candidate_is_recommended() -> None:
    verdict = decide(
        {"tiny": losses(300), "small": losses(5, 105), "mid": losses(99), "large": REFERENCE},
        reference="large",
        energy={"tiny": 0.1, "small": 1, "mid": 10, "large": 100},
    )
    assert verdict.recommended == "small"
    assert verdict.adequate == {"tiny": False, "small": True, "mid": True, "large": True}


def test_nothing_proven_means_the_reference() -> None:
    verdict = decide({"small": losses(115), "large": REFERENCE}, reference="large")
    assert verdict.recommended == "large"
    assert verdict.adequate["small"] is None
    assert [m.name for m in verdict.missing] == ["small"]
    assert verdict.missing[0].more_examples is not None


def test_worse_by_less_than_looks_provable_asks_for_no_examples() -> None:
    verdict = decide({"small": losses(125), "large": REFERENCE}, reference="large")
    assert verdict.missing[0].more_examples is None


def test_interval_and_decision_never_disagree() -> None:
    for extra in range(0, 40, 2):
        verdict = decide({"small": losses(100 + extra), "large": REFERENCE}, reference="large")
        found = verdict.evidence["small"]
        assert (found.difference_interval.high < 0.02) == (found.adequate is True)
        assert (found.difference_interval.low > 0.02) == (found.adequate is False)


def test_a_bad_slice_blocks_a_good_average() -> None:
    group = np.array(["a"] * 500 + ["b"] * 500)
    small = losses(60)  # better on the whole, and see slice b below
    small[500:545] = 1
    verdict = decide(
        {"small": small, "large": REFERENCE}, reference="large", slices={"language": group}
    )
    assert verdict.recommended == "large"
    parts = {part.name: part.adequate for part in verdict.evidence["small"].slices}
    assert parts["language=a"] is True
    assert parts["language=b"] is False
    assert verdict.adequate["small"] is False


def test_a_slice_too_small_to_decide_is_undecided() -> None:
    group = np.array(["common"] * 990 + ["rare"] * 10)
    verdict = decide(
        {"small": REFERENCE, "large": REFERENCE}, reference="large", slices={"kind": group}
    )
    assert verdict.adequate["small"] is None
    assert "kind=rare" in verdict.evidence["small"].reason


def test_a_candidate_of_unknown_energy_is_judged_but_not_recommended() -> None:
    verdict = decide(
        {"mystery": REFERENCE, "large": REFERENCE},
        reference="large",
        energy={"mystery": None, "large": 5.0},
    )
    assert verdict.recommended == "large"
    assert verdict.adequate["mystery"] is True


def test_a_larger_candidate_never_replaces_the_reference() -> None:
    verdict = decide(
        {"larger": losses(10), "large": REFERENCE},
        reference="large",
        energy={"larger": 9.0, "large": 5.0},
    )
    assert verdict.recommended == "large"
    assert verdict.evidence["larger"].superior


def test_fifty_copies_of_few_examples_prove_nothing() -> None:
    few = np.repeat(np.zeros(20), 50)
    judge = {"small": few, "large": few}
    cluster = np.repeat(np.arange(20), 50)
    assert decide(judge, reference="large").recommended == "small"
    assert decide(judge, reference="large", clusters=cluster).recommended == "large"


def test_graded_losses_are_bet_on() -> None:
    rng = np.random.default_rng(0)
    reference = rng.uniform(0, 0.4, 2000)
    small = np.clip(reference + rng.normal(0, 0.05, 2000), 0, 1)
    verdict = decide({"small": small, "large": reference}, reference="large")
    assert verdict.evidence["small"].test == "betting"
    assert verdict.adequate["small"] is True


def test_tune_orders_the_sequence() -> None:
    judge = {"poor": losses(300), "good": losses(90), "large": REFERENCE}
    verdict = decide(judge, reference="large", tune=judge)
    assert verdict.method.multiplicity == "fallback"
    assert verdict.method.order == ("good", "poor")
    assert verdict.recommended == "good"


def test_without_tune_one_clear_candidate_need_not_pay_for_the_others() -> None:
    rng = np.random.default_rng(3)
    judge = {f"c{k}": rng.permuted(losses(200)) for k in range(5)}
    judge |= {"good": losses(50, 150), "large": REFERENCE}
    verdict = decide(judge, reference="large")
    p = verdict.evidence["good"].p_value
    assert p is not None
    assert 0.05 / 6 < p < 0.05  # Holm would have left it undecided
    assert verdict.recommended == "good"
    assert verdict.method.multiplicity == "closed testing by joint likelihood ratios"


def test_the_reference_alone_is_recommended() -> None:
    assert decide({"large": REFERENCE}, reference="large").recommended == "large"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"judge": {"a": [0, 1]}}, "reference 'r' is not among"),
        ({"judge": {"a": [0, 1], "r": [0]}}, "pair them"),
        ({"judge": {"a": [0, np.nan], "r": [0, 1]}}, "is nan"),
        ({"judge": {"a": [0, 2], "r": [0, 1]}}, r"rescale losses to \[0, 1\]"),
        ({"judge": {"a": [], "r": []}}, "at least one"),
        ({"judge": {"a": ["x", "y"], "r": [0, 1]}}, "not numbers"),
        ({"margin": 0.0}, "margin is 0"),
        ({"margin": 1.0}, "margin is 1"),
        ({"confidence": 0.5}, "confidence is 0.5"),
        ({"confidence": float("nan")}, "confidence is nan"),
        ({"slice_margin": -1.0}, "slice_margin is -1"),
        ({"energy": {"b": 1.0}}, "energy names 'b'"),
        ({"energy": {"a": -1.0}}, "energy of 'a'"),
        ({"clusters": [1]}, "clusters have shape"),
        ({"slices": {"s": [1]}}, "slice 's'"),
        ({"tune": {"r": [0, 1]}}, "tune has no losses of 'a'"),
    ],
)
def test_input_that_cannot_be_decided_on_is_refused(
    change: dict[str, object], message: str
) -> None:
    given: dict[str, object] = {"judge": {"a": [0, 1], "r": [0, 1]}, "reference": "r"}
    with pytest.raises(DecisionError, match=message):
        decide(**(given | change))  # type: ignore[arg-type]


def test_too_few_clusters_are_named_as_the_reason() -> None:
    judge = {"small": REFERENCE, "large": REFERENCE}
    found = decide(judge, reference="large", clusters=np.arange(1000) % 30).evidence["small"]
    assert found.adequate is None
    assert "too few clusters" in found.reason


def test_a_ceiling_is_held_by_the_loss_itself_whatever_the_reference_does() -> None:
    small, large = np.zeros(400), np.ones(400)
    small[:8] = 1.0
    found = decide({"small": small, "large": large}, "large", ceiling=0.05)
    assert found.recommended == "small"
    assert found.evidence["small"].difference == pytest.approx(0.02)
    assert found.adequate["large"] is None
    assert decide({"small": small, "large": large}, "large", ceiling=0.022).recommended == "large"


def test_a_ceiling_keeps_its_promise_at_the_boundary() -> None:
    rng, wrong = np.random.default_rng(4), 0
    for _ in range(200):
        judge = {f"c{k}": rng.random(300) < 0.1 for k in range(3)} | {"r": np.zeros(300)}
        tune = {f"c{k}": rng.random(200) < 0.1 for k in range(3)} | {"r": np.zeros(200)}
        wrong += decide(judge, "r", tune=tune, ceiling=0.1).recommended != "r"
    assert wrong <= 22  # the binomial .9995 quantile at .05
