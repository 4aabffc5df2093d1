"""The bars of several benchmarks come together in one table."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def bars(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import bars

    yield bars
    sys.modules.pop("bars", None)


def test_a_printed_line_is_read_again_whole(bars: ModuleType) -> None:
    for met in (True, False, None):
        line = bars.Line(2, met, "p50 of  one text", "0.02 ms", "", "rival 4 ms")
        read = bars.read_line(str(line))
        assert (read.met, read.figure, read.wanted, read.rival) == (
            met,
            "0.02 ms",
            "",
            "rival 4 ms",
        )
        assert read.what == "p50 of one text"


def test_a_line_of_another_script_is_read_in_its_own_spacing(bars: ModuleType) -> None:
    assert bars.read_line("  bar 5: pass  a decision  0.31  >= 0.2").met is True
    assert bars.read_line("bar 3  MISS  wall time   812").figure == "812"
    assert bars.read_line("export MISS  int8 answers   98%") is None


def test_a_script_that_says_nothing_of_a_bar_tells_how_it_ended(
    bars: ModuleType, tmp_path: Path
) -> None:
    script = tmp_path / "one.py"
    script.write_text("print('bar 5  pass  a case  0.31'); raise SystemExit('no texts')")
    first, second = bars.run(str(script), bars=(4, 5))
    assert (first.met, first.figure) == (True, "0.31")
    assert (second.bar, second.met) == (4, None)
    assert "ended with 1: no texts" in second.figure


def test_a_part_that_was_measured_is_not_measured_again(bars: ModuleType, tmp_path: Path) -> None:
    path, asked = tmp_path / "kept.json", list[str]()

    def measure(met: bool | None) -> list[object]:
        asked.append(str(met))
        return [bars.Line(4, met, "a case", "0.3")]

    for met in (None, False, True):  # not measured, then a miss: a miss is a result
        found = bars.Kept(path).part("cascade", lambda met=met: measure(met))
    assert asked == ["None", "False"]
    assert found == [bars.Line(4, False, "a case", "0.3")]


def test_the_table_is_in_order_and_counts_its_states(bars: ModuleType) -> None:
    lines = [bars.Line(7, None, "b", "why"), bars.Line(1, True, "a", "1")]
    first, second, counts = bars.table(lines).splitlines()
    assert (first[:5], second[:5], counts) == ("bar 1", "bar 7", "1 pass, 0 MISS, 1 none")
