from __future__ import annotations

import json

import pytest

from modicum.discover.shape import Shape


def shape_of(answers: list[str]) -> Shape:
    shape = Shape()
    for answer in answers:
        shape.add(answer)
    return shape


@pytest.mark.parametrize("write", [json.dumps, ", ".join, "; ".join])
def test_labels_put_together_freely_are_sets(write: object) -> None:
    some = [["price"], ["price", "quality"], ["service"], ["quality", "service"], ["quality"]]
    shape = shape_of([write(labels) for labels in some * 20])  # type: ignore[operator]
    assert (shape.kind, set(shape.set_labels())) == ("sets", {"price", "quality", "service"})


def test_labels_that_hold_a_comma_are_labels() -> None:
    assert shape_of(["Boston, USA", "Oslo, Norway"] * 30).kind == "labels"


def test_a_key_that_stands_in_some_objects_belongs_to_the_schema() -> None:
    rows = [
        {"name": str(i), "city": str(i * 7)} | ({"phone": "1"} if i % 3 else {}) for i in range(90)
    ]
    shape = shape_of([json.dumps(row) for row in rows])
    assert (shape.kind, shape.keys) == ("json", ("city", "name", "phone"))
