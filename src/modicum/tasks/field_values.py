"""Values of an extraction's fields by their type: when two are the same, and how one is written.

A type is that of the JSON schema: text, number (integer too), boolean, date, list (of texts), or a
list of the only values there are.  A name with dots is a field of an object within the object.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

FieldType = Literal["text", "number", "boolean", "date", "list"]
Types = Mapping[str, FieldType | list[str]]

_EDGES = " \t\r\n.,;:!?\"'`()[]"
_NUMBER = re.compile(r"[-+−]?\s*[$€£]?\s*(\d[\d,]*(?:\.\d+)?|\.\d+)")
_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>\d{4})"
_DATES = tuple(
    re.compile(rf"(?<!\w){pattern}(?!\w)", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
    )
)


def plain(value: str | None) -> str:
    """The form in which two texts of a field are the same; "" for none."""
    folded = unicodedata.normalize("NFKC", value or "").casefold()
    return " ".join(folded.split()).strip(_EDGES)


def same_form(value: str | None, kind: FieldType | list[str]) -> str:
    """The form in which two values of a type are the same; "" for none.

    >>> same_form("$1,250.00", "number") == same_form("1250", "number")
    True
    >>> same_form("April 3rd, 2026", "date"), same_form("Yes", "boolean")
    ('2026-04-03', 'true')
    """
    if kind == "list":
        return "\0".join(sorted(filter(None, map(plain, items_of(value)))))
    written = json_value(value, kind)
    return plain(written if isinstance(written, str) else json.dumps(written)) if value else ""


def json_value(value: str | None, kind: FieldType | list[str]) -> Any:
    """A value as JSON has it; the text itself where it is not of the type.

    >>> json_value("1,250.50", "number"), json_value("no", "boolean"), json_value("soon", "date")
    (1250.5, False, 'soon')
    """
    if value is None:
        return None
    if kind == "number":
        found = number_of(value)
        return value if found is None else found
    if kind == "boolean":
        low = plain(value)
        return low in _TRUE if low in (*_TRUE, *_FALSE) else value
    if kind == "date":
        return date_of(value) or value
    return items_of(value) if kind == "list" else value


def items_of(value: str | None) -> list[str]:
    """The items of a list: a JSON list, or a text that is the only one."""
    try:
        found = json.loads(value) if value else []
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list):
        texts = (json.dumps(i) if isinstance(i, dict | list) else str(i) for i in found)
        return [t.strip() for t in texts if t.strip()]
    return [value.strip()] if value and value.strip() else []


def number_of(text: str) -> int | float | None:
    """The number of a text that holds one; commas part thousands."""
    found = _NUMBER.findall(text)
    if len(found) != 1 or len(found[0]) > 30:
        return None
    value = float(found[0].replace(",", "")) * (-1 if text.strip()[:1] in "-−" else 1)
    return int(value) if value.is_integer() else value


def date_of(text: str) -> str | None:
    """The first date as YYYY-MM-DD: ISO, with an English month, or as 4/30/2026 or 30.4.2026."""
    places = date_places(text)
    return places[0][1] if places else None


def date_places(text: str) -> list[tuple[tuple[int, int], str]]:
    """Where dates stand in a text, and each as YYYY-MM-DD."""
    found: dict[tuple[int, int], str] = {}
    for pattern in _DATES:
        for match in pattern.finditer(text):
            read = _date(match["year"], match["month"], match["day"])
            if read and not any(a < match.end() and match.start() < b for a, b in found):
                found[match.span()] = read
    return sorted(found.items())


def _date(year: str, month: str, day: str) -> str | None:
    number = int(month) if month.isdigit() else 1 + _MONTHS.index(month[:3].casefold())
    if number > 12 and int(day) <= 12:  # 30/4/2026, as most of the world writes it
        number, day = int(day), str(number)
    valid = 1 <= number <= 12 and 1 <= int(day) <= 31
    return f"{year}-{number:02d}-{int(day):02d}" if valid else None


def put(into: dict[str, Any], name: str, value: Any) -> None:
    """Put a value under a name with dots, into objects within the object."""
    *outer, last = name.split(".")
    for part in outer:
        inner = into.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        into = inner
    into[last] = value


def taken(found: Mapping[str, Any], name: str) -> object:
    """The value under a name, or under its parts where they are objects within the object."""
    if name in found:
        return found[name]
    at: object = found
    for part in name.split("."):
        if not isinstance(at, dict):
            return None
        at = at.get(part)
    return at


def schema_types(schema: Mapping[str, Any], outer: str = "") -> dict[str, FieldType | list[str]]:
    """The fields of an object's JSON schema and their types; objects within it by dotted names.

    >>> schema_types({"properties": {"who": {"properties": {"age": {"type": "integer"}}}}})
    {'who.age': 'number'}
    """
    found: dict[str, FieldType | list[str]] = {}
    for name, inner in schema["properties"].items():
        told = inner if isinstance(inner, dict) else {}
        told = next((o for o in told.get("anyOf", ()) if o.get("type") != "null"), told)
        if told.get("properties"):
            found |= schema_types(told, f"{outer}{name}.")
        else:
            found[f"{outer}{name}"] = _type(told)
    return found


def _type(told: Mapping[str, Any]) -> FieldType | list[str]:
    known: dict[str, FieldType] = {"integer": "number", "number": "number", "boolean": "boolean"}
    named = told.get("type")
    kind = next((k for k in named if k != "null"), None) if isinstance(named, list) else named
    enum = told.get("enum")
    if isinstance(enum, list) and enum and all(isinstance(e, str | None) for e in enum):
        return [e for e in enum if e is not None]
    if kind == "array":
        return "list"
    if kind == "string" and str(told.get("format", "")).startswith("date"):
        return "date"
    return known.get(str(kind), "text")
