from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modicum.errors import DataError
from modicum.tasks import Dataset, Split, split
from modicum.tasks.spec import SplitSection


def dataset(inputs: Sequence[str], labels: Sequence[str], **columns: Sequence[Any]) -> Dataset:
    judge = columns.pop("is_judge", None)
    return Dataset(
        tuple(inputs),
        tuple(labels),
        tuple(sorted(set(labels))),
        {name: tuple(cells) for name, cells in columns.items()},
        tuple(judge) if judge is not None else None,
        (),
    )


def texts(count: int) -> list[str]:
    """Distinct texts that share no words."""
    letters = "abcdefghij"
    names = ["".join(letters[int(d)] for d in f"{i:04d}") for i in range(count)]
    return [f"x{name} y{name} z{name}" for name in names]


def place_of(found: Split) -> dict[int, int]:
    return {row: k for k, rows in enumerate((found.fit, found.tune, found.judge)) for row in rows}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(texts(40)), min_size=30, max_size=120), st.integers(0, 3))
def test_every_row_is_in_one_split_and_equal_texts_are_together(
    inputs: list[str], seed: int
) -> None:
    labels = ["x" if i % 2 else "y" for i in range(len(inputs))]
    try:
        found = split(dataset(inputs, labels), SplitSection(seed=seed))
    except DataError:
        return  # so few distinct texts that a split is empty: refused, never silently filled
    place = place_of(found)
    assert sorted(place) == list(range(len(inputs)))
    by_text: dict[str, set[int]] = {}
    for row, text in enumerate(inputs):
        by_text.setdefault(text, set()).add(place[row])
    assert all(len(places) == 1 for places in by_text.values())


def test_fractions_are_about_met_and_the_same_every_time() -> None:
    data = dataset(texts(1000), ["x", "y"] * 500)
    found = split(data, SplitSection())
    sizes = [len(found.fit), len(found.tune), len(found.judge)]
    assert found == split(data, SplitSection())
    assert all(abs(s - w) < 60 for s, w in zip(sizes, (500, 200, 300), strict=True))


def test_new_rows_leave_old_ones_where_they_were() -> None:
    old = place_of(split(dataset(texts(500), ["x", "y"] * 250), SplitSection()))
    new = place_of(split(dataset(texts(1000), ["x", "y"] * 500), SplitSection()))
    assert all(new[row] == where for row, where in old.items())


def test_another_seed_is_another_split() -> None:
    data = dataset(texts(200), ["x", "y"] * 100)
    assert split(data, SplitSection(seed=1)).judge != split(data, SplitSection(seed=2)).judge


def test_a_group_is_never_in_two_splits() -> None:
    groups = [f"g{i % 23}" for i in range(400)]
    found = split(dataset(texts(400), ["x", "y"] * 200, g=groups), SplitSection(group="g"))
    place = place_of(found)
    homes = {g: {place[i] for i in range(400) if groups[i] == g} for g in set(groups)}
    assert all(len(where) == 1 for where in homes.values())


def test_by_time_the_newest_rows_are_the_judge() -> None:
    days = [f"2026-01-{1 + i % 28:02d}" for i in range(280)]
    found = split(dataset(texts(280), ["x", "y"] * 140, at=days), SplitSection(time="at"))
    newest_fit = max(days[i] for i in found.fit)
    assert newest_fit <= min(days[i] for i in found.judge)
    assert abs(len(found.judge) - 84) <= 10


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(DataError, match="'yesterday': an ISO 8601 date or a number was wanted"):
        split(dataset(texts(3), ["x", "y", "x"], at=["yesterday"] * 3), SplitSection(time="at"))


def test_rows_that_repeat_a_judge_row_are_left_out() -> None:
    inputs = [*texts(50), texts(50)[0]]
    data = dataset(inputs, ["x", "y"] * 25 + ["x"], is_judge=[False] * 50 + [True])
    found = split(data, SplitSection(judge="test.csv"))
    assert found.judge == (50,)
    assert 0 not in (*found.fit, *found.tune)
    assert found.notes[0].startswith("1 rows repeat or nearly repeat a judge row")


def test_a_small_class_can_always_be_learned() -> None:
    for seed in range(20):
        labels = ["x"] * 195 + ["rare"] * 3 + ["y"] * 2
        found = split(dataset(texts(200), labels), SplitSection(seed=seed))
        fitted = [labels[i] for i in found.fit]
        assert fitted.count("rare") >= 2
        assert fitted.count("y") >= 2


def test_an_empty_split_is_refused() -> None:
    with pytest.raises(DataError, match="split is empty"):
        split(dataset(["same text"] * 9, ["x", "y", "z"] * 3), SplitSection())
