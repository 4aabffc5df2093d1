import random

from hypothesis import given
from hypothesis import strategies as st

from modicum.tasks.text import clusters, content_hash, normalise


def test_equal_texts_differ_in_case_width_and_space_only() -> None:
    assert normalise("Ｗhere  IS\nit") == normalise("where is it")


@given(st.text())
def test_normalising_twice_changes_nothing_more_than_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(), st.integers(min_value=0, max_value=5))
def test_a_content_hash_is_a_share_and_belongs_to_the_text(text: str, seed: int) -> None:
    assert 0 <= content_hash(text, seed) < 1
    assert content_hash(text, seed) == content_hash(f" {text} ", seed)


def test_siblings_of_one_template_are_one_cluster() -> None:
    stem = "please tell me the current status of my order number"
    found = clusters([f"{stem} 1234", "something else altogether here", f"{stem} 77"])
    assert found == [0, 1, 0]


def test_short_texts_are_not_lumped_together() -> None:
    assert clusters(["yes", "no", "yes please", "no thanks"]) == [0, 1, 2, 3]


def test_clusters_depend_on_texts_not_on_their_order() -> None:
    stem = "what is the capital city of the country that is called"
    texts = [f"{stem} {name}" for name in ("peru", "chad", "fiji")] + ["how far is the moon"]
    shuffled = random.Random(3).sample(texts, len(texts))
    together = {frozenset(t for t, c in zip(texts, clusters(texts), strict=True) if c == k)
                for k in range(4)}  # fmt: skip
    again = {frozenset(t for t, c in zip(shuffled, clusters(shuffled), strict=True) if c == k)
             for k in range(4)}  # fmt: skip
    assert together == again


def test_no_text_and_one_text_are_fine() -> None:
    assert (clusters([]), clusters(["a"])) == ([], [0])
