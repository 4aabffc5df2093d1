from __future__ import annotations

import json

import pytest

from modicum.discover import parse


@pytest.mark.parametrize(
    "text", [b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xef\xbb\xbf{}", b'{"a": 1e400}']
)
def test_what_the_fast_parser_refuses_is_read_as_the_standard_library_reads_it(
    text: bytes | str,
) -> None:
    assert repr(parse.parsed(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", [b"{", b"\xff\xfe\x00", b"junk", b""])
def test_what_is_no_json_is_refused_by_both(text: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse.parsed(text)
