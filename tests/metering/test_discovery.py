"""Sources that other packages install are found by their entry points."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from modicum.errors import PluginError
from modicum.metering import discovery
from modicum.metering.replay import Replay


def one() -> Replay:
    return Replay({}, lambda: 0.0, name="a PDU")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def installed(*points: Any) -> None:
        class Point(EntryPoint):
            def load(self) -> Any:
                return points[int(self.name)]

        made = [Point(str(i), f"package:{i}", discovery.PLUGINS) for i in range(len(points))]
        monkeypatch.setattr("importlib.metadata.entry_points", lambda group: made)

    return installed


def test_an_installed_source_is_found_when_it_is_asked_for(install: Callable[..., None]) -> None:
    install(one)
    assert "a PDU" in {s.name for s in discovery.find_sources(plugins=True)}
    assert "a PDU" not in {s.name for s in discovery.find_sources()}


def test_two_sources_of_one_name_are_an_error(install: Callable[..., None]) -> None:
    install(one, one)
    with pytest.raises(PluginError, match="twice"):
        discovery.find_sources(plugins=True)


def test_what_is_no_source_is_refused(install: Callable[..., None]) -> None:
    install(dict)
    with pytest.raises(PluginError, match="no meter source"):
        discovery.find_sources(plugins=True)
