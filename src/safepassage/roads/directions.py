"""A way as lines that a driver reads: stretches of one name, how long, what is passed, when it is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import atan2, cos, degrees, radians

from safepassage.model.ids import LinkId, SiteId
from safepassage.roads.outlook import Heading, Stage, Turn
from safepassage.roads.shapes import Line
from safepassage.roads.survey import Step

SHORT_M = 40.0
"""A nameless piece shorter than this, as inside a crossing, is told with the road before it."""
STRAIGHT_DEGREES, SHARP_DEGREES = 35.0, 150.0
MS = 1000
_HEADINGS: tuple[Heading, ...] = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def directions(steps: Sequence[Step], ends: tuple[SiteId, SiteId], percent: int, *, turns: bool) -> tuple[Stage, ...]:
    """Tell a way in stages: pieces of one name and one gate together.

    Parameters
    ----------
    steps
        The pieces of the way, in driving direction.
    ends
        The sites between which it leads: they count as not passed.
    percent
        Speed at which it is driven; the times of the pieces are those at 100.
    turns
        Whether the lines of the roads are good enough to tell left from right; those of a table are sketches.

    Returns
    -------
    tuple of Stage
        Their times add up to that of the way, rounded up to whole seconds.
    """
    stages: list[Stage] = []
    before: Line = []
    along_m, along_ms = 0.0, 0
    for group in _groups([step for step in steps if not (step.access and not step.time_ms)]):
        line = joined_line(group)
        begins_s = _seconds(along_ms, percent)
        along_ms += sum(step.time_ms for step in group)
        length_m = sum(step.length_m for step in group)
        stages.append(
            Stage(
                name=_name(group),
                links=_links(group),
                from_m=along_m,
                length_m=length_m,
                travel_s=_seconds(along_ms, percent) - begins_s,
                turn=_turn(before, line) if turns or not before else "straight",
                heading=_heading(line),
                marks=tuple(dict.fromkeys(mark for step in group for mark in step.marks)),
                passes=_passed(group, ends),
                access=group[0].access,
                open=group[0].gate[0],
                clauses=group[0].gate[1],
                line=tuple(line),
            )
        )
        along_m += length_m
        before = line
    return tuple(stages)


def _seconds(time_ms: int, percent: int) -> int:
    return -(-time_ms * 100 // (percent * MS))


def _groups(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Give runs of pieces that are one road to a driver."""
    group: list[Step] = []
    for step in steps:
        if group and not _belongs(step, group):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _belongs(step: Step, group: list[Step]) -> bool:
    first = group[0]
    if step.access != first.access or step.gate != first.gate:
        return False
    return step.name == _name(group) or (not step.name and step.length_m < SHORT_M)


def _name(group: list[Step]) -> str:
    return group[0].name


def _links(group: list[Step]) -> tuple[LinkId, ...]:
    return tuple(dict.fromkeys(step.link for step in group if step.link))


def _passed(group: list[Step], besides: tuple[SiteId, SiteId]) -> tuple[SiteId, ...]:
    return tuple(dict.fromkeys(step.passes for step in group if step.passes and step.passes not in besides))


def joined_line(group: Sequence[Step]) -> Line:
    """Put the lines of pieces together."""
    points: Line = []
    for point in (point for step in group for point in step.line):
        if not points or points[-1] != point:
            points.append(point)
    return points


def _bearing(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the direction from one place to a near one, degrees clockwise from north."""
    east = (b[0] - a[0]) * cos(radians((a[1] + b[1]) / 2))
    return degrees(atan2(east, b[1] - a[1])) % 360


def _turn(before: Line, line: Line) -> Turn:
    if len(before) < 2 or len(line) < 2:
        return "start" if not before else "straight"
    by = (_bearing(*line[:2]) - _bearing(*before[-2:]) + 180) % 360 - 180
    if abs(by) <= STRAIGHT_DEGREES:
        return "straight"
    if abs(by) >= SHARP_DEGREES:
        return "back"
    return "right" if by > 0 else "left"


def _heading(line: Line) -> Heading:
    ends = next(((a, b) for a, b in pairwise(line) if a != b), None)
    return "n" if ends is None else _HEADINGS[round(_bearing(*ends) / 45) % 8]
