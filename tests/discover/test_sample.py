from __future__ import annotations

import random

from modicum.discover.job import Job
from modicum.discover.request import Request
from modicum.discover.sample import Row, Sample


def row(text: str) -> Row:
    return Row((text,), "yes", None, None, None, None)


def test_the_same_rows_are_kept_in_one_piece_in_parts_and_in_any_order() -> None:
    places = list(range(2_000))
    whole = Sample(50)
    for place in places:
        whole.offer(place, row(str(place)))
    parts = [Sample(50) for _ in range(4)]
    random.Random(3).shuffle(places)
    for place in places:
        parts[place % 4].offer(place, row(str(place)))
    merged = Sample(50)
    for part in parts:
        merged.merge(part)
    assert len(whole.rows()) == 50
    assert merged.rows() == whole.rows()
    assert merged.limit == whole.limit


def test_rows_are_drawn_evenly_over_the_log() -> None:
    sample = Sample(1_000)
    for place in range(20_000):
        sample.offer(place, row(str(place)))
    kept = [int(r.inputs[0]) for r in sample.rows()]
    assert kept == sorted(kept)
    assert all(180 < sum(at // 4_000 == fifth for at in kept) < 220 for fifth in range(5))


def test_a_sample_holds_no_more_than_its_characters_and_no_giant() -> None:
    sample = Sample()
    for place in range(400):
        sample.offer(place, row("x" * 90_000))
    sample.offer(1_000, row("y" * 200_000))
    assert sum(r.characters() for r in sample.rows()) <= 20_000_000
    assert len(sample.rows()) == 222
    assert not any("y" in r.inputs[0] for r in sample.rows())


def test_a_job_counted_in_parts_is_the_job_counted_whole() -> None:
    r = random.Random(5)
    requests = [
        Request(
            (("user", text := f"text {r.randrange(40)}"),),
            r.choice(["yes", "no", '{"a": "b"}', "12", text]),
            r.choice(["big", "small", None]),
            tokens_in=r.choice([5, None]),
            tokens_out=2,
            cost=r.choice([None, 0.5]),
            failed=r.random() < 0.1,
            place=place,
        )
        for place in range(300)
    ]
    whole, parts = Job(Sample(40)), [Job(Sample(40)) for _ in range(3)]
    for n, request in enumerate(requests):
        inputs = [request.messages[0][1]]
        whole.add(request, inputs)
        parts[n // 100].add(request, inputs)
    merged = Job(Sample(40))
    for part in parts:
        merged.merge(part)
    assert merged.tallies == whole.tallies
    assert merged.shape == whole.shape
    assert merged.rows == whole.rows
    assert merged.repeated == whole.repeated > 0.8
    assert (merged.requests, merged.failed) == (300, whole.failed)
