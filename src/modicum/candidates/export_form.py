"""The form in which a taught encoder is served: the lightest that keeps its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modicum.candidates.light_graph import inputs_of, lighter
from modicum.stats.proportion import clopper_pearson

if TYPE_CHECKING:
    from modicum.candidates.light_graph import Wanted

    Answer = Callable[[bytes], Sequence[str | None]]

AGREEMENT = 0.995
"""Share of the answers that a lighter form must have in common with the encoder as taught."""
COMPARED = 1_000
"""Texts that forms are compared on, at most."""
_CALIBRATION = 300
"""Texts whose states tell which weights matter, at most: a few tokens for each of 1,536 inputs."""

FORMS: Mapping[str, Wanted | None] = {
    "int8": lambda rows, columns: True,
    "int8-half": lambda rows, columns: rows <= columns,
    "half": lambda rows, columns: False,
    "fp32": None,
}
"""Lightest first, with what is computed in integers.  `int8-half` leaves the products that narrow
(an encoder's feed-forward outputs, whose inputs have the worst outliers) in floating point; `half`
leaves all."""
_WORDS = {
    "int8": "int8",
    "int8-half": "int8 with its feed-forward outputs in half precision",
    "half": "half precision with int8 embeddings",
    "fp32": "full precision",
}


@dataclass(frozen=True, slots=True)
class Export:
    """How the encoder is served, and what that changed.

    form: a key of `FORMS`.  agreement: share of `compared` texts answered as before.  size: bytes.
    refused: what each lighter form would have kept, less than `AGREEMENT`.
    """

    form: str
    agreement: float
    compared: int
    size: int
    refused: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        same = round(self.agreement * self.compared)
        least = clopper_pearson(same, self.compared).low
        kept = f"{self.agreement:.2%} of {self.compared} answers as before"
        if self.form != "fp32":
            kept += f" (of all texts at least {least:.1%}, with 95% confidence)"
        said = f"exported in {_WORDS[self.form]}, {self.size / 1e6:.1f} MB: {kept}"
        if not self.refused:
            return said
        lost = ", ".join(f"{_WORDS[form]} {share:.2%}" for form, share in self.refused)
        return f"{said}; refused, for fewer than {AGREEMENT:.1%}: {lost}"


def in_form(whole: bytes, form: str, ids: Sequence[Sequence[int]]) -> bytes:
    """The encoder in one of `FORMS`; ids: token ids of texts it was taught on.

    Raises MissingExtraError where onnx is not installed.
    """
    integer = FORMS[form]
    if integer is None:
        return whole
    return lighter(whole, inputs_of(whole, ids[:_CALIBRATION]), integer)


def choose_form(whole: bytes, ids: Sequence[Sequence[int]], answer: Answer) -> tuple[bytes, Export]:
    """The lightest form that keeps `AGREEMENT` of the answers, and what was found.

    answer: what one and the same head answers with this encoder, on texts that neither taught nor
    will judge it, where there are any.  ids: token ids of texts it was taught on.
    """
    before = list(answer(whole))
    refused: list[tuple[str, float]] = []
    for form in FORMS:
        data = in_form(whole, form, ids)
        said = before if data is whole else list(answer(data))
        same = sum(a == b for a, b in zip(before, said, strict=True)) / len(before)
        if same >= AGREEMENT:
            break
        refused.append((form, same))
    return data, Export(form, same, len(before), len(data), tuple(refused))
