"""Addresses, numbers and keys of people and machines masked, when in doubt rather than not.

Phone numbers are recognised by `phonenumbers` (a port of Google's libphonenumber) in international
form, and in the national form of the countries in `REGIONS`; cards by length and check digit (ISO
7812, Luhn 1960); IBANs by their check digits (ISO 13616, ISO 7064 MOD 97-10); IP addresses by
`ipaddress`; keys by the marks that their issuers put in front.  Names, postal addresses and
identifiers of other kinds are not found: read what is written before it leaves your hands.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from modicum.errors import MissingExtraError

EMAIL, PHONE, CARD = "[email]", "[phone]", "[card]"
IBAN, ADDRESS, KEY = "[iban]", "[ip]", "[key]"
"""What stands for each."""

REGIONS = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "CH", "AT", "PL", "SE", "DK", "NO", "IE", "PT",
    "BR", "MX", "IN", "JP", "CN", "KR", "AU", "ZA", "TR",
)  # fmt: skip
"""Countries whose national form is known."""

_EMAIL = re.compile(r"[\w.+%{}-]{1,64}(?:@|\s?\[at\]\s?|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+")
_DIGITS = re.compile(r"(?<![\w.,])\+?\(?\d(?:[\d]|[\s().\-/\u2010-\u2015\xa0](?=[\d(\s]))*\d(?!\w)")
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\Z")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,4})?\b")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_VERSION = re.compile(r"(?:version|release|\bv|build)\W{0,2}\Z", re.IGNORECASE)
_KEY = re.compile(
    r"(?<![\w-])(?:sk-[\w-]{16,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{20,}"
    r"|xox[abeoprs]-[\w-]{10,}|A[KS]IA[A-Z0-9]{16}|AIza[\w-]{30,}|[rs]k_(?:live|test)_\w{10,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)"
    r"|(?<=Bearer )[\w.~+/-]{16,}=*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
"""OpenAI and Anthropic, GitHub, GitLab, Hugging Face, Slack, AWS, Google, Stripe; JSON web tokens;
what a Bearer header carries; private keys in PEM (the issuers' own documents, 2026)."""

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
        self.masked = dict.fromkeys((EMAIL, PHONE, CARD, IBAN, ADDRESS, KEY), 0)

    def mask(self, text: str) -> str:
        """The text with everything found in its place.

        >>> Redactor().mask("me@x.org, +44 20 7946 0958, 4111 1111 1111 1111")
        '[email], [phone], [card]'
        """
        if "@" in text or "[at]" in text or "%40" in text:
            text = _EMAIL.sub(lambda _: self._count(EMAIL), text)
        if len(text) < _FEWEST:
            return text
        text = _KEY.sub(lambda _: self._count(KEY), text)
        text = _IBAN.sub(lambda match: self._if(match, is_iban(match[0]), IBAN), text)
        text = _IPV6.sub(lambda match: self._if(match, _is_address(match), ADDRESS), text)
        text = _IPV4.sub(lambda match: self._if(match, _is_address(match), ADDRESS), text)
        return _DIGITS.sub(lambda match: self._number(match[0]), text)

    def _if(self, match: re.Match[str], found: bool, mask: str) -> str:
        return self._count(mask) if found else match[0]

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


def is_iban(text: str) -> bool:
    """Whether the check digits of an IBAN are right.

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def _is_address(match: re.Match[str]) -> bool:
    """Whether it is an IP address, and no version of a program, clock time or lone colons."""
    if _VERSION.search(match.string[max(match.start() - 12, 0) : match.start()]):
        return False
    try:
        ipaddress.ip_address(match[0])
    except ValueError:
        return False
    return sum(c.isalnum() for c in match[0]) >= 4
