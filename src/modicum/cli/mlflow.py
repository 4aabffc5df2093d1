"""`modicum mlflow`: a decision as a run of an MLflow experiment, logged once."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from modicum.decision.document import DecisionDocument
    from modicum.report.track import Tracked

_FILES = ("decision.json", "evidence.json", "approvals.jsonl", "report.html", "task.toml")
_MOST_AT_ONCE = 100  # metrics, parameters and tags that MLflow takes in one call
_LONGEST = 5000  # characters of a tag; of a parameter it takes 6000


def mlflow(
    folder: Annotated[Path, typer.Argument(help="What `modicum size` wrote.")] = Path(),
    uri: Annotated[
        str | None,
        typer.Option("--uri", help="Tracking server or database.  [MLFLOW_TRACKING_URI]"),
    ] = None,
    experiment: Annotated[
        str | None, typer.Option("--experiment", help="Its name.  [the task's]")
    ] = None,
) -> None:
    """Log a decision to MLflow: metrics with units and intervals, parameters, tags, files.

    The same decision is logged once: a second call says which run holds it.

    Example: modicum mlflow modicum-runs/question-type --uri sqlite:///mlflow.db
    """
    from modicum.decision.document import read_decision

    document = read_decision(folder)
    home = folder if folder.is_dir() else folder.parent
    where = uri or os.environ.get("MLFLOW_TRACKING_URI")
    if not where:
        raise DataError(
            "no place to log to: give --uri, for example sqlite:///mlflow.db or "
            "http://127.0.0.1:5000, or set MLFLOW_TRACKING_URI"
        )
    run, new = log_decision(document, home, where, experiment or document.task.name)
    typer.echo(f"{'Logged as' if new else 'Logged before, as'} run {run} at {where}")


def log_decision(
    document: DecisionDocument, folder: Path, uri: str, experiment: str
) -> tuple[str, bool]:
    """The id of the run that holds a decision, and whether this call made it.

    A run that an earlier call could not finish is deleted and made again.

    Raises DataError with what MLflow says when it refuses, MissingExtraError without it.
    """
    # Nothing of ours reports usage to anybody; both must be set before MLflow is imported.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise MissingExtraError("runs in MLflow", "mlflow") from None
    from modicum.report.track import tracked

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of its tables
    print_of_it = hashlib.sha256(document.model_dump_json().encode()).hexdigest()
    try:
        client = MlflowClient(tracking_uri=uri)
        home = _experiment(client, uri, experiment)
        query = f"tags.`modicum.decision` = '{print_of_it}'"
        for found in client.search_runs([home], query):
            if found.info.status == "FINISHED":
                return found.info.run_id, False
            client.delete_run(found.info.run_id)
        return _log(client, home, document, folder, tracked(document), print_of_it), True
    except MlflowException as error:
        said = str(error).splitlines()[0]
        raise DataError(f"MLflow at {uri} refused: {said}") from None


def _experiment(client: Any, uri: str, name: str) -> str:
    known = client.get_experiment_by_name(name)
    if known is not None:
        if known.lifecycle_stage == "deleted":
            raise DataError(
                f"experiment {name!r} was deleted in MLflow: restore it there, or give another "
                "with --experiment"
            )
        return str(known.experiment_id)
    return str(client.create_experiment(name, artifact_location=_beside(uri)))


def _beside(uri: str) -> str | None:
    """Files lie beside a SQLite database, not in whatever folder the command is run from."""
    if not uri.startswith("sqlite:///"):
        return None
    return (Path(uri.removeprefix("sqlite:///")).resolve().parent / "mlartifacts").as_uri()


def _log(
    client: Any, home: str, document: DecisionDocument, folder: Path, found: Tracked, mark: str
) -> str:
    from datetime import datetime

    from mlflow.entities import Metric, Param, RunTag

    at = int(datetime.fromisoformat(document.created_at).timestamp() * 1000)
    tags = {"modicum.decision": mark} | {k: v[:_LONGEST] for k, v in found.tags.items()}
    name = f"{document.task.name}: {document.recommended}"
    run = str(client.create_run(home, start_time=at, run_name=name).info.run_id)
    metrics = [Metric(k, v, at, 0) for k, v in found.metrics.items()]
    params = [Param(k, v) for k, v in found.parameters.items()]
    marks = [RunTag(k, v) for k, v in tags.items()]
    for start in range(0, max(len(metrics), len(params), len(marks)), _MOST_AT_ONCE):
        part = slice(start, start + _MOST_AT_ONCE)
        client.log_batch(run, metrics=metrics[part], params=params[part], tags=marks[part])
    for file in (folder / name for name in _FILES):
        if file.is_file():
            client.log_artifact(run, str(file))
    client.set_terminated(run, status="FINISHED")
    return run
