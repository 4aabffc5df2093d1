"""Audited examples as new data: which may judge, and which may only be learnt from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """An input and what is right for it, as an audit kept them.

    gold: a person said so, not the reference.
    """

    audit: int
    at: int
    input: str
    label: str
    gold: bool = False


@dataclass(frozen=True, slots=True)
class Divided:
    """Examples to fit on, and examples to judge on; no input is in both."""

    fit: tuple[Example, ...]
    judge: tuple[Example, ...]


def divide(examples: Iterable[Example], alarmed: int, fit_share: float = 0.5) -> Divided:
    """Divide by time: the oldest part to fit, the newest to judge; each input once.

    alarmed: the last audit that fed an alarm, 0 for none.  An alarm is raised because of what its
    audits held, so they are no fair sample any more: they are for fitting, never for judging, and
    neither is any input that was among them.  A gold label goes before the reference's answer.

    >>> made = [Example(k, k, f"text {k}", "a") for k in range(1, 9)]
    >>> found = divide(made, alarmed=2)
    >>> [e.audit for e in found.fit], [e.audit for e in found.judge]
    ([1, 2, 3, 4, 5], [6, 7, 8])
    """
    ordered = sorted(examples, key=lambda e: (e.at, e.audit))
    tainted = {_key(e) for e in ordered if e.audit <= alarmed}
    once: dict[str, Example] = {}
    for example in ordered:
        known = once.get(_key(example))
        if known is None or (example.gold and not known.gold):
            once[_key(example)] = example
    fit = [e for k, e in once.items() if k in tainted]
    clean = [e for k, e in once.items() if k not in tainted]
    cut = int(len(clean) * fit_share)
    return Divided((*fit, *clean[:cut]), tuple(clean[cut:]))


def _key(example: Example) -> str:
    return " ".join(example.input.split()).casefold()
