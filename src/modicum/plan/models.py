"""Open models by name: parameters in all, and those that one token uses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from modicum.plan.size import ModelSize
from modicum.plan.tables import Row, keyed, look_up


def find_model(name: str) -> ModelSize:
    """The size of an open model; PlanError names the nearest.

    >>> find_model("Mixtral 8x7B").active
    12900000000.0
    """
    return look_up("model", name, models())


@cache
def models() -> Mapping[str, ModelSize]:
    """Every model under every spelling."""
    return keyed("models", "model", _size)


def _size(row: Row) -> ModelSize:
    return ModelSize(float(row["params"]), float(row["active_params"]))
