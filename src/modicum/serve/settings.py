"""The gateway's settings: one TOML file, overridden by the environment, then by the command line.

Secrets are never in it: an upstream's key is named by an environment variable or a file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from modicum.errors import ServeError
from modicum.figures import Figure

PREFIX = "MODICUM_SERVE__"
Positive = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A table of the file; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(Part):
    """[server]: where it listens, and the bounds that every request is held to."""

    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    auth: bool = True
    state: Path | None = Field(default=None, description="folder of the journals")
    journal_mb: int = Field(default=1024, ge=1)
    max_body_mb: Positive = 20.0
    max_header_kb: Positive = 64.0
    header_timeout_s: Positive = 10.0
    body_timeout_s: Positive = 30.0
    stop_s: Positive = 30.0
    max_batch: int = Field(default=1000, ge=1)


class PriceSettings(Part):
    """[upstreams.NAME.prices."MODEL"]: what a million tokens cost, before any price list."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    currency: str = Field(default="USD", min_length=3, max_length=3)


class UpstreamSettings(Part):
    """[upstreams.NAME]: a provider, or replicas of one server, that speaks a known API.

    kind "litellm" needs no address: LiteLLM knows it by the model's name, NAME/PROVIDER/MODEL.
    Of the times, timeout_s is the longest that nothing may come, total_timeout_s that a whole
    answer may take.  hedge_after_s asks a second replica where the first is slow; the waste is the
    price of it.  prices are by model, "*" for every other.
    """

    base_url: str | list[str] = ""
    kind: Literal["openai", "anthropic", "litellm"] = "openai"
    api_key_env: str | None = None
    api_key_file: Path | None = None
    models: list[str] = []
    fallbacks: list[str] = Field(default=[], description="NAME/MODEL to ask when this one fails")
    degrade_to: str | None = Field(default=None, description="NAME/MODEL once over a limit")
    connect_timeout_s: Positive = 5.0
    first_byte_timeout_s: Positive | None = None
    timeout_s: Positive = 600.0
    total_timeout_s: Positive | None = None
    hedge_after_s: Positive | None = None
    headers: dict[str, str] = Field(default={}, description="sent with each request; no secrets")
    headers_env: dict[str, str] = Field(default={}, description="the same, from variables")
    prices: dict[str, PriceSettings] = {}
    retries: int = Field(default=2, ge=0, le=10)
    breaker_failures: int = Field(default=5, ge=1)
    breaker_s: Positive = 5.0
    connections: int = Field(default=1000, ge=1)
    region: str | None = None
    count_stream_usage: bool = True

    @property
    def base_urls(self) -> list[str]:
        """Its replicas."""
        if isinstance(self.base_url, list):
            return list(self.base_url)
        return [self.base_url] if self.base_url else []

    def price(self, model: str) -> PriceSettings | None:
        """The price set for a model; None where the price list tells."""
        return self.prices.get(model) or self.prices.get("*")

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        if self.kind != "litellm" and not self.base_urls:
            raise ValueError('no address is given: set base_url = "https://HOST/v1"')
        return self


class CacheSettings(Part):
    """[tasks.NAME.cache]: answers to the same request again, of one key (or team) only."""

    exact: bool = False
    ttl_s: Positive = 3600.0
    most: int = Field(default=10_000, ge=1, description="answers kept by each worker")
    scope: Literal["key", "team"] = "key"
    any_temperature: bool = Field(default=False, description="also where chance had a part in it")


class SessionSettings(Part):
    """[sessions]: a conversation stays with who began it; `by` says how it is known, in order."""

    sticky: bool = False
    by: list[Literal["x-session-id", "prompt_cache_key", "user", "messages"]] = [
        "x-session-id",
        "prompt_cache_key",
        "user",
        "messages",
    ]
    idle_minutes: Positive = 60.0
    most: int = Field(default=100_000, ge=1, description="conversations kept by each worker")


class TaskSettings(Part):
    """[tasks.NAME]: a decision, how its prompts look, and who answers where it must not.

    store_prompts: keep its inputs and answers, redacted, for store_days; else they are not kept.
    """

    decision: Path
    reference: str | None = Field(default=None, description="NAME/MODEL of the strong model")
    system: str | None = None
    user: str | None = Field(default=None, description="the prompt, with {input} in it")
    cache: CacheSettings | None = None
    store_prompts: bool = False
    store_days: Positive = 30.0


class LedgerSettings(Part):
    """[ledger]: where requests are recorded, and whether their texts are (they are not)."""

    url: str | None = None


class WatchSettings(Part):
    """[watch]: how many answers are audited against the reference, and what an alarm does.

    rate: share of small answers; unsure_rate: of those less confident than `unsure`.  shadow: the
    reference answers everything until `modicum promote`, and a share of its answers (shadow_rate)
    judges the small candidate.  The budgets are a day's, of all audits of one worker.
    """

    rate: float = Field(default=0.02, ge=0, le=1)
    unsure: float = Field(default=0.0, ge=0, le=1)
    unsure_rate: float | None = Field(default=None, ge=0, le=1)
    shadow: bool = False
    shadow_rate: float = Field(default=0.1, ge=0, le=1)
    energy_j_per_day: Positive | None = None
    money_per_day: Positive | None = None
    keep_texts: bool = Field(default=False, description="keep audited texts as new judge data")
    keep_days: Positive = 90.0
    on_alarm: Literal["fall-back", "report"] = "fall-back"
    refresh_s: Positive = 2.0


class MoneySettings(Part):
    """[money]: what costs are told in; `exchange` is one unit of another currency in it."""

    currency: str | None = None
    exchange: dict[str, Positive] = {}

    def convert(self, figure: Figure) -> Figure:
        """The figure in our currency where we know the rate, else as it is."""
        rate = self.exchange.get(figure.unit)
        if self.currency is None or rate is None or not figure.known:
            return figure
        factor = Figure.exact(
            rate,
            f"{self.currency}/{figure.unit}",
            basis="assumed",
            source=f"1 {figure.unit} = {rate:g} {self.currency}, as set",
            boundary="exchange",
        )
        return figure * factor


class Settings(Part):
    """The whole file."""

    server: ServerSettings = ServerSettings()
    ledger: LedgerSettings = LedgerSettings()
    money: MoneySettings = MoneySettings()
    auto: str | None = Field(default=None, description='NAME/MODEL that "auto" abstains to')
    upstreams: dict[str, UpstreamSettings] = {}
    tasks: dict[str, TaskSettings] = {}
    sessions: SessionSettings = SessionSettings()
    watch: WatchSettings = WatchSettings()

    def shown(self) -> dict[str, Any]:
        """As plain data without secrets: the names of key variables and files, never their keys.

        A password in the ledger's URL is masked.
        """
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        plain = self.model_dump(mode="json")
        url = plain["ledger"]["url"]
        if url and "://" in url:
            try:
                plain["ledger"]["url"] = make_url(url).render_as_string(hide_password=True)
            except ArgumentError:
                plain["ledger"]["url"] = "not a database URL"
        return plain


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the file (none is fine), then the environment: MODICUM_SERVE__SERVER__PORT=8500.

    Relative paths in the file are relative to the file.

    Raises:
        ServeError: a file that cannot be read, an unknown key, a value out of range.
    """
    plain = _read(path) if path else {}
    _override(plain, os.environ if environment is None else environment)
    return parse_settings(plain, str(path or "the settings"))


def parse_settings(plain: Mapping[str, Any], where: str) -> Settings:
    """Settings of plain data; raises ServeError naming the first key that is wrong."""
    try:
        return Settings.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ServeError(f"{where}: {key}: {message}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ServeError(f"{path} does not exist: give the gateway's TOML file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ServeError(f"{path} cannot be read as TOML: {error}") from None
    for table in _tables(plain.get("tasks")):
        if isinstance(table.get("decision"), str):
            table["decision"] = str(path.parent / table["decision"])
    for table in _tables(plain.get("upstreams")):
        if isinstance(table.get("api_key_file"), str):
            table["api_key_file"] = str(path.parent / table["api_key_file"])
    return plain


def _tables(found: object) -> list[dict[str, Any]]:
    return [t for t in found.values() if isinstance(t, dict)] if isinstance(found, dict) else []


def _override(plain: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        *tables, key = name.removeprefix(PREFIX).lower().split("__")
        place = plain
        for table in tables:
            place = place.setdefault(table, {})
        place[key] = value
