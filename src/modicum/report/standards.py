"""Rows of reporting standards as a part of a page: each says its version and what that is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modicum.report.reading import Number, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modicum.report.beside import StandardRow
    from modicum.report.language import Language


def standards_part(rows: Sequence[StandardRow], text: str, say: Language) -> Part:
    """The rows; where each version's wording comes from stands below the text."""
    numbers = tuple(
        Number(f"{row.standard} {row.datapoint}: {row.label}", row.figure, "") for row in rows
    )
    sources = dict.fromkeys((row.standard, row.source) for row in rows if row.source)
    versions = tuple(
        say("sustainability.version", standard=name, source=source) for name, source in sources
    )
    title = say("sustainability.standards")
    return Part("sust-standards", title, (text, *versions), numbers)
