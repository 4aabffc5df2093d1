"""A made-up company whose use over twelve months is known by construction.

Every use is decided first, and then told as each provider's export tells it, some of it twice.
"""

from __future__ import annotations

import csv
import json
import random
from calendar import timegm
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from modicum.metering.tokens import READ_J, WRITTEN_J

MONTHS = [f"2025-{m:02d}" for m in range(1, 13)]


@dataclass
class Truth:
    """Sums by construction: tokens by provider, money, rows of each kind of trouble."""

    tokens_in: float = 0.0
    tokens_cached: float = 0.0
    tokens_out: float = 0.0
    spend: float = 0.0
    uncovered: float = 0.0
    by_unit: dict[str, float] = field(default_factory=dict)
    malformed: int = 0

    def use(self, unit: str, new: int, cached: int, out: int, cost: float) -> None:
        self.tokens_in += new
        self.tokens_cached += cached
        self.tokens_out += out
        self.spend += cost
        joules = READ_J * (new + 0.1 * cached) + WRITTEN_J * out
        self.by_unit[unit] = self.by_unit.get(unit, 0.0) + joules

    @property
    def joules(self) -> float:
        return READ_J * (self.tokens_in + 0.1 * self.tokens_cached) + WRITTEN_J * self.tokens_out


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def make_company(folder: Path, seed: int = 1) -> Truth:
    """Write the exports of a year into `folder`; returns what they amount to."""
    rng, truth = random.Random(seed), Truth()
    folder.mkdir(exist_ok=True)
    _openai(folder, rng, truth)
    _anthropic(folder, rng, truth)
    bedrock = _bedrock(folder, rng, truth)
    _azure(folder, rng, truth)
    _vertex(folder, rng, truth)
    _focus(folder, rng, truth, bedrock)
    return truth


def _use(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(10**6, 10**8), rng.randrange(10**5, 10**7), rng.randrange(10**5, 10**7)


def _openai(folder: Path, rng: random.Random, truth: Truth) -> None:
    pages, costs = [], []
    for month in MONTHS:
        for project in ("support", "search"):
            new, cached, out = _use(rng)
            cost = round(rng.uniform(50, 500), 2)
            start = timegm(datetime.fromisoformat(f"{month}-03").replace(tzinfo=UTC).timetuple())
            result = {
                "object": "organization.usage.completions.result",
                "input_tokens": new + cached,
                "input_cached_tokens": cached,
                "output_tokens": out,
                "num_model_requests": 1000,
                "project_id": project,
                "model": "gpt-4o-2024-08-06",
                "batch": None,
            }
            pages.append({"start_time": start, "end_time": start + 86400, "results": [result]})
            costs.append(
                {
                    "start_time": start,
                    "amount_value": cost,
                    "amount_currency": "usd",
                    "line_item": "gpt-4o-2024-08-06, input",
                    "project_id": project,
                }
            )
            truth.use(project, new, cached, out, cost)
    (folder / "openai_usage.json").write_text(json.dumps({"object": "page", "data": pages}))
    costs.append({**costs[0], "amount_value": "n/a"})
    truth.malformed += 1
    write(folder / "openai_costs.csv", costs)


def _anthropic(folder: Path, rng: random.Random, truth: Truth) -> None:
    usage, costs = [], []
    for month in MONTHS:
        new, cached, out = _use(rng)
        cost = round(rng.uniform(50, 500), 2)
        usage.append(
            {
                "usage_date_utc": f"{month}-10",
                "model_version": "claude-sonnet-4-5",
                "api_key": "prod",
                "workspace": "legal",
                "usage_type": "api",
                "usage_input_tokens_no_cache": new - 1000,
                "usage_input_tokens_cache_write_5m": 400,
                "usage_input_tokens_cache_write_1h": 600,
                "usage_input_tokens_cache_read": cached,
                "usage_output_tokens": out,
            }
        )
        costs.append(
            {
                "usage_date_utc": f"{month}-10",
                "model": "claude-sonnet-4-5",
                "workspace": "legal",
                "token_type": "output_tokens",
                "cost_usd": cost,
            }
        )
        truth.use("legal", new, cached, out, cost)
    usage.append({**usage[0], "usage_output_tokens": "-5"})
    usage.append({**usage[0], "usage_date_utc": "soon"})
    truth.malformed += 2
    write(folder / "anthropic_usage.csv", usage)
    # The first half year exported a second time, as somebody always does.
    write(folder / "anthropic_usage_again.csv", usage[:6])
    write(folder / "anthropic_costs.csv", costs)


def _bedrock(folder: Path, rng: random.Random, truth: Truth) -> list[dict[str, Any]]:
    rows = []
    for month in MONTHS:
        new, cached, out = _use(rng)
        costs = [round(rng.uniform(1, 200), 2) for _ in range(3)]
        kinds = ("input-tokens", "cache-read-input-token-count", "output-tokens")
        for kind, tokens, cost in zip(kinds, (new, cached, out), costs, strict=True):
            rows.append(
                {
                    "line_item_usage_start_date": f"{month}-20T00:00:00Z",
                    "line_item_product_code": "AmazonBedrock",
                    "line_item_line_item_type": "Usage",
                    "line_item_usage_type": f"EUC1-Claude4.5Haiku-{kind}",
                    "line_item_usage_amount": tokens / 1000,
                    "pricing_unit": "1K tokens",
                    "line_item_unblended_cost": cost,
                    "line_item_currency_code": "USD",
                    "line_item_usage_account_id": "111122223333",
                    "product_region_code": "eu-central-1",
                }
            )
        truth.use("111122223333", new, cached, out, sum(costs))
    tax = {**rows[0], "line_item_line_item_type": "Tax", "line_item_unblended_cost": 99}
    machine = {**rows[0], "line_item_product_code": "AmazonEC2"}
    write(folder / "cur.csv", [*rows, tax, machine])
    return rows


def _azure(folder: Path, rng: random.Random, truth: Truth) -> None:
    rows = []
    for month in MONTHS:
        new, cached, out = _use(rng)
        meters = ("gpt-4o-0806-Inp-glbl Tokens", "gpt-4o-0806-cchd-Inp Tokens",
                  "gpt-4o-0806-Outp-glbl Tokens")  # fmt: skip
        costs = [round(rng.uniform(1, 200), 2) for _ in range(3)]
        for meter, tokens, cost in zip(meters, (new, cached, out), costs, strict=True):
            rows.append(
                {
                    "SubscriptionId": "sub-1",
                    "SubscriptionName": "Marketing",
                    "Date": f"{month[5:]}/15/2025",
                    "MeterCategory": "Cognitive Services",
                    "MeterSubCategory": "Azure OpenAI",
                    "MeterName": meter,
                    "Quantity": tokens / 1000,
                    "UnitOfMeasure": "1K",
                    "ResourceLocation": "swedencentral",
                    "CostInBillingCurrency": cost,
                    "BillingCurrency": "USD",
                }
            )
        truth.use("Marketing", new, cached, out, sum(costs))
    storage = {**rows[0], "MeterCategory": "Storage", "MeterSubCategory": "Blob"}
    write(folder / "azure.csv", [*rows, storage])


def _vertex(folder: Path, rng: random.Random, truth: Truth) -> None:
    lines = []
    for month in MONTHS:
        new, cached, out = _use(rng)
        skus = ("Gemini 2.5 Flash Text Input - Predictions",
                "Gemini 2.5 Flash Cached Text Input - Predictions",
                "Gemini 2.5 Flash Text Output - Predictions")  # fmt: skip
        costs = [round(rng.uniform(1, 200), 2) for _ in range(3)]
        for sku, tokens, cost in zip(skus, (new, cached, out), costs, strict=True):
            lines.append(
                {
                    "service": {"description": "Vertex AI"},
                    "sku": {"description": sku},
                    "usage_start_time": f"{month}-25 00:00:00 UTC",
                    "project": {"id": "maps-prod", "name": "Maps"},
                    "location": {"region": "europe-west4"},
                    "usage": {"amount": tokens, "unit": "count"},
                    "cost": cost,
                    "currency": "USD",
                    "labels": [],
                }
            )
        truth.use("Maps", new, cached, out, sum(costs))
    text = "\n".join([*(json.dumps(line) for line in lines), "{broken", ""])
    truth.malformed += 1
    (folder / "vertex.jsonl").write_text(text, encoding="utf-8")


def _focus(folder: Path, rng: random.Random, truth: Truth, bedrock: list[dict[str, Any]]) -> None:
    """A FOCUS bill that tells Bedrock again, a seat licence without tokens, and a store."""
    common = {"BillingCurrency": "USD", "ChargeCategory": "Usage"}
    rows: list[dict[str, Any]] = [
        common
        | {
            "BilledCost": row["line_item_unblended_cost"],
            "ChargePeriodStart": row["line_item_usage_start_date"],
            "ProviderName": "AWS",
            "ServiceName": "Amazon Bedrock",
            "ServiceCategory": "AI and Machine Learning",
            "SubAccountId": row["line_item_usage_account_id"],
            "SkuMeter": row["line_item_usage_type"],
            "ConsumedQuantity": row["line_item_usage_amount"],
            "ConsumedUnit": "1K tokens",
            "RegionId": "eu-central-1",
        }
        for row in bedrock
    ]
    for month in MONTHS:
        cost = round(rng.uniform(100, 300), 2)
        seat = dict.fromkeys(rows[0], "") | common
        seat |= {"BilledCost": cost, "ChargePeriodStart": f"{month}-01T00:00:00Z",
                 "ProviderName": "Microsoft", "ServiceName": "Copilot",
                 "ServiceCategory": "AI and Machine Learning", "SubAccountId": "seats",
                 "SkuMeter": "Copilot seat", "ConsumedQuantity": 10,
                 "ConsumedUnit": "Seats"}  # fmt: skip
        rows.append(seat)
        truth.spend += cost
        truth.uncovered += cost
    store = {**rows[0], "ServiceName": "Amazon S3", "ServiceCategory": "Storage"}
    write(folder / "focus.csv", [*rows, store])
