"""Weights that a saved candidate leaves in their package, held to their fingerprints."""

from __future__ import annotations

from modicum.candidates.artefact import digest
from modicum.candidates.assets import Asset, find_asset
from modicum.errors import ArtefactError


def pin(*assets: Asset) -> dict[str, str]:
    """SHA-256 of each asset's file, by package and path."""
    return {_key(asset): digest(find_asset(asset)) for asset in assets}


def check_pins(pins: object, *assets: Asset) -> None:
    """Raise ArtefactError unless the installed files are those that were pinned."""
    if not isinstance(pins, dict):
        raise ArtefactError("the candidate pins no weights: fit it again")
    for asset in assets:
        if pins.get(_key(asset)) != digest(find_asset(asset)):
            raise ArtefactError(
                f"{asset.what} differ from those the candidate was fitted on: {asset.command}"
            )


def _key(asset: Asset) -> str:
    return f"{asset.package}/{asset.path}"
