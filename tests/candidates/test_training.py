from collections.abc import Callable

import numpy as np
import pytest

from modicum.candidates.head import LinearHead
from modicum.candidates.protocol import Examples
from modicum.candidates.training import Kind, Labelled, Trial, check_fit, climb, fit_head
from modicum.errors import CandidateError

HEAD = LinearHead(np.zeros((1, 2), np.float32), np.zeros(2, np.float32), ("a", "b"))
FEATURES = np.array([[0, 1], [0, 2], [1, 0], [2, 0]], np.float32)


def losses_of(table: dict[float, float], seen: list[float]) -> Callable[[float], Trial]:
    def fitted(strength: float) -> Trial:
        seen.append(strength)
        return Trial(HEAD, strength, (table[strength], 0.0))

    return fitted


def test_the_climb_goes_up_while_the_loss_falls() -> None:
    seen: list[float] = []
    table = {1.0: 0.9, 2.0: 0.5, 3.0: 0.4, 4.0: 0.3, 5.0: 0.35}
    assert climb(losses_of(table, seen), sorted(table)).strength == 4
    assert seen == [3, 4, 5]


def test_the_climb_turns_round_where_up_is_worse() -> None:
    seen: list[float] = []
    table = {1.0: 0.6, 2.0: 0.3, 3.0: 0.4, 4.0: 0.5, 5.0: 0.1}
    assert climb(losses_of(table, seen), sorted(table)).strength == 2
    assert seen == [3, 4, 2, 1]


@pytest.mark.parametrize("kind", ["logistic", "svm"])
def test_a_class_without_examples_is_never_answered(kind: Kind) -> None:
    fit = Labelled(FEATURES, ("x", "x", "z", "z"))
    none = Labelled(FEATURES[:0], ())
    head = fit_head(kind, fit, none, ("x", "y", "z"), seed=0, strength=1.0).head
    answers = head.answers(FEATURES @ head.weights)
    assert answers.values == ("x", "x", "z", "z")
    assert answers.probabilities is not None
    assert answers.probabilities[:, 1].tolist() == [0, 0, 0, 0]


def test_one_class_is_refused_with_the_cure() -> None:
    with pytest.raises(CandidateError, match="give at least two classes"):
        check_fit("tfidf-svm", Examples(("a", "b"), ("x", "x"), ("x", "y")))
