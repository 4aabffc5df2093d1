from __future__ import annotations

import os
from pathlib import Path

import pytest

from modicum.metering.processes import Process, ProcFs, Snapshot, spent


def snapshot(*processes: Process) -> Snapshot:
    return {p.key: p for p in processes}


def process(pid: int, parent: int, own: float, reaped: float = 0.0, start: float = 1.0) -> Process:
    return Process(pid, start, parent, own, reaped)


def test_time_of_a_child_moves_to_its_parent_when_it_dies_and_counts_once() -> None:
    before = snapshot(process(1, 0, 5.0), process(2, 1, 3.0))
    after = snapshot(process(1, 0, 5.5, reaped=4.0))  # the child used one more second and died
    found = spent(before, after, opened_s=10.0)
    assert found.cpu_seconds == pytest.approx(0.5 + 1.0)
    assert found.lost == ()


def test_time_goes_up_the_chain_when_parent_and_child_die() -> None:
    before = snapshot(process(1, 0, 0.0), process(2, 1, 2.0), process(3, 2, 4.0))
    after = snapshot(process(1, 0, 0.0, reaped=7.0))
    assert spent(before, after, opened_s=10.0).cpu_seconds == pytest.approx(1.0)


def test_a_child_its_parent_never_waited_for_is_lost_and_said() -> None:
    before = snapshot(process(1, 0, 0.0), process(2, 1, 3.0))
    after = snapshot(process(1, 0, 0.25))
    found = spent(before, after, opened_s=10.0)
    assert found.cpu_seconds == pytest.approx(0.25)
    assert found.lost == (2,)


def test_a_root_that_ends_unseen_is_lost_and_said() -> None:
    found = spent(snapshot(process(9, 1, 3.0)), snapshot(), opened_s=10.0)
    assert (found.cpu_seconds, found.lost) == (0.0, (9,))


def test_a_process_that_started_inside_counts_whole() -> None:
    after = snapshot(process(1, 0, 0.0), process(4, 1, 0.75, reaped=0.25, start=11.0))
    assert spent(snapshot(process(1, 0, 0.0)), after, opened_s=10.0).cpu_seconds == 1.0


def test_an_older_process_that_joins_the_tree_counts_from_first_sight() -> None:
    after = snapshot(process(1, 0, 0.0), process(4, 1, 99.0, start=2.0))
    assert spent(snapshot(process(1, 0, 0.0)), after, opened_s=10.0).cpu_seconds == 0.0


def test_an_id_used_again_is_another_process() -> None:
    before = snapshot(process(1, 0, 0.0), process(4, 1, 50.0))
    after = snapshot(process(1, 0, 0.0, reaped=50.5), process(4, 1, 0.25, start=11.0))
    assert spent(before, after, opened_s=10.0).cpu_seconds == pytest.approx(0.75)


def test_a_clock_that_runs_backwards_never_gives_negative_time() -> None:
    before = snapshot(process(1, 0, 5.0, reaped=3.0))
    after = snapshot(process(1, 0, 4.0, reaped=2.0))
    assert spent(before, after, opened_s=10.0).cpu_seconds == 0.0


def fake_process(root: Path, pid: int, parent: int, name: str = "x") -> None:
    (root / str(pid)).mkdir()
    fields = ["S", parent, *[0] * 9, 100, 50, 20, 10, 20, 0, 1, 0, 5000, 0, 7]
    (root / str(pid) / "stat").write_text(f"{pid} ({name}) {' '.join(map(str, fields))}\n")


def test_a_tree_holds_all_descendants_and_odd_names_do_not_confuse_it(tmp_path: Path) -> None:
    fake_process(tmp_path, 10, 1, "a) S 99 (b")
    fake_process(tmp_path, 11, 10)
    fake_process(tmp_path, 12, 11)
    fake_process(tmp_path, 20, 1)
    (tmp_path / "30").mkdir()  # vanished between listing and reading
    tree = ProcFs(tmp_path).tree([10])
    assert sorted(pid for pid, _ in tree) == [10, 11, 12]
    ten = next(p for p in tree.values() if p.pid == 10)
    tick = 1.0 / os.sysconf("SC_CLK_TCK")
    assert ten.own_s == pytest.approx(150 * tick)
    assert ten.reaped_s == pytest.approx(30 * tick)
    assert ten.rss_bytes == 7 * os.sysconf("SC_PAGE_SIZE")
    assert ten.name == "a) S 99 (b"


def test_the_cpu_clock_of_another_process_agrees_with_its_ticks() -> None:
    parent = ProcFs().read(os.getppid())
    assert parent is not None
    text = Path(f"/proc/{os.getppid()}/stat").read_text()
    field = text.rpartition(")")[2].split()
    ticks = (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK")
    assert parent.own_s == pytest.approx(ticks, abs=0.05)


def test_busy_time_leaves_out_idle_and_waiting(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu  100 0 50 1000 200 0 0 0 0 0\ncpu0 1 1 1 1\n")
    busy, total = ProcFs(tmp_path).machine_seconds()
    tick = 1.0 / os.sysconf("SC_CLK_TCK")
    assert (busy, total) == (pytest.approx(150 * tick), pytest.approx(1350 * tick))
