"""A sentence encoder taught the classes themselves: for where there are hundreds of examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from modicum.candidates.setfit import SetFitRecipe


class FineTunedRecipe(SetFitRecipe):
    """`setfit` by cross-entropy instead of contrast; the same options, export and heads."""

    name = "finetuned"
    by = "classes"
    defaults: ClassVar[Mapping[str, object]] = {"layers": 3, "epochs": 2, "rate": 3e-4}
    space: ClassVar[Mapping[str, tuple[object, ...]]] = {
        "layers": (2, 3, 4, 6),
        "epochs": (2, 3, 4, 6),
        "rate": (1e-4, 3e-4, 6e-4),
    }
