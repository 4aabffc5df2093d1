"""The catalogue at the terminal."""

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]
Plain = Callable[..., Any]


def test_the_whole_catalogue_fits_80_columns_and_marks_what_is_unconfirmed(run: Run) -> None:
    code, out, _ = run("hardware")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "switch-100g*" in out
    assert " t4 " in out


def test_every_entry_has_its_source(plain: Plain) -> None:
    entries = plain("hardware")
    assert {"chip", "server", "switch", "optics", "model", "preset"} <= {e["kind"] for e in entries}
    assert all(len(e["source"]) > 8 for e in entries)


def test_one_entry_tells_its_sources(run: Run) -> None:
    assert "SPECpower" in run("hardware", "server-2022")[1].replace("\n", " ")


def test_other_spellings_are_found_and_a_footnote_stands_only_where_it_is_needed(run: Run) -> None:
    assert "1,312 kg of the HGX H100" in " ".join(run("hardware", "h800")[1].split())
    out = run("hardware", "bloom")[1]
    assert "Luccioni et al. 2022" in out
    assert "176 B" in out
    assert "unconfirmed" not in run("hardware", "--kind", "model")[1]


def test_an_unknown_entry_names_the_nearest(refused: Run) -> None:
    assert "nearest is switch-100g" in refused("hardware", "switch-100")
    assert "one of chip" in refused("hardware", "--kind", "router")
