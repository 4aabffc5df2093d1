"""A router chooses who answers before anybody has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from modicum.candidates.composed import Aim, Stage
from modicum.candidates.loss_model import LossModel, text_folds
from modicum.candidates.majority import Majority
from modicum.candidates.promise import promise_loss
from modicum.candidates.protocol import Examples
from modicum.candidates.router import Router, RouterRecipe, choose_price, family
from modicum.errors import ArtefactError, CandidateError


def target(name: str) -> Majority:
    return Majority(name, (name, "other"), np.array([1.0, 0.0]))


@pytest.fixture
def questions(trec: list[tuple[str, str]]) -> list[str]:
    return [text for text, _ in trec[:1200]]


def losses_of(texts: Sequence[str], targets: int) -> np.ndarray:
    """Target 0 is right where a question asks who or where; the last is always right."""
    own = [float(not text.startswith(("Who", "Where"))) for text in texts]
    middle = [float(not text.startswith(("Who", "Where", "How"))) for text in texts]
    columns = {2: [own, np.zeros(len(texts))], 3: [own, middle, np.zeros(len(texts))]}[targets]
    return np.column_stack([np.asarray(column, float) for column in columns])


def routed(texts: Sequence[str], targets: int, margin: float = 0.05) -> Router:
    losses, costs = losses_of(texts, targets), (1.0, 10.0, 100.0)
    names = ("small", "middle", "large")[:targets]
    if targets == 2:
        names, costs = ("small", "large"), (1.0, 100.0, 0.0)
    stages = [
        Stage(target(name), ("",) * len(texts), (None,) * len(texts), losses[:, i], costs[i])
        for i, name in enumerate(names)
    ]
    aim = Aim(losses[:, -1], 100.0, margin=margin, judge=1000)
    router, _ = RouterRecipe().compose(stages, texts, aim, name="r", seed=0, options={})
    return router


def test_two_targets_share_the_questions_by_what_they_can(questions: list[str]) -> None:
    router = routed(questions[:900], 2)
    rest = questions[900:]
    chosen = np.array(router.choose(rest))
    easy = np.array([text.startswith(("Who", "Where")) for text in rest])
    assert (chosen[easy] == 0).mean() > 0.8
    assert (chosen[~easy] == 1).mean() > 0.9


def test_three_targets_work_too(questions: list[str]) -> None:
    router = routed(questions[:900], 3)
    rest = questions[900:]
    answers = router.answer(rest).values
    how = [a for a, text in zip(answers, rest, strict=True) if text.startswith("How many")]
    assert how.count("middle") > 0.8 * len(how)
    assert set(answers) == {"small", "middle", "large"}


def test_one_text_is_sent_where_a_batch_sends_it(questions: list[str]) -> None:
    router = routed(questions[:600], 2)
    batch = router.choose(questions[600:650])
    assert [router.choose([text])[0] for text in questions[600:650]] == batch
    assert router.choose([]) == []


def test_a_saved_router_sends_the_same(questions: list[str], tmp_path: Path) -> None:
    router = routed(questions[:600], 2)
    router.save(tmp_path)
    loaded = RouterRecipe().load(tmp_path, name="again")
    assert loaded.choose(questions) == router.choose(questions)
    (tmp_path / "arrays.safetensors").write_bytes(b"{}")
    with pytest.raises(ArtefactError):
        RouterRecipe().load(tmp_path, name="again")


def test_a_higher_price_sends_more_to_the_cheap_target(questions: list[str]) -> None:
    router = routed(questions[:600], 2)
    prices = family(router.model.predict(questions[:600]), router.costs)
    cheap = [router.at(price).choose(questions).count(0) for price in prices]
    assert cheap == sorted(cheap)
    assert router.at(prices[-1]).choose(questions[:600]).count(0) == 600


def test_the_same_text_is_never_in_two_folds() -> None:
    folds = text_folds(["a", "b", "a", "c", "a", "b"], seed=1)
    assert len({folds[0], folds[2], folds[4]}) == 1
    assert folds[1] == folds[5]


def test_held_out_predictions_do_not_know_their_own_loss() -> None:
    rng = np.random.default_rng(0)
    texts = [f"text number {i} of nothing" for i in range(300)]
    losses = rng.integers(0, 2, (300, 2)).astype(float)  # noise: nothing can be predicted
    model, held_out = LossModel.fit(texts, losses, "words", 0)
    gap = losses[:, 0] - losses[:, 1]
    assert abs(np.corrcoef(gap, held_out[:, 0] - held_out[:, 1])[0, 1]) < 0.2
    assert model.predict(texts).shape == (300, 2)


def test_where_nothing_can_be_saved_the_point_of_least_loss_is_taken() -> None:
    expected = np.column_stack([np.full(50, 0.9), np.full(50, 0.1)])
    losses = np.column_stack([np.ones(50), np.zeros(50)])
    _, sent = choose_price(expected, losses, [5.0, 6.0], Aim(losses[:, 1], 6.0))
    assert set(sent) == {1}


def test_a_promise_holds_on_what_it_was_not_made_from(questions: list[str]) -> None:
    router = routed(questions[:500], 2)
    prices = family(router.model.predict(questions[:500]), router.costs, 20)
    judge, rest = questions[500:900], questions[900:]
    promise = promise_loss(router, judge, losses_of(judge, 2), prices, ceiling=0.2)
    assert promise.price is not None
    chosen = router.at(promise.price).choose(rest)
    assert losses_of(rest, 2)[np.arange(len(rest)), chosen].mean() <= 0.2
    assert promise.shares is not None
    assert promise.shares[0] > 0.2
    none = promise_loss(router, judge[:20], losses_of(judge[:20], 2), prices, ceiling=0.05)
    assert none.price is None


def test_features_nobody_knows_are_refused() -> None:
    examples = Examples(("a", "b"), ("x", "y"), ("x", "y"))
    options: dict[str, object] = {"targets": ["majority", "naive-bayes"], "features": "magic"}
    with pytest.raises(CandidateError, match="'magic': give one of words, sentences, both"):
        RouterRecipe().fit(examples, examples, name="r", seed=0, options=options)
