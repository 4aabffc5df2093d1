"""A candidate of the ladder, fitted as benchmarks do: tuned on a part, then on all (`refit`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ladder_sets import Rows, share
from modicum.candidates import Candidate, Examples, find_recipe
from modicum.candidates.minilm import MiniLm


def examples(rows: Iterable[tuple[str, str]], classes: tuple[str, ...]) -> Examples:
    rows = list(rows)
    return Examples(tuple(t for t, _ in rows), tuple(c for _, c in rows), classes)


def fit(name: str, train: Rows, classes: tuple[str, ...], seed: int) -> Candidate:
    held = {text for text, _ in train if share(text, f"tune{seed}") < 0.2}
    tune = examples((row for row in train if row[0] in held), classes)
    rest = examples((row for row in train if row[0] not in held), classes)
    options: dict[str, object] = {} if name == "majority" else {"refit": True}
    return find_recipe(name).fit(rest, tune, name=name, seed=seed, options=options)


def remember_encodings() -> Callable[[], None]:
    """Let MiniLM encode each text once for all seeds; returns what undoes it before timing.

    An encoder taught by a candidate is another one each time, and nothing of it is kept.
    """
    encode, kept = MiniLm.encode, dict[tuple[int, str], np.ndarray]()

    def remembered(self: MiniLm, texts: Sequence[str]) -> np.ndarray:
        if type(self) is not MiniLm:
            return encode(self, texts)
        new = [text for text in dict.fromkeys(texts) if (self.opening, text) not in kept]
        kept.update(((self.opening, t), row) for t, row in zip(new, encode(self, new), strict=True))
        rows = [kept[self.opening, text] for text in texts]
        return np.array(rows) if rows else np.zeros((0, self.width), np.float32)

    MiniLm.encode = remembered  # type: ignore[method-assign]

    def forget() -> None:
        MiniLm.encode = encode  # type: ignore[method-assign]

    return forget
