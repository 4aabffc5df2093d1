import numpy as np

from modicum.candidates.words import MAX_CHARACTERS, Words, tokenise


def test_a_text_is_lower_cased_and_punctuation_stands_alone() -> None:
    assert tokenise("Can't PAY £5!") == ["can", "'", "t", "pay", "£", "5", "!"]


def test_only_the_first_million_characters_are_read() -> None:
    assert len(tokenise("a " * MAX_CHARACTERS)) == MAX_CHARACTERS // 2


def test_words_and_pairs_are_counted_in_a_batch() -> None:
    tokens = [["a", "b", "a", "b"], ["b", "c"], []]
    words = Words.fit(tokens, longest=2, min_count=1)
    assert words.vocabulary == ("a", "b", "c")
    # columns: unknown, a, b, c, then the pairs a-b, b-a, b-c
    assert words.counts(tokens).toarray().tolist() == [
        [0, 2, 2, 0, 2, 1, 0],
        [0, 0, 1, 1, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 0],
    ]


def test_a_pair_never_straddles_two_texts_or_an_unknown_word() -> None:
    words = Words.fit([["a", "b"]], longest=2, min_count=1)
    counts = words.counts([["a"], ["b"], ["a", "zzz", "b"]])
    assert counts.toarray()[:, 3].tolist() == [0, 0, 0]


def test_triples_are_found_through_their_pairs() -> None:
    words = Words.fit([["a", "b", "c", "d"]], longest=3, min_count=1)
    assert [len(codes) for codes in words.grams] == [3, 2]
    assert words.counts([["b", "c", "d"]]).toarray()[0, -2:].tolist() == [0, 1]


def test_rare_words_and_pairs_are_left_out() -> None:
    words = Words.fit([["a", "b"], ["a", "b"], ["a", "c"]], longest=2, min_count=2)
    assert words.vocabulary == ("a", "b")
    assert [len(codes) for codes in words.grams] == [1]


def test_one_text_is_counted_as_in_a_batch() -> None:
    tokens = [["x", "y", "x", "q"], ["y", "x"]]
    words = Words.fit(tokens, longest=3, min_count=1)
    for text in (*tokens, [], tokens[0] * 40):  # the last is counted by arrays
        columns, counts = words.counts_one(text)
        row = np.zeros(words.width)
        row[columns] = counts
        assert row.tolist() == words.counts([text]).toarray()[0].tolist()


def test_a_text_of_unknown_words_has_no_columns() -> None:
    columns, counts = Words(["a"]).counts_one(["q"])
    assert (columns.tolist(), counts.tolist()) == ([], [])
