"""Published footprints from their own inputs, by the functions that `modicum plan` calls.

Arithmetic rows (hours x power) are labelled so; they show that units and boundaries are right, not
that anything was predicted.  `published.csv` beside this file adds rows whose inputs and results
were read in public copies of their sources.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modicum.carbon import equivalent
from modicum.figures import Figure
from modicum.plan import quoted, train
from modicum.plan.project import COUNTRIES, SCENARIOS, Fleet, per_unit_wh, project

Inputs = dict[str, str]

MORE = Path(__file__).with_name("published.csv")


@dataclass(frozen=True)
class Answer:
    """A published value and what the planner says to the same inputs."""

    name: str
    published: float
    unit: str
    ours: float
    tolerance: float

    @property
    def off(self) -> float:
        """How far the planner is from it, as a share."""
        return abs(self.ours / self.published - 1)

    @property
    def met(self) -> bool:
        """Whether that is within its tolerance."""
        return self.off <= self.tolerance


def read_answers(path: Path) -> Iterator[Answer]:
    """Every row of a file of published values, answered."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            inputs = dict(p.split("=") for p in row["inputs"].split(";") if p)
            wanted = float((row["tolerance"] or "1%").rstrip("%")) / 100
            for name, value, unit, ours in answers(row, inputs):
                yield Answer(name, value, unit, ours, wanted)


def answers(row: dict[str, str], inputs: Inputs) -> Iterator[tuple[str, float, str, float]]:
    """Name, published value, unit, and what the planner says, by the row's kind."""
    values, units = row["published_value"], row["published_unit"]
    if row["id"] in {"devries-2023", "devries-search"}:
        yield from two_numbers(row)
        return
    kinds: dict[str, Callable[[dict[str, str], Inputs], Figure]] = {
        "train": trained,
        "serve": requested,
        "project": lambda r, i: fleet(i),
        "equivalent": compared,
    }
    figure = kinds[row["kind"]](row, inputs)
    unit = OURS.get(units, units)
    label = f"{row['id']} (arithmetic)" if row["kind"] in {"train", "serve"} else row["id"]
    ours = figure.to(unit).value if unit else figure.value
    yield label, float(values), units, ours or 0.0


OURS = {
    "t": "tCO2e",
    "Wh": "Wh/request",
    "g": "gCO2e/request",
    "mL": "mL/request",
    "TWh/year": "TWh",
    "home-years": "home-year",
}


def trained(row: dict[str, str], i: Inputs) -> Figure:
    number = {k: float(v) for k, v in i.items()}
    grid = number.get("g_per_kwh", number.get("g_per_kwh_incl_pue"))
    site = train.Site(pue=number.get("pue"), grid_g_per_kwh=grid)
    if "energy_mwh" in number:
        plan = train.train_from_energy(number["energy_mwh"] * 1000, site=site)
    elif "gpu_hours" in number:
        plan = train.train_from_chip_hours(number["gpu_hours"], number["watts"], site=site)
    else:
        hours = number.get("hours") or 24 * number.get("days", 7 * number.get("weeks", 0))
        watts = number.get("watts") or number["mw"] * 1e6 * number["load"]
        plan = train.train_from_time(
            chips=number.get("chips", 1), watts=watts, hours=hours, site=site
        )
    used = plan.footprint
    return used.carbon_g if row["published_unit"] == "t" else used.energy_j


def requested(row: dict[str, str], i: Inputs) -> Figure:
    n = {k: float(v) for k, v in i.items()}
    if "requests" in n:
        return quoted.request_from_total(n["energy_kwh"], n["requests"])
    if "requests_per_day" in n:
        return quoted.request_from_total(n["energy_mwh_per_day"] * 1000, n["requests_per_day"])
    if "flops" in n:
        return quoted.request_from_flops(
            active_params=n["active_params"],
            tokens_out=n["output_tokens"],
            peak_flops=n["flops"],
            utilisation=n["utilisation"],
            watts=n["watts"],
            power_share=n["power_fraction"],
        )
    if "l_per_kwh" in n:
        return quoted.water_of_request(n["energy_before_overhead_wh"], n["l_per_kwh"])
    return quoted.request_from_parts(n, "Wh" if row["published_unit"] == "Wh" else "gCO2e")


def fleet(i: Inputs) -> Figure:
    low, _, high = i["kw"].partition("..")
    whole = Fleet(float(i["servers"]), float(low), float(high or low))
    return project(whole)[0].energy


def compared(row: dict[str, str], i: Inputs) -> Figure:
    if row["id"] == "gpt3-homes":
        energy = train.train_from_energy(float(i["energy_mwh"]) * 1000).footprint.energy_j
        return equivalent(energy, "home-year").count
    twh = COUNTRIES[row["id"].capitalize()]
    return Figure.exact(twh, "TWh", basis="reported", source=row["source"], boundary="country")


def two_numbers(row: dict[str, str]) -> Iterator[tuple[str, float, str, float]]:
    energy = project(SCENARIOS[row["id"]])[0].energy
    if row["id"] == "devries-2023":
        low, high = (float(v) for v in row["published_value"].split(".."))
        yield "devries-2023 low", low, "TWh", energy.low or 0
        yield "devries-2023 high", high, "TWh", energy.high or 0
        return
    twh, wh = (float(v) for v in row["published_value"].split(";"))
    yield "devries-search", twh, "TWh", energy.value or 0
    yield "devries-search each", wh, "Wh", per_unit_wh(energy, 9e9).value or 0
