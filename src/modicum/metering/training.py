"""Energy of training with Hugging Face's Trainer or with Lightning, as a callback.

    Trainer(..., callbacks=[trainer_callback()])
    lightning.Trainer(callbacks=[lightning_callback()])

Each meters the process it runs in, and its children; in distributed training, each process has its
own.  Neither library is loaded before one of these is called (`modicum[training]`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from modicum.errors import MeterError
from modicum.metering.meter import Meter
from modicum.metering.reading import Reading
from modicum.metering.window import Window


class Epochs:
    """The whole training as a window, each epoch as one inside it; survives a stop by an error.

    reading: of the whole, once it ended; epochs: of those that ended.
    """

    def __init__(self, meter: Meter | None = None) -> None:
        self._own = meter is None
        self._meter = meter
        self._whole: Window | None = None
        self._epoch: Window | None = None
        self.reading: Reading | None = None
        self.epochs: list[Reading] = []

    def begin(self) -> None:
        """Training begins (again)."""
        self.end()
        if self._meter is None:
            self._meter = Meter()
        self.reading, self.epochs = None, []
        self._whole = self._meter.window("training").__enter__()

    def begin_epoch(self) -> None:
        """An epoch begins."""
        if self._meter is not None:
            self._epoch = self._meter.window(f"epoch {len(self.epochs)}").__enter__()

    def end_epoch(self) -> None:
        """An epoch ends."""
        if self._epoch is not None:
            self._epoch.__exit__(None, None, None)
            self.epochs.append(self._epoch.reading)
            self._epoch = None

    def end(self) -> None:
        """Training ends, whole or not."""
        self.end_epoch()
        if self._whole is not None:
            self._whole.__exit__(None, None, None)
            self.reading = self._whole.reading
            self._whole = None
        if self._own and self._meter is not None:
            self._meter.close()
            self._meter = None

    def so_far(self) -> dict[str, float]:
        """Joules until now with their interval, for a log; nothing where they are unknown."""
        reading = self._whole.so_far() if self._whole is not None else self.reading
        if reading is None or reading.energy_j.value is None:
            return {}
        energy = reading.energy_j
        assert energy.low is not None and energy.high is not None  # noqa: S101, PT018 - it is known
        return {
            "energy_j": float(energy.value or 0.0),
            "energy_j_low": float(energy.low),
            "energy_j_high": float(energy.high),
        }


class _TrainerHooks(Epochs):
    """What transformers' Trainer calls; joules go into its logs and its history."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self.begin()

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self.begin_epoch()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self.end_epoch()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **more: Any
    ) -> None:
        found = self.so_far()
        if logs is not None:
            logs.update(found)
        if state.log_history:  # the Trainer has already kept a copy of the log
            state.log_history[-1].update(found)

    def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self.end()


class _LightningHooks(Epochs):
    """What Lightning's Trainer calls; joules are logged at the end of each epoch."""

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        self.begin()

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        self.begin_epoch()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self.end_epoch()
        for name, value in self.so_far().items():
            pl_module.log(name, value)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        self.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self.end()


def trainer_callback(meter: Meter | None = None) -> Any:
    """A `TrainerCallback` of transformers with `reading` and `epochs`; raises MeterError."""
    return _made(_TrainerHooks, "transformers", "TrainerCallback", meter)


def lightning_callback(meter: Meter | None = None) -> Any:
    """A `Callback` of Lightning (2.x) with `reading` and `epochs`; raises MeterError."""
    return _made(_LightningHooks, "lightning.pytorch", "Callback", meter)


def _made(hooks: type[Epochs], module: str, base: str, meter: Meter | None) -> Any:
    try:
        parent = getattr(import_module(module), base)
    except ImportError as error:
        raise MeterError(f"{module} is not installed: pip install 'modicum[training]'") from error
    return type("EnergyCallback", (hooks, parent), {"__doc__": hooks.__doc__})(meter)
