"""Input drift: quiet where nothing changed, loud where it did."""

from __future__ import annotations

import random

from modicum.watch.drift import FEATURES, FeatureDrift, InputDrift


def test_inputs_in_random_order_raise_no_alarm(trec: list[tuple[str, str]]) -> None:
    """Real questions, shuffled: the martingale has expectation 1, so 1 of 100 may reach 100."""
    texts = [text for text, _ in trec]
    alarms = 0
    for seed in range(30):
        rng = random.Random(seed)
        drift = InputDrift(FEATURES, rng, alpha=0.05)
        for text in rng.sample(texts, 400):
            drift.add(text)
        alarms += bool(drift.drifted)
    assert alarms <= 6  # above that with probability below .002 at .05


def test_longer_inputs_are_seen(trec: list[tuple[str, str]]) -> None:
    texts, rng = [text for text, _ in trec], random.Random(1)
    known = {name: [feature(t) for t in texts[:1000]] for name, feature in FEATURES.items()}
    drift = InputDrift(FEATURES, rng, 0.01, known)
    for text in texts[1000:1200]:
        drift.add(f"{text} {text}")
    assert "characters" in drift.drifted


def test_sorted_classes_are_drift_too() -> None:
    feature = FeatureDrift(random.Random(2), alpha=0.01)
    for k in range(400):
        feature.add(float(k))
    assert feature.drifted


def test_it_stops_betting_when_it_has_seen_enough() -> None:
    feature = FeatureDrift(random.Random(3), alpha=0.01, most=50)
    for k in range(80):
        feature.add(float(k % 7))
    assert feature.count == 50
