"""Every reader, and which one understands a file."""

from __future__ import annotations

from collections.abc import Set
from importlib.metadata import entry_points

from modicum.errors import DataError, PluginError
from modicum.inventory.readers.anthropic import AnthropicCosts, AnthropicUsage
from modicum.inventory.readers.azure import AzureCosts
from modicum.inventory.readers.bedrock import BedrockUsage
from modicum.inventory.readers.focus import FocusBill
from modicum.inventory.readers.openai import OpenAICosts, OpenAIUsage
from modicum.inventory.readers.own import InstanceHours, OwnMeter
from modicum.inventory.readers.protocol import Reader
from modicum.inventory.readers.vertex import VertexCosts

GROUP = "modicum.exports"
_BUILT_IN: tuple[type[Reader], ...] = (
    OpenAIUsage,
    OpenAICosts,
    AnthropicUsage,
    AnthropicCosts,
    FocusBill,
    BedrockUsage,
    VertexCosts,
    AzureCosts,
    InstanceHours,
    OwnMeter,
)


def find_readers() -> dict[str, Reader]:
    """Readers by the name of their export; raises PluginError where two claim one name."""
    found: dict[str, Reader] = {kind.export: kind() for kind in _BUILT_IN}
    for point in entry_points(group=GROUP):
        if point.name in found:
            raise PluginError(f"export {point.name!r} is registered twice: uninstall one of them")
        found[point.name] = point.load()()
    return found


def find_reader(columns: Set[str], where: str) -> Reader:
    """The reader that understands a file with these columns; raises DataError."""
    readers = find_readers()
    for reader in readers.values():
        if reader.matches(columns):
            return reader
    raise DataError(
        f"{where} is none of the exports known here ({', '.join(readers)}): its columns are "
        f"{', '.join(sorted(columns)[:8])}"
    )
