from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modicum.errors import TaskError
from modicum.tasks.load import parse_spec
from modicum.tasks.metrics import losses
from modicum.tasks.spec import TaskSection
from modicum.tasks.structured_metrics import field_losses, jaccard_loss, subset_loss
from modicum.tasks.text_metrics import (
    common_subsequence,
    exact_loss,
    f1_loss,
    last_number,
    numbers,
    numeric_loss,
    regex_loss,
    rouge_l_loss,
    stated,
)


def slow_subsequence(one: str, other: str) -> int:
    """The textbook table, as a second implementation."""
    row = [0] * (len(other) + 1)
    for a in one:
        last = row[:]
        for j, b in enumerate(other):
            row[j + 1] = last[j] + 1 if a == b else max(last[j + 1], row[j])
    return row[-1]


@given(st.text("abc", max_size=30), st.text("abc", max_size=30))
def test_the_common_subsequence_is_that_of_the_textbook(one: str, other: str) -> None:
    assert common_subsequence(one, other) == slow_subsequence(one, other)


def test_rouge_l_is_what_lin_computes_in_2004() -> None:
    # Lin 2004, section 3.1: reference "police killed the gunman", two candidates; .75 and .5.
    assert rouge_l_loss("police kill the gunman", "police killed the gunman") == pytest.approx(0.25)
    assert rouge_l_loss("the gunman kill police", "police killed the gunman") == pytest.approx(0.5)


@pytest.mark.parametrize("loss", [exact_loss, f1_loss, rouge_l_loss])
@given(answer=st.text(max_size=40), reference=st.text(max_size=40))
def test_a_written_loss_lies_between_0_and_1_and_is_0_for_the_reference(
    loss: Callable[[str, str], float], answer: str, reference: str
) -> None:
    assert 0.0 <= loss(answer, reference) <= 1.0
    assert loss(reference, reference) == 0.0


def test_case_articles_and_punctuation_do_not_count() -> None:
    assert exact_loss("The Eiffel Tower.", "eiffel tower") == 0
    assert exact_loss("Eiffel", "eiffel tower") == 1


def test_the_f1_of_words_counts_each_as_often_as_it_occurs() -> None:
    assert f1_loss("b b c", "b c c") == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It is $1,234.50 in all", 1234.5),
        ("about 3/4", 0.75),
        ("-2 degrees", -2.0),
        ("none", None),
        ("12/0", 12.0),
        ("7.", 7.0),
        ("9" * 400, None),
    ],
)
def test_the_last_number_is_read(text: str, wanted: float | None) -> None:
    assert last_number(text) == wanted


def test_numbers_of_any_text_are_finite() -> None:
    chance = random.Random(0)
    for _ in range(300):
        text = "".join(chance.choice("0123456789.,/-+$% ab") for _ in range(60))
        assert all(abs(n) < float("inf") for n in numbers(text))


def test_a_number_may_be_off_by_the_tolerance_and_no_more() -> None:
    assert numeric_loss("101", "100", 0.01) == 0
    assert numeric_loss("103", "100", 0.01) == 1
    assert numeric_loss("no idea", "100", 0.01) == 1


def test_a_pattern_is_searched_and_the_stated_part_is_the_last_match() -> None:
    assert regex_loss("It was in Paris!", r"\bparis\b") == 0
    assert stated("First #### 3, then #### 4", r"####\s*(\d+)") == "4"
    assert stated("just 4", r"####\s*(\d+)") == "just 4"


def test_sets_of_labels_are_compared_as_sets() -> None:
    assert jaccard_loss('["b", "a"]', '["a", "b"]') == 0
    assert jaccard_loss("[]", "[]") == 0
    assert jaccard_loss("not a list", '["a"]') == 1
    assert subset_loss('["a"]', '["a", "b"]') == 1


def test_a_field_is_right_whatever_its_case_and_outer_marks() -> None:
    names = ["city", "zip"]
    wanted = '{"city": "Reno", "zip": "89501"}'
    assert field_losses('{"city": "RENO,", "zip": 89501}', wanted, names) == [0.0, 0.0]
    assert field_losses("no JSON", wanted, names) == [1.0, 1.0]
    assert field_losses(None, wanted, names) == [1.0, 1.0]


def section(**keys: object) -> TaskSection:
    told = {"name": "t", "data": "d.csv", "input": "q", "reference": "a"}
    return TaskSection.model_validate({**told, **keys})


def test_the_nearest_of_several_right_answers_counts() -> None:
    found = losses(section(kind="generate"), ["Paris"], ["the city"], alternatives=[("City",)])
    assert found.tolist() == [0.0]


def test_the_share_of_wrong_fields_is_the_loss_and_any_wrong_one_with_all_fields() -> None:
    keys = {"kind": "extract", "fields": ["x", "y"]}
    answer, right = '{"x": "1", "y": "2"}', '{"x": "1", "y": "3"}'
    assert losses(section(**keys), [right], [answer]).tolist() == [0.5]
    assert losses(section(**keys, metric="all_fields"), [right], [answer]).tolist() == [1.0]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "extract"}, "needs fields"),
        ({"kind": "generate", "metric": "accuracy"}, "does not score a generate task"),
        ({"kind": "generate", "metric": "judge"}, "go together"),
        ({"kind": "generate", "answer_pattern": "(a)(b)"}, "2 groups"),
        ({"fields": ["a"]}, 'belong to kind = "extract"'),
        ({"multi_label": True, "out_of_scope": "x"}, "no label at all"),
        ({"kind": "generate", "context": ["q"]}, "named twice"),
    ],
)
def test_a_task_that_contradicts_itself_is_refused_in_one_sentence(
    keys: dict[str, object], said: str
) -> None:
    plain = {"task": {"name": "t", "data": "d.csv", "input": "q", "reference": "a", **keys}}
    with pytest.raises(TaskError, match=said):
        parse_spec(plain)


def test_an_old_task_file_still_means_classification_by_accuracy() -> None:
    spec = parse_spec({"task": {"name": "t", "data": "d.csv", "input": "q", "reference": "a"}})
    found = (spec.task.kind, spec.task.metric, spec.task.form)
    assert found == ("classify", "accuracy", "classify")
