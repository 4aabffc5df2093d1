"""GPUs whose power limit can be set and whose joules can be read, through Zeus.

Written to the API of Zeus 0.11 to 0.16 (`zeus.device.get_gpus`) and tested with a simulated driver;
it has not met real hardware.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol

from modicum.errors import MissingExtraError, PlanError

_LEVELS = 5
"""Power limits tried, from the lowest that the board allows to the highest."""


class Actuator(Protocol):
    """What a live tuning needs of the hardware."""

    def limits_w(self) -> tuple[int, ...]:
        """Power limits worth trying, per GPU."""
        ...

    def set_limit(self, watts: int) -> None:
        """Set every GPU's limit; PlanError where that is not allowed."""
        ...

    def energy_j(self) -> float:
        """Joules of all GPUs since some moment."""
        ...

    def reset(self) -> None:
        """The limits that the boards have by default."""
        ...


class ZeusActuator:
    """Every GPU that Zeus sees, set alike."""

    def __init__(self, gpus: Any) -> None:
        if len(gpus) == 0:
            raise PlanError(
                "Zeus sees no GPU: live tuning needs one; --traces replays recorded runs"
            )
        self._gpus = gpus

    @classmethod
    def find(cls) -> ZeusActuator:
        """The GPUs of this machine; MissingExtraError without Zeus, PlanError without a GPU."""
        try:
            device: Any = importlib.import_module("zeus.device")
        except ImportError as error:
            raise MissingExtraError("live tuning", "zeus") from error
        try:
            return cls(device.get_gpus())
        except PlanError:
            raise
        except Exception as error:  # Zeus raises classes of its own for each vendor's driver
            raise PlanError(
                f"Zeus finds no GPU to set ({error}): live tuning needs one; --traces replays "
                "recorded runs"
            ) from error

    def limits_w(self) -> tuple[int, ...]:
        """Even steps of the range that all boards allow, in watts."""
        ranges = [self._gpus.get_power_management_limit_constraints(i) for i in self._each()]
        low, high = max(r[0] for r in ranges) / 1000, min(r[1] for r in ranges) / 1000
        return tuple(round(low + (high - low) * n / (_LEVELS - 1)) for n in range(_LEVELS))

    def set_limit(self, watts: int) -> None:
        """Set all to `watts`, and wait until it holds."""
        self._allowed(lambda i: self._gpus.set_power_management_limit(i, watts * 1000, block=True))

    def energy_j(self) -> float:
        """The boards' own counters (millijoules since the driver was loaded)."""
        counters = (self._gpus.get_total_energy_consumption(i) for i in self._each())
        return float(sum(counters)) / 1000

    def reset(self) -> None:
        """Back to the default limits."""
        self._allowed(lambda i: self._gpus.reset_power_management_limit(i, block=True))

    def _each(self) -> range:
        return range(len(self._gpus))

    def _allowed(self, act: Callable[[int], object]) -> None:
        try:
            for index in self._each():
                act(index)
        except Exception as error:  # as above: one class for each vendor
            raise PlanError(
                f"the power limit cannot be set ({error}): it needs SYS_ADMIN, or Zeus's daemon "
                "zeusd with ZEUSD_SOCK_PATH set"
            ) from error
