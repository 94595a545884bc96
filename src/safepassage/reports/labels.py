"""Place labels beside points so that they do not cover each other."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from msgspec import Struct

_DISTANCES = (13.0, 24.0, 38.0, 54.0, 72.0, 92.0)
_BEARINGS = (0, 180, 90, 270, 30, 330, 150, 210, 60, 120, 240, 300)
_LINE = 15.0
_POINT = 9.0
_MISREAD = 40.0
_BEAD = 3.0
_BEAD_STEP = 9.0


class Rectangle(Struct, frozen=True):
    """An area taken up on the sketch."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Rectangle) -> float:
        """Return the area shared with another."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


class Label(Struct, frozen=True, kw_only=True):
    """Where a label stands: its anchor, and how far it is from its point (a far one gets a leader line)."""

    x: float
    y: float
    anchor: str
    far: bool


def place(
    points: Sequence[tuple[float, float]],
    widths: Sequence[float],
    frame: Rectangle,
    lines: Sequence[Sequence[tuple[float, float]]] = (),
) -> list[Label]:
    """Give each point, in order of importance, the nearest place for its label that covers least.

    Parameters
    ----------
    points
        Where the points are; shape (n, 2), units of the sketch.
    widths
        How wide each label is; 0 for a point without label, which is only kept clear. Shape (n,).
    frame
        What labels must stay inside.
    lines
        Drawn lines that labels had better not cover.

    References
    ----------
    Imhof (1975), "Positioning names on maps": preferred positions right, left, above, below, then oblique.
    """
    taken = [Rectangle(x - _POINT, y - _POINT, x + _POINT, y + _POINT) for x, y in points]
    centres = list(points)
    taken += [bead for line in lines for bead in _beads(line)]
    labels: list[Label] = []
    for point, width in zip(points, widths, strict=True):
        near = _near(taken, point, width)
        best = min(
            (
                (
                    _cost(rectangle, near, frame) + _ambiguity(rectangle, point, centres) + distance / 40,
                    index,
                    label,
                    rectangle,
                )
                for index, (distance, label, rectangle) in enumerate(_candidates(point, width))
            ),
            key=lambda candidate: candidate[:2],
        )
        labels.append(best[2])
        if width:
            taken.append(best[3])
    return labels


def _near(taken: list[Rectangle], point: tuple[float, float], width: float) -> list[Rectangle]:
    """List what a label of this width could cover, wherever it stands: all else costs nothing."""
    (x, y), reach = point, _DISTANCES[-1] + _LINE
    around = Rectangle(x - reach - width, y - reach, x + reach + width, y + reach)
    return [one for one in taken if one.overlap(around) > 0]


def _beads(line: Sequence[tuple[float, float]]) -> list[Rectangle]:
    """Cover a line by small squares, close enough that a label cannot slip between."""
    beads = []
    for (x, y), (end_x, end_y) in itertools.pairwise(line):
        count = int(math.dist((x, y), (end_x, end_y)) / _BEAD_STEP) + 1
        for step in range(count):
            at_x, at_y = x + (end_x - x) * step / count, y + (end_y - y) * step / count
            beads.append(Rectangle(at_x - _BEAD, at_y - _BEAD, at_x + _BEAD, at_y + _BEAD))
    return beads


def _cost(rectangle: Rectangle, taken: list[Rectangle], frame: Rectangle) -> float:
    area = (rectangle.right - rectangle.left) * (rectangle.bottom - rectangle.top)
    outside = area - rectangle.overlap(frame)
    return sum(rectangle.overlap(other) for other in taken) + 10 * outside


def _ambiguity(rectangle: Rectangle, point: tuple[float, float], centres: list[tuple[float, float]]) -> float:
    """Cost of standing nearer to another point than to its own: it would be read as that one's label."""
    own = _gap(rectangle, point)
    return _MISREAD * sum(1 for centre in centres if centre != point and _gap(rectangle, centre) <= own)


def _gap(rectangle: Rectangle, point: tuple[float, float]) -> float:
    x, y = point
    across = max(rectangle.left - x, 0.0, x - rectangle.right)
    return math.hypot(across, max(rectangle.top - y, 0.0, y - rectangle.bottom))


def _candidates(point: tuple[float, float], width: float) -> list[tuple[float, Label, Rectangle]]:
    found = []
    for distance in _DISTANCES:
        for bearing in _BEARINGS:
            across, up = math.cos(math.radians(bearing)), math.sin(math.radians(bearing))
            x, y = point[0] + distance * across, point[1] - distance * up
            anchor = "start" if across > 0.3 else "end" if across < -0.3 else "middle"
            left = x - {"start": 0.0, "end": width, "middle": width / 2}[anchor]
            rectangle = Rectangle(left, y - _LINE / 2, left + width, y + _LINE / 2)
            far = distance > _DISTANCES[0]
            found.append((distance, Label(x=round(x, 1), y=round(y + 4, 1), anchor=anchor, far=far), rectangle))
    return found
