import numpy as np

from modicum.candidates.chars import Chars, pieces


def test_a_word_is_cut_between_its_ends() -> None:
    assert pieces("ab", 2, 3) == [" a", "ab", "b ", " ab", "ab "]


def test_a_megabyte_without_a_blank_is_one_short_word() -> None:
    assert len(pieces("x" * 1_000_000, 2, 2)) == 41


def test_pieces_are_counted_over_all_words_of_a_text() -> None:
    chars = Chars(["ab", "b "], 2, 2)
    assert chars.counts([["ab", "cab"], []]).toarray().tolist() == [[0, 2, 2], [0, 0, 0]]


def test_the_commonest_pieces_are_kept() -> None:
    tokens = [["ab"], ["ab"], ["cd"]]
    chars = Chars.fit(tokens, shortest=2, longest=2, min_count=2, most=2)
    assert chars.grams == (" a", "ab")


def test_one_text_is_counted_as_in_a_batch() -> None:
    tokens = [["card", "cards", "card"]]
    chars = Chars.fit(tokens, shortest=2, longest=4, min_count=1, most=100)
    columns, counts = chars.counts_one(tokens[0])
    row = np.zeros(chars.width)
    row[columns] = counts
    assert row.tolist() == chars.counts(tokens).toarray()[0].tolist()
