"""Regions by ISO 3166-1 alpha-3 or alpha-2 code, or by English name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from modicum.carbon.tables import table
from modicum.errors import CarbonError

_ALIASES = {"UK": "GBR", "EU": "EU27", "AMERICA": "USA", "HOLLAND": "NLD", "WORLDWIDE": "WORLD"}

_MEMBERS = (
    "AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN "
    "IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"
)
EU_MEMBERS = frozenset(_MEMBERS.split())


@dataclass(frozen=True, slots=True)
class Region:
    """A country, EU27, or WORLD."""

    code: str
    name: str


def find_region(text: str) -> Region:
    """The region that a code or name means.

    Raises CarbonError naming the nearest known region.

    >>> find_region("se")
    Region(code='SWE', name='Sweden')
    >>> find_region("United States").code
    'USA'
    """
    code = _spellings().get(text.strip().upper())
    if code is None:
        raise CarbonError(
            f"region {text!r} is not known: give an ISO 3166 code or a country name{_nearest(text)}"
        )
    return Region(code, table("grid")[code]["name"])


@cache
def _spellings() -> Mapping[str, str]:
    found = dict(_ALIASES)
    for code, row in table("grid").items():
        found.update({code: code, row["name"].upper(): code})
        if row["alpha2"]:
            found[row["alpha2"]] = code
    return found


def _nearest(text: str) -> str:
    import difflib  # only for a mistake: it costs more than the rest of this module

    near = difflib.get_close_matches(text.strip().upper(), _spellings(), n=1, cutoff=0.5)
    if not near:
        return ", for example DEU"
    code = _spellings()[near[0]]
    return f", for example {code} ({table('grid')[code]['name']})"
