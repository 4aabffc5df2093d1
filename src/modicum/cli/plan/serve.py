"""`modicum plan serve`: a request, and a month of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modicum.cli.plan.options import (
    Config,
    Grid,
    Json,
    Like,
    Model,
    Provider,
    Pue,
    Region,
    Supplier,
)
from modicum.cli.plan.show import (
    checked_like,
    figure_table,
    like_line,
    one_sentence,
    print_json,
)
from modicum.errors import PlanError

if TYPE_CHECKING:
    from modicum.plan.serve import ServePlan
    from modicum.plan.size import ModelSize


def serve(
    params: Annotated[float | None, typer.Option(help="Active parameters.")] = None,
    total_params: Annotated[float | None, typer.Option(help="All parameters of a mixture.")] = None,
    model: Model = None,
    config: Config = None,
    hosted: Annotated[str | None, typer.Option(help="provider/model, through EcoLogits.")] = None,
    wh_per_request: Annotated[float | None, typer.Option(help="A published energy.")] = None,
    statistic: Annotated[str, typer.Option(help="What that is: mean or median.")] = "mean",
    chip: Annotated[str, typer.Option(help="Accelerator.")] = "h100",
    chips: Annotated[int | None, typer.Option(help="How many hold the model.")] = None,
    tokens_in: Annotated[float, typer.Option(help="Tokens of the prompt.")] = 300.0,
    tokens_out: Annotated[float, typer.Option(help="Tokens of the answer.")] = 300.0,
    batch: Annotated[float | None, typer.Option(help="Requests at a time.")] = None,
    bytes_per_param: Annotated[float, typer.Option(help="2 for 16 bits, 0.5 for 4.")] = 2.0,
    engine: Annotated[str, typer.Option(help="vllm or transformers.")] = "vllm",
    requests_per_hour: Annotated[float | None, typer.Option(help="Load, for waiting.")] = None,
    requests_per_month: Annotated[float | None, typer.Option(help="For the month.")] = None,
    pue: Pue = None,
    provider: Provider = None,
    grid_g_per_kwh: Grid = None,
    supplier_g_per_kwh: Supplier = None,
    region: Region = None,
    like: Like = None,
    as_json: Json = False,
) -> None:
    """A request and a month of them: energy, carbon, cost.

    From --params, --model or --config on your own hardware; from --hosted provider/model; or from
    a published --wh-per-request. Prompt and answer are both priced.
    """
    with one_sentence():
        from modicum.plan.chips import find_chip
        from modicum.plan.serve import plan_hosted, plan_quoted, plan_serve
        from modicum.plan.serving import Serving, find_engine
        from modicum.plan.site import Site

        shown_like = checked_like(like)
        site = Site(region, pue, grid_g_per_kwh, supplier_g_per_kwh, provider=provider)
        sources = (params, model, config, hosted, wh_per_request)
        if sum(s is not None for s in sources) != 1:
            raise PlanError(
                "no model, or more than one: give --params, --model, --config, "
                "--hosted provider/model, or --wh-per-request"
            )
        if hosted is not None:
            plan = plan_hosted(
                hosted,
                tokens_out=tokens_out,
                site=site,
                requests_per_month=requests_per_month,
            )
        elif wh_per_request is not None:
            plan = plan_quoted(
                wh_per_request,
                site=site,
                requests_per_month=requests_per_month,
                statistic=statistic,
            )
        else:
            size = _size(params, total_params, model, config)
            serving = Serving(
                size.active,
                find_chip(chip),
                size.total,
                tokens_in,
                tokens_out,
                batch,
                bytes_per_param,
                find_engine(engine),
                chips,
                requests_per_hour,
            )
            plan = plan_serve(serving, site=site, requests_per_month=requests_per_month)
        if as_json:
            print_json(plan.to_dict())
            return
        _show(plan)
        used = plan.month or plan.request
        like_line(used.energy_j, used.carbon_g, shown_like)


def _size(
    params: float | None, total: float | None, model: str | None, config: Path | None
) -> ModelSize:
    from modicum.plan.models import find_model
    from modicum.plan.size import ModelSize, read_config

    if model is not None:
        return find_model(model)
    if config is not None:
        return read_config(config)
    active = params or 0.0
    return ModelSize(active if total is None else total, active)


def _show(plan: ServePlan) -> None:
    one = plan.request
    rows = list(plan.parts.items()) if len(plan.parts) > 1 else []
    rows += [
        ("energy", one.energy_j),
        ("carbon, location-based", one.carbon_g),
        ("carbon, market-based", one.carbon_market_g),
        ("carbon, embodied share", plan.embodied_g),
        ("water", one.water_l),
        ("electricity", one.cost),
    ]
    figure_table("one request", rows, plan.assumptions, map(str, plan.warnings))
    if plan.month:
        m = plan.month
        figure_table(
            "a month",
            [
                ("energy", m.energy_j),
                ("carbon, location-based", m.carbon_g),
                *([("carbon, market-based", m.carbon_market_g)] if m.carbon_market_g.known else []),
                ("water", m.water_l),
                ("electricity", m.cost),
            ],
        )
