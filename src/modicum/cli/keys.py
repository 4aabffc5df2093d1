"""`modicum keys`: who may call the gateway, and how much."""

from __future__ import annotations

import json as _json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modicum.cli.size import Ledger
from modicum.errors import LedgerError

if TYPE_CHECKING:
    from modicum.ledger import Ledger as Book

app = typer.Typer(
    help="API keys of the gateway and their limits.",
    epilog="Example: modicum keys create checkout --limit energy_j=1e6",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="QUANTITY=MOST",
        help="A month: requests, tokens, cost, energy_j or carbon_g; may be repeated.",
    ),
]
Degrade = Annotated[
    bool, typer.Option("--degrade", help="Over the limit, answer with smaller; else refuse.")
]


def _now() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def _book(url: str | None) -> Iterator[Book]:
    from modicum.ledger import open_ledger

    book = open_ledger(url)
    try:
        yield book
    finally:
        book.close()


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    team: Annotated[str, typer.Option("--team")] = "",
    project: Annotated[str, typer.Option("--project")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="It may also manage the gateway.")] = False,
    limit: Limits = None,
    degrade: Degrade = False,
    json: Json = False,
    ledger: Ledger = None,
) -> None:
    """Make a key; it is shown once.

    Example: modicum keys create shop --team web --limit requests=100000
    """
    from modicum.ledger.keys import KeyStore

    wanted = _parsed(limit or [])
    with _book(ledger) as book:
        key, text = KeyStore(book.engine, _now).create(
            name, team=team, project=project, admin=admin
        )
        _set(book, "key", key.id, wanted, degrade)
    if json:
        typer.echo(_json.dumps({"id": key.id, "key": text}))
        return
    typer.echo(text)
    typer.echo(f"Key {key.id} ({name}) is shown this once: keep it safe.", err=True)


@app.command(name="list")
def list_keys(json: Json = False, ledger: Ledger = None) -> None:
    """List the keys, their limits, and what was taken of them this month.

    Example: modicum keys list
    """
    from modicum.ledger.keys import KeyStore
    from modicum.ledger.limits import LimitStore

    month = datetime.now(UTC).strftime("%Y-%m")
    with _book(ledger) as book:
        keys = KeyStore(book.engine, _now).all()
        store = LimitStore(book.engine)
        limits, taken = store.all(), store.taken(month)
    told = [
        {
            "scope": each.scope,
            "name": each.name,
            "quantity": each.quantity,
            "most": each.most,
            "taken": taken.get((each.scope, each.name, each.quantity), 0.0),
            "policy": each.policy,
        }
        for each in limits
    ]
    plain = [
        {field: getattr(key, field) for field in type(key).__slots__ if field != "digest"}
        for key in keys
    ]
    if json:
        typer.echo(_json.dumps({"keys": plain, "month": month, "limits": told}, indent=2))
        return
    _show(plain, told)


def _show(keys: list[dict[str, Any]], limits: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not keys:
        typer.echo("No keys yet: make one with `modicum keys create NAME`.")
        return
    table = Table("id", "name", "team", "project", "made", "state", box=None, pad_edge=False)
    for key in keys:
        made = datetime.fromtimestamp(key["created_at"] / 1000, UTC).strftime("%Y-%m-%d")
        state = "revoked" if key["revoked_at"] else "admin" if key["admin"] else "valid"
        table.add_row(key["id"], key["name"], key["team"], key["project"], made, state)
    console = Console()
    console.print(table)
    if limits:
        more = Table("limit of", "quantity", "taken", "most", "then", box=None, pad_edge=False)
        for each in limits:
            numbers = (f"{each['taken']:g}", f"{each['most']:g}")
            more.add_row(
                f"{each['scope']} {each['name']}", each["quantity"], *numbers, each["policy"]
            )
        console.print("\nThis month, shares that workers hold counted as taken:")
        console.print(more)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `modicum keys list` shows it.")],
    ledger: Ledger = None,
) -> None:
    """Revoke a key; running gateways refuse it within 3 seconds.

    Example: modicum keys revoke 3kXw9QmZ1a
    """
    from modicum.ledger.keys import KeyStore

    with _book(ledger) as book:
        if not KeyStore(book.engine, _now).revoke(key_id):
            raise LedgerError(f"there is no valid key {key_id!r}: see `modicum keys list`")
    typer.echo(f"Key {key_id} is revoked.")


@app.command()
def limit(
    scope: Annotated[str, typer.Argument(help="key, team or project.")],
    name: Annotated[str, typer.Argument(help="The key's id, or the label.")],
    limits: Annotated[list[str], typer.Argument(metavar="QUANTITY=MOST...", help="none lifts it.")],
    degrade: Degrade = False,
    ledger: Ledger = None,
) -> None:
    """Set monthly limits of a key, a team or a project.

    Example: modicum keys limit team web energy_j=50000 cost=20
    """
    lifted = [text.partition("=")[0] for text in limits if text.endswith("=none")]
    wanted = _parsed([text for text in limits if not text.endswith("=none")])
    with _book(ledger) as book:
        _set(book, scope, name, wanted, degrade)
        from modicum.ledger.limits import LimitStore

        for quantity in lifted:
            if not LimitStore(book.engine).remove(scope, name, quantity):
                raise LedgerError(f"{scope} {name!r} has no limit of {quantity!r}")
    typer.echo(f"{scope} {name}: {', '.join(limits)} a month.")


def _parsed(limits: list[str]) -> dict[str, float]:
    found = {}
    for text in limits:
        quantity, _, most = text.partition("=")
        try:
            found[quantity] = float(most)
        except ValueError:
            raise LedgerError(f"limit {text!r}: give QUANTITY=MOST, as in requests=1000") from None
    return found


def _set(book: Book, scope: Any, name: str, wanted: dict[str, float], degrade: bool) -> None:
    from modicum.ledger.limits import Limit, LimitStore

    store = LimitStore(book.engine)
    for quantity, most in wanted.items():
        policy: Any = "degrade" if degrade else "refuse"
        store.set(Limit(scope, name, quantity, most, policy), _now())  # type: ignore[arg-type]
