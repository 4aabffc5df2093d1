from __future__ import annotations

import pytest

from modicum.errors import MissingExtraError

pytest.importorskip("phonenumbers", reason="needs modicum[discover]")

from modicum.discover.redact import Redactor

MASKED = {
    "write to a.b+c@mail.example.org.": "write to [email].",
    "mailto:jo%40example.com": "mailto:[email]",
    "call +49 30 901820 now": "call [phone] now",
    "call (212) 555-2368 now": "call [phone] now",
    "ring 020 7946 0958": "ring [phone]",
    "0049 30 901820": "[phone]",
    "card 4111-1111-1111-1111": "card [card]",
    "card 378282246310005.": "card [card].",
    "5555555555554444 12/27": "[card] 12/27",
    "IBAN DE89 3704 0044 0532 0130 00.": "IBAN [iban].",
    "from 192.168.12.34 or 2001:db8::8a2e:370:7334": "from [ip] or [ip]",
    "key sk-proj-abcDEF1234567890abcDEF1234567890": "key [key]",
    "Authorization: Bearer abcdefghij0123456789": "Authorization: Bearer [key]",
}
KEPT = [
    "on 2026-11-24 at 10:30", "24.12.2026", "it costs 1,234,567.89 EUR", "order 12345",
    "4111 1111 1111 1112 is no card", "3.14159265358979", "a@b", "version 1.2.3.4",
    "DE88 3704 0044 0532 0130 00", "10:20:30", "std::vector", "sk-short", "300.1.2.3",
]  # fmt: skip


@pytest.mark.parametrize("text", MASKED)
def test_personal_numbers_and_addresses_are_masked(text: str) -> None:
    assert Redactor().mask(text) == MASKED[text]


@pytest.mark.parametrize("text", KEPT)
def test_dates_prices_and_versions_are_not(text: str) -> None:
    if "card" in text:
        assert "[card]" not in Redactor().mask(text)
    else:
        assert Redactor().mask(text) == text


def test_masks_are_counted() -> None:
    redactor = Redactor()
    redactor.mask("a@b.org c@d.org +49 30 901820")
    assert redactor.masked == {
        "[email]": 2, "[phone]": 1, "[card]": 0, "[iban]": 0, "[ip]": 0, "[key]": 0,
    }  # fmt: skip


def test_without_the_library_nothing_is_said_to_be_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "phonenumbers", None)
    with pytest.raises(MissingExtraError, match="discover"):
        Redactor()
