"""Impossible and unreadable input of every sub-command is one sentence with its limit."""

from collections.abc import Callable
from pathlib import Path

import pytest

Refused = Callable[..., str]

TRAIN = "train --chips 5 --watts 300 --days 1"
PLACE = "place --grid A=a.csv --generate 5 --hours 48"
NEWER = "modernise --old server-2013 --new server-2024"

CASES = {
    "train --chips 1e300 --watts 1e300 --days 1": "above its limit of 31000",
    "train --energy-kwh 1e15": "energy in TWh is 1e+06, above",
    f"{TRAIN} --pue 1e9": "PUE is 1e+09, above its limit of 10",
    f"{TRAIN} --pue 0.9": "PUE is 0.9, below its limit of 1",
    f"{TRAIN} --grid-g-per-kwh nan": "grid factor is nan",
    "train --params 1e12 --tokens 1e13 --chip h100 --chips 8 --days 1": "FLOPs",
    "train --config half.json --tokens 1e12 --chip h100": "no transformer's config.json",
    "train --config word.json --tokens 1e12 --chip h100": "no transformer's config.json",
    "train --preset bloom --chips 100": "computed from accelerator hours: it has no chips",
    "train --preset olmo-2-7b --watts 100": "computed from a measured energy: it has no watts",
    "train --preset gpt-3 --energy-kwh 4": "has its own size and energy",
    "serve --params 1e9 --batch 1e12": "batch is 1e+12, above its limit of 10000",
    "serve --params 1e9 --batch 0": "batch is 0, below its limit of 1",
    "project --servers 5 --kw-low 1 --years 100000000": "100000000 years",
    "project --servers 5 --kw-low 1 --growth nan": "growth is nan",
    "project --servers 5 --kw-low 1 --growth 30": "at most 9",
    "project --servers 5 --kw-low 1 --first-year -3": "first year is -3",
    "place --grid A=bytes.csv --generate 5": "cannot be read",
    "place --grid A=a.csv --jobs bytes.csv --hours 48": "cannot be read",
    "place --grid A=a.csv --jobs twice.csv --hours 48": "names job j twice",
    f"{PLACE} --aim carbon=0": "weighs nothing",
    f"{PLACE} --replay 99": "forecast error is 99, above its limit of 1",
    f"{PLACE} --seed -1": "seed is -1",
    f"{PLACE} --grid A=a.csv": "grid 'A' is given twice",
    "place --grid =a.csv --generate 5 --hours 48": "give NAME=FILE.csv",
    f"{NEWER} --years 1e9": "years is 1e+09, above its limit of 50",
    f"{NEWER} --price-of-device nan": "price is nan",
    f"{NEWER} --currency EURO": "three letters",
    "modernise --fleet 1": "servers is 1, below its limit of 5",
    "standards plan.json --form sci --boundary x --units nan": "nan request",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files good and bad, in the current folder."""
    series = "\n".join(f"{h},{300 if h % 24 < 12 else 100}" for h in range(48))
    job, head = "j,2,1,0,24,A", "name,hours,kw,release,deadline,home"
    size = '"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 9'
    energy = '{"value": 1, "low": 1, "high": 1, "unit": "kWh", "basis": "reported", '
    for name, text in {
        "a.csv": f"Datetime,Intensity (LCA)\n{series}",
        "twice.csv": f"{head}\n{job}\n{job}\n",
        "half.json": f'{{{size}, "intermediate_size": 4, "kv_lora_rank": 3}}',
        "word.json": f'{{{size}, "intermediate_size": "x"}}',
        "plan.json": f'{{"energy_kwh": {energy} "source": "x", "boundary": "y"}}}}',
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes.csv").write_bytes(bytes(range(256)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("typed", CASES)
def test_bad_input_is_one_sentence(refused: Refused, typed: str) -> None:
    assert CASES[typed] in refused(*typed.split())
