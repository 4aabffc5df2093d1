"""Labels: where names can stand so that none covers another, or a point."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

GLYPH = 0.6  # width of a character over the font's size: on the wide side for any system font


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any place."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    @classmethod
    def around(cls, x: float, y: float, half: float) -> Box:
        """A square around a point."""
        return cls(x - half, y - half, x + half, y + half)


@dataclass(frozen=True, slots=True)
class Label:
    """A text that found its place: `x`, `y` are the left end of its base line."""

    text: str
    box: Box
    x: float
    y: float
    far: bool


@dataclass
class Layout:
    """A picture's free place; a label that is placed is taken from it."""

    frame: Box
    size: float
    taken: list[Box] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)

    def block(self, box: Box) -> None:
        """Nothing may stand here."""
        self.taken.append(box)

    def avoid(self, box: Box) -> None:
        """Something may stand here, if there is no better place."""
        self.lines.append(box)

    def place(self, x: float, y: float, texts: Sequence[str], reach: float = 60.0) -> Label | None:
        """Put the first of the texts that fits near a point; the last one may go anywhere."""
        for text in texts:
            last = text == texts[-1]
            label = self._best(x, y, text, math.hypot(self._wide, self._high) if last else reach)
            if label is not None:
                self.taken.append(label.box)
                return label
        return None

    @property
    def _wide(self) -> float:
        return self.frame.right - self.frame.left

    @property
    def _high(self) -> float:
        return self.frame.bottom - self.frame.top

    def _best(self, x: float, y: float, text: str, reach: float) -> Label | None:
        width, height = len(text) * self.size * GLYPH, self.size * 1.25
        best: tuple[float, Box, float] | None = None
        for distance, box in _around(x, y, width, height, reach):
            if best is not None and distance > best[0]:
                break
            if not self.frame.holds(box) or any(box.meets(b) for b in self.taken):
                continue
            cost = distance + 14.0 * sum(box.meets(b) for b in self.lines)
            if best is None or cost < best[0]:
                best = (cost, box, distance)
        if best is None:
            return None
        _, box, distance = best
        return Label(text, box, box.left, box.bottom - height * 0.27, distance > 4)


def _around(
    x: float, y: float, width: float, height: float, reach: float
) -> Iterator[tuple[float, Box]]:
    """Boxes around a point, the nearest first; right of it before left, above before below."""
    gap, distance = 10.0, 0.0
    while distance <= reach:
        far = gap + distance
        for index, angle in enumerate((0, 180, 270, 90, 315, 45, 225, 135, 292, 68, 248, 112)):
            c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            middle_x = x + c * (far + width / 2)
            middle_y = y + s * (far + height / 2)
            left, top = middle_x - width / 2, middle_y - height / 2
            yield distance + index * 0.1, Box(left, top, left + width, top + height)
        distance += 8.0
