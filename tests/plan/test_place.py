"""Placement: feasible, bounded, exact where small, and better than running at once."""

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from modicum.errors import PlanError
from modicum.plan.baselines import cheapest_first, run_now
from modicum.plan.filling import Filling
from modicum.plan.gantt import gantt_svg
from modicum.plan.gantt_text import gantt_text
from modicum.plan.instance import Instance, Slot, find_aim
from modicum.plan.jobs import Job, generate_jobs
from modicum.plan.place import Placement, place, tighten
from modicum.plan.places import Places
from modicum.plan.saving import carbon, compare
from modicum.plan.sites import Machine, Site, shifted

DAY = np.array([300.0] * 12 + [100.0] * 12)
TWO = [Site("A", np.tile(DAY, 2), 30), Site("B", shifted(np.tile(DAY, 2), 12), 30)]


def job(name: str = "j", **changes: object) -> Job:
    inputs: dict[str, object] = {"hours": 2, "kw": 1.0, "release": 0, "deadline": 24, "home": "A"}
    return Job(name, **(inputs | changes))  # type: ignore[arg-type]


def many(count: int = 300) -> Instance:
    return Instance(generate_jobs(count, ["A", "B"], 48, seed=1), TWO, 48)


def assert_feasible(instance: Instance, schedule: tuple[Slot, ...] | list[Slot]) -> None:
    used: Counter[tuple[int, int]] = Counter()
    for j, slot in zip(instance.jobs, schedule, strict=True):
        site = instance.sites[slot.site]
        assert j.may_run(site.region)
        assert len(slot.hours) == np.ceil(j.hours / site.machine.speed)
        assert j.release <= slot.hours[0] <= slot.hours[-1] < j.deadline
        if not j.interruptible:
            assert slot.hours[-1] - slot.hours[0] == len(slot.hours) - 1
        used.update((slot.site, h) for h in slot.hours)
    assert all(n <= instance.sites[p].machines for (p, _), n in used.items())


def test_one_job_waits_for_the_clean_hours_or_moves_to_them() -> None:
    alone = Instance([job(regions=("A",))], TWO, 24)
    assert place(alone).schedule[0].hours[0] >= 12
    free = Instance([job(deadline=3)], TWO, 24)
    assert free.sites[place(free).schedule[0].site].region == "B"


def test_two_kwh_at_100_grams_and_pue_1_2_cost_240() -> None:
    assert place(Instance([job()], TWO, 24)).cost == pytest.approx(240)


def test_data_is_charged_for_its_way() -> None:
    near = Instance([job(deadline=3, data_gb=1.0)], TWO, 24)
    assert near.sites[place(near).schedule[0].site].region == "B"
    far = Instance([job(deadline=3, data_gb=100.0)], TWO, 24)
    assert far.sites[place(far).schedule[0].site].region == "A"
    marginal = Instance([job(deadline=3, data_gb=100.0)], TWO, 24, network="marginal")
    assert marginal.sites[place(marginal).schedule[0].site].region == "B"


def test_an_interruptible_job_skips_the_dirty_hours() -> None:
    zigzag = [Site("A", np.array([1.0, 9.0, 1.0, 9.0]), 1)]
    loose = Instance([job(deadline=4, interruptible=True)], zigzag, 4)
    assert place(loose).schedule[0].hours == (0, 2)


def test_a_faster_machine_is_taken_when_it_uses_less() -> None:
    sites = [Site("A", DAY, 5), Site("A", DAY, 5, Machine("new", speed=2.0, power=1.5))]
    found = place(Instance([job(regions=("A",))], sites, 24, "energy"))
    assert found.schedule[0] == Slot(1, (found.schedule[0].hours[0],))


def test_the_exact_plan_is_the_best_of_all_by_brute_force() -> None:
    sites = [Site("A", np.array([5.0, 1.0, 3.0, 4.0]), 1)]
    jobs = [job(n, hours=1, deadline=4, kw=k) for n, k in (("a", 1.0), ("b", 2.0), ("c", 3.0))]
    found = place(Instance(jobs, sites, 4))
    best = min(
        1.2 * sum(k * sites[0].intensity[h] for k, h in zip((1, 2, 3), hours, strict=True))
        for hours in itertools.permutations(range(4), 3)
    )
    assert found.exact
    assert found.cost == pytest.approx(best)


def test_the_decomposed_plan_is_feasible_and_near_its_bound() -> None:
    instance = many()
    found = place(instance, exact_below=0)
    assert_feasible(instance, found.schedule)
    assert found.bound <= found.cost
    assert (found.cost - tighten(instance, found)) / found.cost < 0.02


def test_the_bound_of_the_decomposition_is_below_the_exact_optimum() -> None:
    jobs = generate_jobs(40, ["A", "B"], 48, seed=3)
    tight = [Site("A", TWO[0].intensity, 3), Site("B", TWO[1].intensity, 3)]
    instance = Instance(jobs, tight, 48)
    exact, found = place(instance), place(instance, exact_below=0)
    assert_feasible(instance, exact.schedule)
    assert found.bound <= exact.cost + 1e-6 <= found.cost + 2e-6


def test_machines_at_other_work_are_not_used() -> None:
    busy = np.zeros((2, 24))
    busy[:, 12:] = 30
    found = place(Instance([job(regions=("A",))], TWO, 24, busy=busy))
    assert max(found.schedule[0].hours) < 12


@pytest.mark.parametrize("load", [0.5, 0.9])
def test_few_machines_are_shared_by_exchange_near_the_bound(load: float) -> None:
    work = generate_jobs(200, ["A", "B"], 48, seed=1)
    machines = round(sum(j.hours for j in work) / 96 / load)
    instance = Instance(work, [replace(s, machines=machines) for s in TWO], 48)
    found = place(instance, exact_below=0)
    assert_feasible(instance, found.schedule)
    assert found.bound <= found.cost <= 1.02 * found.bound


def test_the_relaxed_cost_is_the_sum_of_each_jobs_cheapest_place() -> None:
    instance = Instance(generate_jobs(40, ["A", "B"], 48, seed=5), TWO, 48)
    prices = np.random.default_rng(0).uniform(0, 300, instance.unit.shape)
    filling = Filling(instance, prices)
    slots = [filling.cheapest(j) for j in range(40)]
    cost, load = Places(instance).relaxed(prices)
    for j, slot in enumerate(slots):
        filling.put(j, slot)
    assert cost == pytest.approx(instance.total(slots) + float((prices * filling.load).sum()))
    assert load.sum() == filling.load.sum()


def test_both_simple_ways_are_feasible_and_dearer_than_the_plan() -> None:
    instance = many()
    planned = place(instance, exact_below=0)
    for schedule in (run_now(instance), cheapest_first(instance)):
        assert_feasible(instance, schedule)
        assert instance.total(schedule) > planned.cost


def test_a_saving_has_an_interval_its_parts_and_a_limit() -> None:
    instance = many()
    saving = compare(instance, place(instance, exact_below=0))
    share = saving.share
    assert share.low is not None
    assert share.low < (share.value or 0) <= (saving.bound_share or 0)
    assert 0 < (saving.deferral_share or 0) < 1


def test_carbon_of_a_schedule_shares_its_regions_error() -> None:
    instance = Instance([job()], TWO, 24)
    one = carbon(instance, place(instance).schedule)
    ratio = one / one
    assert (ratio.low, ratio.high) == (1.0, 1.0)


def test_a_deadline_that_cannot_be_met_is_refused_with_its_numbers() -> None:
    with pytest.raises(PlanError, match="needs 5 h but has 3 h"):
        job(hours=5, deadline=3)


def test_more_work_than_machines_is_refused() -> None:
    one = [Site("A", np.ones(4), 1)]
    with pytest.raises(PlanError, match="give more machines"):
        place(Instance([job(n, hours=3, deadline=4) for n in "ab"], one, 4))


def test_an_aim_may_be_a_weighting() -> None:
    assert find_aim("carbon=1,money=200") == {"carbon": 1.0, "money": 200.0}
    with pytest.raises(PlanError, match="aim 'coal' is not known"):
        find_aim("coal")


def test_the_picture_is_an_svg_with_a_row_for_each_site() -> None:
    instance = Instance([job()], TWO, 24)
    found: Placement = place(instance)
    picture = gantt_svg(instance, found.schedule)
    assert picture.startswith("<svg")
    assert picture.count(">A, standard<") == picture.count(">B, standard<") == 1
    assert 'class="paper"' in picture
    assert "prefers-color-scheme:dark" in picture


def test_a_name_too_long_for_its_bar_stands_beside_it_or_is_cut() -> None:
    work = [job("a-long-name", hours=1, deadline=1), job("next", hours=1, release=3, deadline=4)]
    instance = Instance(work, [Site("A", DAY, 1)], 24)
    picture = gantt_svg(instance, place(instance).schedule)
    assert '<text class="ink"' in picture.partition("a-long-name: 0 to 1 h")[2]
    assert ">a-long-name<" not in picture


def test_the_text_picture_shows_each_jobs_hours_under_its_grid() -> None:
    instance = Instance([job(deadline=3)], TWO, 24)
    lines = gantt_text(instance, place(instance).schedule).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("A")
    assert lines[2].startswith("B")
    assert lines[3].split() == ["j", "██"]
    many_jobs = gantt_text(many(60), place(many(60), exact_below=0).schedule)
    assert many_jobs.count("machines used") == 2


def test_a_plan_stands_where_running_now_misses_a_deadline_and_says_so() -> None:
    work = [job("long", hours=3), job("tight", release=1, deadline=4)]
    instance = Instance(work, [Site("A", DAY, 1)], 24)
    with pytest.raises(PlanError, match="tight finds no machine"):
        run_now(instance)
    placement = place(instance)
    assert_feasible(instance, placement.schedule)
    saving = compare(instance, placement)
    # Late, "tight" takes hours 3 and 4 after "long": five dirty hours of both in all.
    assert saving.run_now.value == pytest.approx(5 * 300 * 1.2)
    assert saving.late == {"run_now": 1, "cheapest_first": 1}
    assert (saving.share.value or 0) > 0
    assert saving.to_dict()["late"] == {"run_now": 1, "cheapest_first": 1}


def test_a_simple_way_that_never_runs_a_job_is_unknown_with_why() -> None:
    whole = Instance(boxed_in(), [Site("A", DAY[:4], 1)], 4)
    saving = compare(whole, place(whole))
    assert saving.planned.value
    assert (saving.run_now.value, saving.share.value, saving.aim_share) == (None, None, None)
    assert "runs not every job: job split finds no machine" in str(saving.share.reason)
    assert saving.late == {}


def boxed_in() -> list[Job]:
    """One machine, four hours: the first job fits only in two pieces about the second."""
    return [
        job("split", hours=2, deadline=4, interruptible=True),
        job("fixed", hours=2, release=1, deadline=3),
    ]
