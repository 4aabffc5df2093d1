"""`modicum serve`: the gateway."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from modicum.cli.promote import AcceptSlices
from modicum.cli.size import Ledger
from modicum.errors import ServeError

if TYPE_CHECKING:
    from socket import socket

    from modicum.serve.settings import Settings


def serve(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="What `modicum size` wrote.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings (TOML).")] = None,
    upstream: Annotated[
        list[str] | None, typer.Option("--upstream", metavar="NAME=BASE_URL", help="A provider.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="[127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option("--port", help="[8400]")] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="No API keys; on loopback only.")
    ] = False,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="[1]")] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="NAME/MODEL", help="The strong model of every task."),
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="The reference answers; candidates are judged beside.")
    ] = False,
    audit: Annotated[
        float | None,
        typer.Option("--audit", min=0.0, max=1.0, help="Share of small answers audited.  [0.02]"),
    ] = None,
    keep_texts: Annotated[
        bool, typer.Option("--keep-texts", help="Keep audited texts, as new judge data.")
    ] = False,
    accept_slices: AcceptSlices = None,
    check: Annotated[
        bool, typer.Option("--check", help="Print the effective settings, and leave.")
    ] = False,
    ledger: Ledger = None,
) -> None:
    """Serve decisions behind the OpenAI and Anthropic APIs.

    Example: modicum serve modicum-runs/demo --no-auth --upstream openai=https://api.openai.com/v1
    """
    from modicum.serve.run import check_exposure

    given = {"host": host, "port": port, "workers": workers, "auth": False if no_auth else None}
    watch = {"shadow": shadow or None, "rate": audit, "keep_texts": keep_texts or None}
    settings = _settings(config, folders or [], upstream or [], given, ledger, watch, reference)
    check_exposure(settings)
    if accept_slices is not None:
        _accept(settings, accept_slices)
    if check:
        _check(settings)
        return
    _run(settings)


def _settings(
    config: Path | None,
    folders: list[Path],
    upstreams: list[str],
    server: dict[str, Any],
    ledger: str | None,
    watch: dict[str, Any],
    reference: str | None,
) -> Settings:
    from modicum.decision.document import read_decision
    from modicum.serve.settings import load_settings, parse_settings

    plain = load_settings(config).model_dump(exclude_unset=True)
    table = plain.setdefault("server", {})
    table.update({name: value for name, value in server.items() if value is not None})
    for text in upstreams:
        name, equals, url = text.partition("=")
        if not (name and equals and url):
            raise ServeError(f"--upstream {text!r}: give NAME=BASE_URL, as in openai=https://...")
        plain.setdefault("upstreams", {}).setdefault(name, {})["base_url"] = url
    for folder in folders:
        name = read_decision(folder).task.name
        tasks = plain.setdefault("tasks", {})
        if name in tasks and Path(tasks[name]["decision"]) != folder:
            raise ServeError(f"two folders hold a task called {name!r}: serve one of them")
        tasks.setdefault(name, {})["decision"] = folder
    if reference is not None:
        for task in plain.get("tasks", {}).values():
            task.setdefault("reference", reference)
    given = {name: value for name, value in watch.items() if value is not None}
    plain.setdefault("watch", {}).update(given)
    if ledger is not None:
        plain.setdefault("ledger", {})["url"] = ledger
    return parse_settings(plain, "the settings")


def _accept(settings: Settings, name: str) -> None:
    """Put the acceptance of every open slice on record, in the chain beside its decision."""
    from modicum.decision.consent import accept
    from modicum.decision.document import read_decision

    for task in settings.tasks.values():
        folder = Path(task.decision)
        for line in accept(folder, read_decision(folder), name, "business"):
            typer.echo(f"{line.name} accepts {line.slice} ({line.hash[:12]})", err=True)


def _check(settings: Settings) -> None:
    import json

    from modicum.serve.bridges import check
    from modicum.serve.loading import load_tasks
    from modicum.serve.models import Models
    from modicum.serve.upstream import Upstream

    _redaction(settings)
    shown, settings = settings.shown(), check(settings)
    Models(settings, {n: Upstream(n, s) for n, s in settings.upstreams.items()})
    for task in load_tasks(settings).values():
        task.close()
    typer.echo(json.dumps(shown, indent=2))


def _redaction(settings: Settings) -> Callable[[str], str] | None:
    """What masks prompts before they are stored; None where none are."""
    if not any(task.store_prompts for task in settings.tasks.values()):
        return None
    from modicum.discover.redact import Redactor

    return Redactor().mask


def _run(settings: Settings) -> None:
    from modicum.cli.live import drawing
    from modicum.ledger import open_ledger
    from modicum.serve.bridges import Bridges
    from modicum.serve.gateway import open_gateway
    from modicum.serve.keeper import Keeper
    from modicum.serve.live_page import LivePage
    from modicum.serve.plugs import plug
    from modicum.serve.run import bind, inherited_socket, quiet_logs, serve_one

    inherited = inherited_socket()
    listening = inherited or bind(settings)
    bridges = Bridges()
    settings = bridges.open(settings, os.environ)
    if inherited is None and settings.server.workers > 1:
        _run_many(settings, listening)
    ledger = open_ledger(settings.ledger.url)
    gateway = open_gateway(settings, ledger)
    keeper = Keeper(gateway, random.Random())  # noqa: S311 (samples, no secrets)
    keeper.plug()
    plug(gateway, keeper, _redaction(settings))
    page = drawing(ledger, gateway.clock_ms, keeper)
    gateway.routes["/"] = LivePage(gateway, page)
    quiet_logs()
    if inherited is None:
        _say(settings, listening.getsockname()[1])
    try:
        serve_one(gateway, listening)
    finally:
        bridges.close()


def _run_many(settings: Settings, listening: socket) -> NoReturn:
    from modicum.ledger import open_ledger
    from modicum.serve.loading import load_tasks
    from modicum.serve.places import state_folder
    from modicum.serve.run import metrics_folder
    from modicum.serve.workers import Workers

    for task in load_tasks(settings).values():  # a fault is told once, not by every worker
        task.close()
    open_ledger(settings.ledger.url).close()
    metrics_folder(state_folder(settings.server.state))
    _say(settings, listening.getsockname()[1])
    command = [sys.executable, "-m", "modicum", *sys.argv[1:]]
    raise typer.Exit(Workers(command, settings.server.workers, listening.fileno()).run())


def _say(settings: Settings, port: int) -> None:
    host = f"[{settings.server.host}]" if ":" in settings.server.host else settings.server.host
    typer.echo(f"Modicum serves at http://{host}:{port}/v1", err=True)
    typer.echo(f"  live page http://{host}:{port}/", err=True)
    for name in settings.tasks:
        typer.echo(f"  task      {name}", err=True)
    for name, upstream in settings.upstreams.items():
        typer.echo(f"  upstream  {name}  {', '.join(upstream.base_urls)}", err=True)
    if not settings.server.auth:
        typer.echo("  no keys: anybody on this machine may call it", err=True)
    typer.echo("Stop with Ctrl-C.", err=True)
