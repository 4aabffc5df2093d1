"""`modicum plan tune`: power limit and batch size of a recurring job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from modicum.cli.plan.options import Json
from modicum.cli.plan.show import hints, one_sentence, plain_table, print_json, writable
from modicum.errors import PlanError


def tune(
    command: Annotated[
        list[str] | None, typer.Argument(help="After --: the job, with {batch} in it (--live).")
    ] = None,
    traces: Annotated[
        Path | None, typer.Option(help="Folder of recorded runs (Zeus traces) to replay.")
    ] = None,
    job: Annotated[str | None, typer.Option(help="One recorded job; all without it.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Run COMMAND once, on this machine's GPUs, by Zeus.")
    ] = False,
    batches: Annotated[str, typer.Option(help="Batch sizes to choose from, 16,32,64.")] = "",
    default: Annotated[int | None, typer.Option(help="The one in use today.")] = None,
    state: Annotated[
        Path, typer.Option(help="What earlier runs used; each run adds its own.")
    ] = Path("modicum-tune.json"),
    step: Annotated[str, typer.Option(help="Lines of output that are steps.")] = ".",
    trials: Annotated[int, typer.Option(help="Runs that may be spent on tuning.")] = 15,
    seed: Annotated[int, typer.Option(help="Of the replay.")] = 0,
    as_json: Json = False,
) -> None:
    """Power limit and batch size of a recurring job.

    Replayed on recorded runs, or live.

    Live, every run of the job is one trial: `modicum plan tune --live --batches 16,32,64
    --default 32 -- python train.py --batch-size {batch}`.  (Written to Zeus's interface, tested
    with a simulated driver, not yet tried on hardware.)
    """
    with one_sentence():
        if live:
            _live(command or [], batches, default, state, step, trials, as_json)
            return
        if traces is None:
            raise PlanError("nothing to tune: give --traces DIR, or --live with a command after --")
        from modicum.plan.traces import JOBS, read_trace, replay

        found = [replay(read_trace(traces, n), trials, seed) for n in ([job] if job else JOBS)]
        if as_json:
            print_json([f.to_dict() for f in found])
            return
        plain_table(
            f"Tuned in {trials} runs of each job",
            ("job", "batch", "watts", "saved", "over optimum"),
            [
                (f.job, str(f.batch), str(f.power_limit), f"{f.saving:.0%}", f"{f.excess:.1%}")
                for f in found
            ],
        )
        hints(["saved: energy to the target against the default; optimum: of all recorded runs"])


def _live(
    command: list[str],
    batches: str,
    default: int | None,
    state: Path,
    step: str,
    trials: int,
    as_json: bool,
) -> None:
    from modicum.plan.actuator import ZeusActuator
    from modicum.plan.live import command_of, live_run, read_tuner, write_tuner

    writable(state)
    sizes = _sizes(batches)
    start = command_of(command, step, sys.stderr if as_json else sys.stdout)
    tuner = read_tuner(state, sizes, sizes[0] if default is None else default)
    done = sum(map(len, tuner.costs.values()))
    batch = tuner.suggest() if done < trials else tuner.best()
    trial = live_run(ZeusActuator.find(), start, batch, tuner.limit)
    tuner.take(trial)
    write_tuner(state, tuner)
    if as_json:
        print_json(
            {
                "batch": trial.batch,
                "power_limit_w": trial.power_limit,
                "energy_j": trial.energy_j,
                "reached": trial.reached,
                "trial": done + 1,
                "best_batch": tuner.best(),
            }
        )
        return
    outcome = "reached its end" if trial.reached else "was stopped or failed"
    hints(
        [
            f"run {done + 1} of {trials}: batch {trial.batch} at {trial.power_limit} W used "
            f"{trial.energy_j / 3.6e6:.3g} kWh and {outcome}; best so far: batch {tuner.best()}",
        ]
    )


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",") if part]
    except ValueError:
        raise PlanError(f"batches {text!r}: give whole numbers, as 16,32,64") from None
    if not sizes or min(sizes) < 1:
        raise PlanError(f"batches {text!r}: give at least one, as 16,32,64")
    return sizes
