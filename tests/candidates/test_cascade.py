"""A cascade answers with its smallest stage and hands on what that is unsure of."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from modicum.candidates import load_candidate
from modicum.candidates.cascade import Cascade, CascadeRecipe
from modicum.candidates.composed import Aim, Stage
from modicum.candidates.deferral import ALWAYS, NEVER, Threshold
from modicum.candidates.protocol import Answers, Candidate, Examples, Usage
from modicum.errors import ArtefactError, CandidateError


class Scripted:
    """Answers each text with `value`, as sure as the text says; remembers what it was asked."""

    process_ids: tuple[int, ...] = ()
    remote = False

    def __init__(self, name: str, value: str, usage: Usage | None = None) -> None:
        self.name, self.value, self.usage = name, value, usage
        self.asked: list[str] = []
        self.closed = 0

    def answer(self, batch: Sequence[str]) -> Answers:
        self.asked += batch
        sure = tuple(float(text) for text in batch)
        usage = None if self.usage is None else (self.usage,) * len(batch)
        return Answers((self.value,) * len(batch), sure, usage)

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self.closed += 1


def test_the_second_stage_is_asked_only_what_the_first_is_unsure_of() -> None:
    small, large = Scripted("small", "s"), Scripted("large", "l")
    cascade = Cascade("both", [small, large], [Threshold(0.8)])
    answers = cascade.answer(["0.9", "0.2", "0.8"])
    assert answers.values == ("s", "l", "s")
    assert answers.confidence == (0.9, 0.2, 0.8)
    assert large.asked == ["0.2"]


def test_the_small_run_that_was_thrown_away_is_charged() -> None:
    small = Scripted("small", "s", Usage(tokens_in=10, cost=0.1, currency="USD"))
    large = Scripted("large", "l", Usage(tokens_in=90, cost=0.9, currency="USD"))
    answers = Cascade("both", [small, large], [Threshold(0.8)]).answer(["0.9", "0.2"])
    assert answers.usage is not None
    assert [u.cost for u in answers.usage] == [0.1, 1.0]
    assert [u.tokens_in for u in answers.usage] == [10, 100]


def test_a_class_can_have_a_threshold_of_its_own() -> None:
    cascade = Cascade(
        "both", [Scripted("a", "s"), Scripted("b", "l")], [Threshold(NEVER, {"s": ALWAYS})]
    )
    assert cascade.keeps(0, "s", 0.0)
    assert not cascade.keeps(0, "other", 1.0)
    assert not cascade.keeps(0, None, None)
    assert cascade.keeps(1, None, None)  # the last answer stands, whatever it is


def test_stages_are_ordered_by_what_they_cost_and_paths_keep_the_callers_order() -> None:
    right, wrong = np.zeros(60), np.ones(60)
    values, sure = ("x",) * 60, tuple(i / 60 for i in range(60))
    large = Stage(Scripted("large", "x"), values, sure, right, 100.0)
    small = Stage(Scripted("small", "x"), values, sure, wrong, 1.0)
    cascade, paths = CascadeRecipe().compose(
        [large, small], ["t"] * 60, Aim(right, 100.0), name="c", seed=0, options={}
    )
    assert [stage.name for stage in cascade.stages] == ["small", "large"]
    assert set(paths) == {(1, 0)}  # small is never right, so everything is handed on


def test_thresholds_hand_on_where_the_next_stage_is_right_and_this_one_is_not() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.3, 1.0, 2000)
    small_loss = (rng.uniform(size=2000) > sure).astype(float)
    large_loss = (rng.uniform(size=2000) > 0.95).astype(float)
    values = ("x",) * 2000
    stages = [
        Stage(Scripted("small", "x"), values, tuple(sure.tolist()), small_loss, 1.0),
        Stage(Scripted("large", "x"), values, (None,) * 2000, large_loss, 100.0),
    ]
    aim = Aim(large_loss, 100.0, margin=0.05, judge=2000)
    cascade, paths = CascadeRecipe().compose(stages, [""] * 2000, aim, name="c", seed=0, options={})
    handed_on = sum(len(path) == 2 for path in paths) / 2000
    losses = [(small_loss, large_loss)[path[-1]][i] for i, path in enumerate(paths)]
    assert np.mean(losses) < np.mean(large_loss) + 0.05
    assert 0.4 < handed_on < 0.9
    assert 0.5 < cascade.thresholds[0].classes["x"] < 0.97


def test_a_first_stage_without_confidence_is_refused_with_the_cure() -> None:
    stage = Stage(Scripted("blind", "x"), ("x",) * 5, (None,) * 5, np.zeros(5), 1.0)
    last = Stage(Scripted("last", "x"), ("x",) * 5, (None,) * 5, np.zeros(5), 2.0)
    with pytest.raises(CandidateError, match=r"tells no confidence.*use a router"):
        CascadeRecipe().compose(
            [stage, last], [""] * 5, Aim(np.zeros(5), 2.0), name="c", seed=0, options={}
        )


def test_one_name_or_the_same_twice_is_refused() -> None:
    examples = Examples(("a", "b"), ("x", "y"), ("x", "y"))
    for given in (["majority"], ["majority", "majority"], "majority", [1, 2]):
        with pytest.raises(CandidateError, match="'c' has"):
            CascadeRecipe().fit(examples, examples, name="c", seed=0, options={"stages": given})


@pytest.fixture
def fitted(trec: list[tuple[str, str]]) -> Candidate:
    """A real cascade over questions."""
    rows = [row for row in trec if row[1] in ("HUM", "LOC", "NUM")][:600]
    classes = ("HUM", "LOC", "NUM")

    def part(chosen: list[tuple[str, str]]) -> Examples:
        return Examples(tuple(t for t, _ in chosen), tuple(c for _, c in chosen), classes)

    options: dict[str, object] = {"stages": ["naive-bayes", "tfidf-logistic"]}
    return CascadeRecipe().fit(
        part(rows[:400]), part(rows[400:]), name="c", seed=0, options=options
    )


def test_a_saved_cascade_answers_the_same_and_knows_its_stages(
    fitted: Candidate, tmp_path: Path
) -> None:
    fitted.save(tmp_path)
    loaded = load_candidate(tmp_path, name="again")
    texts = ["Where is Paris ?", "Who wrote it ?", "How many are there ?", ""]
    assert loaded.answer(texts).values == fitted.answer(texts).values
    assert isinstance(loaded, Cascade)
    assert [stage.name for stage in loaded.stages] == ["naive-bayes", "tfidf-logistic"]


def test_a_stage_that_was_changed_on_disk_is_refused(fitted: Candidate, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    (tmp_path / "stage-1" / "document.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ArtefactError, match="stage-1"):
        load_candidate(tmp_path, name="again")


def test_every_stage_is_closed() -> None:
    small, large = Scripted("small", "s"), Scripted("large", "l")
    Cascade("both", [small, large], [Threshold(0.8)]).close()
    assert (small.closed, large.closed) == (1, 1)
