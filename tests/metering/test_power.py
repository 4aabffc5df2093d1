from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from modicum.metering import cpus
from modicum.metering.power import from_cpuinfo, model_of, this_machine

_spec = importlib.util.spec_from_file_location("machines", Path(__file__).with_name("machines.py"))
assert _spec is not None
assert _spec.loader is not None
machines = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(machines)


def test_machines_the_table_was_not_built_from_lie_in_the_interval_85_times_in_100() -> None:
    source = random.Random(20260309)
    inside = runs = 0
    for vendor, family, model, stepping, idle_w, full_w, threads in machines.SYSTEMS:
        power = model_of("held out", cpus.identify(vendor, family, model, stepping), threads)
        for shape in machines.SHAPES:
            for _ in range(40):
                load = source.uniform(0.05, 1.0)
                true_w = (full_w - idle_w) * machines.dynamic_fraction(shape, load)
                figure = power.energy(load * threads)  # CPU seconds in one second
                assert figure.low is not None
                assert figure.high is not None
                inside += figure.low <= true_w <= figure.high
                runs += 1
    assert runs == 6000
    assert inside / runs >= 0.85


def test_an_unknown_processor_covers_every_known_machine_and_says_so() -> None:
    power = model_of("Mystery 9000", None, 8)
    assert power.note is not None
    assert "not in the processor table" in power.note
    per_thread = [(full - idle) / threads for *_, idle, full, threads in machines.SYSTEMS]
    assert sum(power.low <= watts <= power.high for watts in per_thread) >= 0.9 * len(per_thread)


def test_every_family_has_its_value_in_its_range_a_year_and_a_source() -> None:
    families = [row for row in vars(cpus).values() if isinstance(row, cpus.CpuFamily)]
    assert len(families) > 20
    for row in families:
        assert 0 < row.low <= row.watts <= row.high < 20
        assert 0 < row.idle_watts < row.high
        assert 2008 <= row.year <= 2026
        assert "SPECpower" in row.source


@pytest.mark.parametrize(
    ("vendor", "family", "model", "stepping", "name"),
    [
        ("GenuineIntel", 6, 85, 4, "Intel Skylake server"),
        ("GenuineIntel", 6, 85, 7, "Intel Cascade Lake and Cooper Lake"),
        ("GenuineIntel", 6, 143, 8, "Intel Sapphire Rapids"),
        ("AuthenticAMD", 25, 1, 1, "AMD EPYC 3rd generation"),
        ("ARM", 8, 0xD40, 1, "Arm Neoverse"),
    ],
)
def test_a_processor_is_known_by_its_cpuid(
    vendor: str, family: int, model: int, stepping: int, name: str
) -> None:
    found = cpus.identify(vendor, family, model, stepping)
    assert found is not None
    assert found.name == name


def test_a_processor_that_is_not_listed_is_none() -> None:
    assert cpus.identify("GenuineIntel", 15, 2) is None
    assert cpus.identify("Elbrus", 1, 1) is None


def test_cpuinfo_of_a_virtual_machine_with_a_bare_name_is_still_recognised() -> None:
    text = (
        "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\nmodel\t\t: 2\n"
        "model name\t: AMD EPYC\nstepping\t: 1\n\nprocessor\t: 1\n"
    )
    power = from_cpuinfo(text, 2)
    assert power.cpu == "AMD EPYC (AuthenticAMD 26/2)"
    assert power.error == "power-model:AMD EPYC (AuthenticAMD 26/2)"
    assert "5th generation" in power.source
    assert power.note is None


def test_cpuinfo_of_an_arm_server_is_read_by_its_part() -> None:
    assert "Neoverse" in from_cpuinfo("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", 4).source


def test_a_machine_without_cpuinfo_gets_a_wide_interval(tmp_path: Path) -> None:
    power = this_machine(tmp_path / "none")
    assert power.high / power.low > 5
