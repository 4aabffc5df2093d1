import pytest

from modicum.candidates.options import read_options
from modicum.errors import CandidateError


def test_defaults_hold_where_nothing_is_given() -> None:
    assert read_options("r", {}, {"words": 1}) == {"words": 1}


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(CandidateError, match="no option 'wrods': did you mean 'words'"):
        read_options("r", {"wrods": 2}, {"words": 1, "c": 0.0})


def test_a_recipe_without_options_says_so() -> None:
    with pytest.raises(CandidateError, match="takes no options"):
        read_options("majority", {"c": 1}, {})


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(CandidateError, match="give a int"):
        read_options("r", {"words": "two"}, {"words": 1})
    with pytest.raises(CandidateError, match="give a int"):
        read_options("r", {"words": True}, {"words": 1})
