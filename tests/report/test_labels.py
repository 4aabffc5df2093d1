from __future__ import annotations

import random

from modicum.report.labels import Box, Layout


def test_sixty_names_in_one_corner_never_meet_each_other_or_a_point() -> None:
    generator = random.Random(3)
    layout = Layout(Box(0, 0, 880, 420), 13)
    points = [(generator.uniform(20, 300), generator.uniform(20, 120)) for _ in range(60)]
    marks = [Box.around(x, y, 9.5) for x, y in points]
    for mark in marks:
        layout.block(mark)
    labels = [layout.place(x, y, [f"candidate-{k}", str(k)]) for k, (x, y) in enumerate(points)]
    boxes = [label.box for label in labels if label is not None]
    assert len(boxes) == 60
    assert not [1 for i, a in enumerate(boxes) for b in boxes[:i] if a.meets(b)]
    assert not [1 for box in boxes for mark in marks if box.meets(mark)]
    assert all(layout.frame.holds(box) for box in boxes)


def test_a_label_stands_right_of_a_free_point() -> None:
    label = Layout(Box(0, 0, 200, 100), 10).place(50, 50, ["name"])
    assert label is not None
    assert label.box.left == 60
    assert not label.far


def test_a_label_with_no_room_is_left_out() -> None:
    layout = Layout(Box(0, 0, 100, 20), 10)
    layout.block(Box(0, 0, 100, 20))
    assert layout.place(50, 10, ["name", "1"]) is None
