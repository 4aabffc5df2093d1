"""A pytest plugin: a change that breaks a decision's bound, or uses more energy, fails its test.

Installed with the package; pytest finds it by itself.  Nothing heavy is imported before a test asks
for one of its fixtures.

    def test_the_new_prompt_still_does_the_job(assert_adequate):
        assert_adequate({"new": losses, "old": reference_losses}, "new", reference="old")

    def test_answering_stays_frugal(assert_energy_below):
        with assert_energy_below(2.0, "J"):
            answer_all()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def check_adequate(
    losses: Mapping[str, ArrayLike] | str | Path,
    candidate: str | None = None,
    *,
    reference: str | None = None,
    margin: float = 0.02,
    confidence: float = 0.95,
) -> None:
    """Fail unless a candidate is proven adequate.

    losses: by name, in [0, 1], paired by position, the candidate's and the reference's among them;
        or the folder of a decision, which is verified and whose recommended candidate (or the one
        named) must be proven in it; margin and confidence are then the decision's own.

    Raises AssertionError with the difference, its interval and what is missing.
    """
    __tracebackhide__ = True
    if isinstance(losses, str | Path):
        _check_decision(Path(losses), candidate)
        return
    from modicum.decision.engine import decide

    if candidate is None or reference is None:
        raise ValueError("give candidate and reference, the names of two of the losses")
    two = {name: losses[name] for name in (candidate, reference)}
    verdict = decide(two, reference, margin=margin, confidence=confidence)
    if verdict.adequate[candidate] is True:
        return
    found = verdict.evidence[candidate]
    interval = found.difference_interval
    missing = "; ".join(m.reason for m in verdict.missing) or found.reason
    raise AssertionError(
        f"{candidate!r} is not proven adequate: {found.difference:+.4f} worse than {reference!r} "
        f"({interval.low:+.4f} to {interval.high:+.4f}) on {found.n:,} examples, "
        f"margin {margin:g}, confidence {confidence:g}; {missing}"
    )


def _check_decision(folder: Path, candidate: str | None) -> None:
    from modicum.decision.document import read_decision
    from modicum.study.verify import verify

    __tracebackhide__ = True
    verification = verify(folder)
    if not verification.holds:
        raise AssertionError(f"the decision in {folder} does not hold: {verification.faults[0]}")
    decision = read_decision(folder)
    name = candidate or decision.recommended
    if name != decision.reference and decision.candidate(name).adequate is not True:
        test = decision.candidate(name).test
        raise AssertionError(
            f"{name!r} is not proven adequate in {folder}: {test.reason if test else 'not judged'}"
        )


@contextmanager
def check_energy_below(limit: float, unit: str = "J", *, strict: bool = True) -> Iterator[None]:
    """Fail where the work inside may have used more than a limit.

    strict: the whole 90% interval must lie below the limit; otherwise only an interval that lies
    wholly above it fails.  Energy that is not known fails either way, with its reason.
    """
    from modicum.metering import Meter

    __tracebackhide__ = True
    with Meter().window("assert_energy_below") as window:
        yield
    used = window.reading.energy_j.to(unit)
    if used.value is None or used.low is None or used.high is None:
        raise AssertionError(f"the energy is not known: {used.reason}")
    if (used.high if strict else used.low) > limit:
        raise AssertionError(
            f"used {used.value:.3g} {unit} ({used.low:.3g} to {used.high:.3g}, {used.basis}), the "
            f"limit is {limit:g} {unit}"
        )


@pytest.fixture(name="assert_adequate")
def _assert_adequate() -> object:
    """`check_adequate`, for tests."""
    return check_adequate


@pytest.fixture(name="assert_energy_below")
def _assert_energy_below() -> object:
    """`check_energy_below`, for tests."""
    return check_energy_below
