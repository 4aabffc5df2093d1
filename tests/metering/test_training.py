"""The callbacks: their windows everywhere, the real libraries where they are installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from modicum.errors import MeterError
from modicum.metering import Meter
from modicum.metering.training import Epochs, lightning_callback, trainer_callback


def work() -> None:
    sum(range(200_000))


def test_epochs_are_windows_inside_the_whole() -> None:
    metered = Epochs(Meter(sources=()))
    assert metered.so_far() == {}
    metered.begin()
    for _ in range(2):
        metered.begin_epoch()
        work()
        metered.end_epoch()
    running = metered.so_far()["energy_j"]
    metered.end()
    assert metered.reading is not None
    assert metered.reading.name == "training"
    assert [r.name for r in metered.epochs] == ["epoch 0", "epoch 1"]
    inside = sum(r.cpu_seconds for r in metered.epochs)
    assert 0 < inside <= metered.reading.cpu_seconds
    assert 0 < running <= metered.reading.energy_j.high


def test_a_training_that_stops_by_an_error_still_has_its_reading_and_may_begin_again() -> None:
    metered = Epochs(Meter(sources=()))
    metered.begin()
    metered.begin_epoch()
    work()
    metered.end()
    assert metered.reading is not None
    assert len(metered.epochs) == 1
    metered.begin()
    assert metered.epochs == []
    metered.end()


@pytest.mark.parametrize(
    ("make", "library"),
    [(trainer_callback, "transformers"), (lightning_callback, "lightning")],
)
def test_a_missing_library_is_one_clear_sentence(make: object, library: str) -> None:
    if importlib.util.find_spec(library) is not None:
        pytest.skip(f"{library} is installed")
    with pytest.raises(MeterError, match=r"modicum\[training\]"):
        make()  # type: ignore[operator]


@pytest.mark.filterwarnings("default")
def test_transformers_logs_joules_beside_the_loss(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    pytest.importorskip("accelerate", reason="transformers' Trainer needs it")
    torch = pytest.importorskip("torch")
    from transformers import Trainer, TrainingArguments

    class Tiny(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(4, 2)

        def forward(self, x, labels):  # type: ignore[no-untyped-def]
            logits = self.line(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    rows = [{"x": torch.ones(4) * i, "labels": i % 2} for i in range(32)]
    callback = trainer_callback(Meter(sources=()))
    arguments = TrainingArguments(
        str(tmp_path), num_train_epochs=2, logging_steps=2, report_to=[], use_cpu=True,
        save_strategy="no", disable_tqdm=True, remove_unused_columns=False,
    )  # fmt: skip
    trainer = Trainer(Tiny(), arguments, train_dataset=rows, callbacks=[callback])
    trainer.train()
    logged = [h["energy_j"] for h in trainer.state.log_history if "energy_j" in h]
    assert len(logged) >= 4
    assert logged == sorted(logged)
    assert len(callback.epochs) == 2
    assert callback.reading.cpu_seconds >= sum(r.cpu_seconds for r in callback.epochs) > 0


@pytest.mark.filterwarnings("default")
def test_lightning_logs_joules_at_the_end_of_each_epoch() -> None:
    lightning = pytest.importorskip("lightning")
    torch = pytest.importorskip("torch")

    class Tiny(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(4, 1)

        def training_step(self, batch):  # type: ignore[no-untyped-def]
            return self.line(batch[0]).pow(2).mean()

        def configure_optimizers(self):  # type: ignore[no-untyped-def]
            return torch.optim.SGD(self.parameters(), lr=0.01)

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(32, 4)), 8)
    callback = lightning_callback(Meter(sources=()))
    trainer = lightning.Trainer(
        max_epochs=2, accelerator="cpu", callbacks=[callback], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(Tiny(), data)
    assert trainer.callback_metrics["energy_j"] > 0
    assert len(callback.epochs) == 2
    assert callback.reading.energy_j.value > 0
