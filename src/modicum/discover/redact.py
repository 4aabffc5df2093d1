"""E-mail addresses, phone numbers and card numbers masked, when in doubt rather than not.

Phone numbers are recognised by `phonenumbers` (a port of Google's libphonenumber) in international
form, and in the national form of the countries in `REGIONS`; cards by length and check digit (ISO
7812, Luhn 1960).  Names, addresses and identifiers of other kinds are not found: read what is
written before it leaves your hands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from modicum.errors import MissingExtraError

EMAIL, PHONE, CARD = "[email]", "[phone]", "[card]"
"""What stands for each."""

REGIONS = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "PL", "SE", "DK", "NO", "IE", "PT",
    "BR", "MX", "IN", "JP", "CN", "KR", "AU", "ZA", "TR",
)  # fmt: skip
"""Countries whose national form is known."""

_EMAIL = re.compile(r"[\w.+%{}-]{1,64}(?:@|\s?\[at\]\s?|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+")
_DIGITS = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\d]|[\s().\-/\u2010-\u2015\xa0](?=[\d(\s]))*\d(?!\w)")
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\Z")
_FEWEST = 7  # digits of a phone number


class Redactor:
    """Masks texts; raises MissingExtraError at once where `phonenumbers` is not installed."""

    def __init__(self, regions: Iterable[str] = REGIONS) -> None:
        try:
            import phonenumbers
        except ImportError as error:
            raise MissingExtraError("masked phone numbers", "discover") from error
        self._phones: Any = phonenumbers
        self._regions = tuple(regions)
        self.masked = {EMAIL: 0, PHONE: 0, CARD: 0}

    def mask(self, text: str) -> str:
        """The text with everything found in its place.

        >>> Redactor().mask("me@x.org, +44 20 7946 0958, 4111 1111 1111 1111")
        '[email], [phone], [card]'
        """
        if "@" in text or "[at]" in text or "%40" in text:
            text = _EMAIL.sub(lambda _: self._count(EMAIL), text)
        if len(text) < _FEWEST:
            return text
        return _DIGITS.sub(lambda match: self._number(match[0]), text)

    def _number(self, text: str) -> str:
        digits = re.sub(r"\D", "", text)
        if 13 <= len(digits) <= 19 and luhn(digits):
            return self._count(CARD)
        if len(digits) < _FEWEST or _DATE.match(text):
            return text
        return self._count(PHONE) if self._is_phone(text, digits) else self._inside(text)

    def _inside(self, text: str) -> str:
        """A card among other digits, such as one followed by its date."""
        for length in range(19, 12, -1):
            for found in re.finditer(rf"(?<!\d)\d(?:[ -]?\d){{{length - 1}}}(?!\d)", text):
                if luhn(re.sub(r"\D", "", found[0])):
                    return text.replace(found[0], self._count(CARD))
        return text

    def _is_phone(self, text: str, digits: str) -> bool:
        if len(digits) > 15:
            return False
        if text.startswith("00"):
            text = f"+{text[2:]}"
        regions = (None,) if text.startswith("+") else self._regions
        return any(self._valid(text, region) for region in regions)

    def _valid(self, text: str, region: str | None) -> bool:
        try:
            number = self._phones.parse(text, region)
        except self._phones.NumberParseException:
            return False
        if text.startswith("+"):
            return bool(self._phones.is_possible_number(number))
        return bool(self._phones.is_valid_number(number))

    def _count(self, mask: str) -> str:
        self.masked[mask] += 1
        return mask


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + i % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
