"""Placing jobs from files: residency, latency, hardware, data elsewhere, pictures and replays."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Plain = Callable[..., Any]


@pytest.fixture
def grids(tmp_path: Path) -> Path:
    """Two days of two regions: A is clean by night, B always dirty."""
    for name, day in (("a", [300] * 12 + [100] * 12), ("b", [500] * 24)):
        rows = ["Datetime,Intensity (LCA)"] + [f"{h},{g}" for h, g in enumerate(day * 2)]
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    (tmp_path / "sites.csv").write_text(
        "region,grid,machines,machine,speed,power,price\n"
        "A,a.csv,3,cpu,1,1,0.30\n"
        "A,a.csv,1,gpu,4,2,0.30\n"
        "B,b.csv,5,cpu,1,1,0.05\n"
    )
    return tmp_path


def jobs(folder: Path, *lines: str) -> str:
    head = "name,hours,kw,release,deadline,home,data_gb,regions,interruptible,data_at,machines"
    place = folder / "jobs.csv"
    place.write_text("\n".join([f"{head},latency_ms", *lines]))
    return str(place)


def placed(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "plan.csv").open() as lines:
        return {row["job"]: row for row in csv.DictReader(lines)}


def words(folder: Path, *lines: str) -> tuple[str, ...]:
    return (
        *("place", "--sites", str(folder / "sites.csv"), "--jobs", jobs(folder, *lines)),
        *("--hours", "48", "--schedule", str(folder / "plan.csv")),
    )


def test_each_wish_of_a_job_is_kept(plain: Plain, grids: Path) -> None:
    (grids / "ms.csv").write_text("from,to,ms\nA,B,80\n")
    plain(
        *words(
            grids,
            "free,2,1,0,48,B,,,,,,",
            "resident,2,1,0,48,B,,B,,,,",
            "near,2,1,0,48,B,,,,,,50",
            "far-enough,2,1,0,48,B,,,,,,100",
            "accelerated,4,1,0,48,A,,,,,gpu,",
            "data-in-b,1,0.001,0,48,A,1000,,,B,,",
        ),
        *("--latency", str(grids / "ms.csv")),
    )
    found = placed(grids)
    assert found["free"]["region"] == found["far-enough"]["region"] == "A"
    assert found["resident"]["region"] == found["near"]["region"] == "B"
    assert (found["accelerated"]["machine"], found["accelerated"]["hours"].count(" ")) == ("gpu", 0)
    assert found["data-in-b"]["region"] == "B"


def test_an_interruptible_job_takes_the_cleanest_hours(plain: Plain, grids: Path) -> None:
    plain(*words(grids, "split,20,1,0,48,A,,A,yes,,cpu,"))
    hours = [int(h) for h in placed(grids)["split"]["hours"].split()]
    assert all(h % 24 >= 12 for h in hours)
    assert hours[-1] - hours[0] > 19


def test_money_takes_the_cheap_region_and_says_so_in_its_own_unit(
    run: Run, plain: Plain, grids: Path
) -> None:
    typed = words(grids, "j,2,1,0,48,A,,,,,cpu,")
    told = plain(*typed, "--aim", "money")
    assert placed(grids)["j"]["region"] == "B"
    assert told["saving_of_the_aim"] == pytest.approx(1 - 0.05 / 0.30)
    assert told["no_schedule_saves_more_than"] >= told["saving_of_the_aim"] - 1e-9
    assert "saved in money: 83.3%" in run(*typed, "--aim", "money")[1]


def test_a_transfer_costs_more_on_average_than_at_the_margin(plain: Plain, grids: Path) -> None:
    typed = words(grids, "j,2,1,0,48,B,10,A,,,,")
    average, marginal = (plain(*typed, "--network", n) for n in ("average", "marginal"))
    spent = [t["made_of"]["network_spent"] for t in (average, marginal)]
    assert spent[0] > 10 * spent[1] > 0


def test_few_jobs_are_drawn_with_their_names_many_as_load(plain: Plain, grids: Path) -> None:
    picture = grids / "plan.svg"
    plain(*words(grids, "one<job>,2,1,0,48,A,,,,,,"), "--gantt", str(picture))
    assert "one&lt;job&gt;" in picture.read_text()
    plain(
        *("place", "--grid", f"A={grids / 'a.csv'}", "--grid", f"B={grids / 'b.csv'}"),
        *("--generate", "80", "--hours", "48", "--gantt", str(picture)),
    )
    assert "machines in use" in picture.read_text()


def test_a_dash_draws_at_the_terminal(run: Run, refused: Run, grids: Path) -> None:
    typed = (*words(grids, "j,2,1,0,48,A,,A,,,cpu,"), "--gantt", "-")
    out = run(*typed)[1]
    assert "the higher the dirtier" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "draws where --json prints" in refused(*typed, "--json")


def test_a_replay_has_a_range_and_saves_less_than_knowing(plain: Plain, grids: Path) -> None:
    told = plain(
        *("place", "--grid", f"A={grids / 'a.csv'}", "--grid", f"B={grids / 'b.csv'}"),
        *("--generate", "80", "--hours", "48", "--replay", "0.3"),
    )
    left = told["saving_under_forecast"]
    assert left["low"] <= left["value"] <= left["high"]
    assert left["value"] <= told["saving"]["value"] + 1e-9


def test_a_rival_that_is_late_is_told_so_and_the_replay_stands(run: Run, grids: Path) -> None:
    # One machine, four times as fast: "long" takes hours 0 to 5, "tight" needs two of 1 to 6.
    typed = words(grids, "long,24,1,0,48,A,,A,,,gpu,", "tight,5,1,1,7,A,,A,,,gpu,")
    told = run(*typed, "--replay", "0.2")[1]
    assert "run now ends 1 of 2 jobs after their deadline, the plan none" in told
    assert "carbon on daily forecasts" in told


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("j,5,1,0,3,A,,,,,,", "deadline cannot be met"),
        ("j,2,1,0,48,Q,,,,,,", "nearest is"),
        ("j,2,1,0,48,A,,,,,tpu,", "nearest is gpu"),
        ("j,2,-1,0,48,A,,,,,,", "power of job j is -1"),
        ("j,two,1,0,48,A,,,,,,", "line 2 of the jobs"),
        ("j,2,1,0,99,A,,,,,,", "fits no site before its deadline at hour 99"),
    ],
)
def test_a_job_that_cannot_be_is_refused(refused: Run, grids: Path, line: str, cure: str) -> None:
    assert cure in refused(*words(grids, line))
    assert not (grids / "plan.csv").exists()


@pytest.mark.parametrize(
    ("typed", "cure"),
    [
        ((), "give --grid NAME=FILE or --sites FILE"),
        (("--grid", "A"), "NAME=FILE.csv"),
        (("--grid", "A=/nowhere.csv"), "cannot be read"),
        (("--grid", "A=a.csv", "--gantt", "/no/where.svg"), "/no/where.svg cannot be written"),
    ],
)
def test_bad_input_is_one_sentence(refused: Run, typed: tuple[str, ...], cure: str) -> None:
    assert cure in refused("place", *typed)
