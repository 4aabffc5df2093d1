import numpy as np
import pytest

from modicum.decision.race import Race
from modicum.errors import DecisionError


def test_a_hopeless_candidate_is_dropped_and_no_longer_asked_for() -> None:
    race = Race(["poor", "same"], "large", maximum=1000)
    race.update({"poor": np.ones(100), "same": np.zeros(100), "large": np.zeros(100)})
    assert race.dropped == ("poor",)
    assert race.open == ("same",)
    race.update({"same": np.zeros(900), "large": np.zeros(900)})
    verdict = race.verdict()
    assert verdict.recommended == "same"
    assert verdict.evidence["poor"].n == 100
    assert verdict.adequate["poor"] is False


def test_a_clearly_better_candidate_is_accepted_early_and_ends_the_race() -> None:
    race = Race(["good", "dear"], "large", maximum=1000, early_share=0.5)
    good = {"good": np.zeros(100), "dear": np.ones(100), "large": np.ones(100)}
    race.update(good)
    assert race.accepted == ("good",)
    assert race.open == ()
    assert race.verdict().recommended == "good"
    assert race.verdict().method.test == "betting"


def test_a_race_without_early_share_proves_nothing_before_its_end() -> None:
    race = Race(["good"], "large", maximum=200, early_share=0.0)
    race.update({"good": np.zeros(199), "large": np.ones(199)})
    assert race.verdict().recommended == "large"
    race.update({"good": np.zeros(1), "large": np.ones(1)})
    assert race.verdict().recommended == "good"
    assert race.verdict().evidence["good"].test == "Tango score"


def test_the_levels_of_both_tests_add_up_to_the_error_rate() -> None:
    race = Race(["a"], "large", maximum=300, early_share=0.2, confidence=0.95)
    race.update({"a": np.zeros(299), "large": np.zeros(299)})
    assert race.verdict().evidence["a"].level == pytest.approx(0.01)
    race.update({"a": np.zeros(1), "large": np.zeros(1)})
    assert race.verdict().evidence["a"].level == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"large": [0.0]}, "still open"),
        ({"a": [0.0, 1.0], "large": [0.0]}, "pair them"),
        ({"a": [0.0] * 11, "large": [0.0] * 11}, "exceed the maximum"),
    ],
)
def test_a_batch_that_cannot_be_used_is_refused(
    batch: dict[str, list[float]], message: str
) -> None:
    with pytest.raises(DecisionError, match=message):
        Race(["a"], "large", maximum=10).update(batch)


def test_nothing_judged_is_nothing_decided() -> None:
    with pytest.raises(DecisionError, match="judged nothing"):
        Race(["a"], "large", maximum=10).verdict()


def test_looking_after_every_batch_keeps_the_error_rate() -> None:
    rng = np.random.default_rng(12)
    wrong = 0
    for _ in range(150):
        race = Race(["a"], "large", maximum=600, early_share=1.0, margin=0.1)
        while race.open:
            base = rng.uniform(size=50)
            race.update({"a": base < 0.3, "large": base < 0.2})
        wrong += "a" in race.accepted
    assert wrong <= 16  # the binomial .999 quantile of 150 at .05


def test_a_slice_without_examples_is_never_passed() -> None:
    race = Race(["a"], "large", maximum=1000, early_share=1.0, slices=["lang=de", "lang=fr"])
    batch = {"a": np.zeros(400), "large": np.zeros(400)}
    race.update(batch, slices={"lang": ["de"] * 400})
    assert race.accepted == ()
    assert race.verdict().adequate["a"] is None
    race.update(batch, slices={"lang": ["fr"] * 400})
    assert race.verdict().recommended == "a"


def test_a_bad_slice_stops_a_proof_that_the_whole_would_have_given() -> None:
    race = Race(["a"], "large", maximum=400, slices=["lang=de", "lang=fr"])
    a = np.r_[np.zeros(360), np.ones(40)]
    reference = np.r_[np.ones(40), np.zeros(360)]
    labels = {"lang": ["de"] * 360 + ["fr"] * 40}
    race.update({"a": a, "large": reference}, slices=labels)
    assert race.verdict().recommended == "large"
    assert race.verdict().adequate["a"] is False


def test_clusters_are_single_bets_in_a_race() -> None:
    rng, wrong = np.random.default_rng(2), 0
    for _ in range(200):
        race = Race(["a"], "large", maximum=2000, early_share=0.5, largest_cluster=10)
        bad = np.repeat(rng.random(200) < 0.02, 10).astype(float)
        for start in range(0, 2000, 200):
            if not race.open:
                break
            part = slice(start, start + 200)
            labels = np.arange(2000)[part] // 10
            race.update({"a": bad[part], "large": np.zeros(200)}, clusters=labels)
        wrong += race.verdict().recommended == "a"
    assert wrong <= 22  # the binomial .9995 quantile at .05


def test_clusters_and_slices_must_be_announced() -> None:
    losses = {"a": np.zeros(4), "large": np.zeros(4)}
    with pytest.raises(DecisionError, match="largest_cluster"):
        Race(["a"], "large", maximum=10).update(losses, clusters=[0, 0, 1, 1])
    with pytest.raises(DecisionError, match="not named before"):
        Race(["a"], "large", maximum=10).update(losses, slices={"lang": ["de"] * 4})
    race = Race(["a"], "large", maximum=10, largest_cluster=2)
    race.update(losses, clusters=[0, 0, 1, 1])
    with pytest.raises(DecisionError, match="earlier batch"):
        race.update(losses, clusters=[1, 2, 3, 4])
