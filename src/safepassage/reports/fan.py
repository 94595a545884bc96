"""The fan chart: how many people are out over time, as bands of runs, with the plan's own curve. Geometry only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from msgspec import Struct

from safepassage.model.plan import Plan
from safepassage.rehearsal.outcome import LEVELS, Outcome
from safepassage.reports.timescale import Scale, Tick, ticks
from safepassage.reports.words import Setting

WIDTH = 1000
LEFT = 60
TOP = 54
PLOT = 300
HEIGHT = TOP + PLOT + 8
_LINES_AT_MOST = 7
_ROWS_AT_MOST = 12


class Band(Struct, frozen=True, kw_only=True):
    """Between two quantiles lie `percent` of all runs."""

    percent: int
    path: str


class Fan(Struct, frozen=True, kw_only=True):
    """The chart: bands from the widest in, lines of people, and the rows of its table (instant, people by level)."""

    ticks: tuple[Tick, ...]
    lines: tuple[tuple[float, int], ...]
    bands: tuple[Band, ...]
    middle: str
    planned: str
    due_x: float
    planned_x: float
    rows: tuple[tuple[int, tuple[int, ...]], ...]


def out_as_planned(plan: Plan) -> tuple[tuple[int, int], ...]:
    """List when so many more are out as planned: everybody at the end of the service where they alight for good."""
    last_s: dict[str, int] = {}
    trips = {trip.id: trip for trip in plan.trips if trip.kind != "referral"}
    for manifest in plan.manifests:
        if manifest.trip in trips:
            for ride in manifest.rides:
                end_s = trips[manifest.trip].stops[ride.alight].end_s
                last_s[ride.person] = max(end_s, last_s.get(ride.person, end_s))
    counts: dict[int, int] = {}
    for end_s in last_s.values():
        counts[end_s] = counts.get(end_s, 0) + 1
    return tuple(sorted(counts.items()))


def fan_of(plan: Plan, outcome: Outcome, setting: Setting) -> Fan | None:
    """Lay out the fan, from before the first arrival to after the last; nothing where nobody comes out in any run."""
    if not outcome.people or not any(map(any, outcome.fan)):
        return None
    planned = out_as_planned(plan)
    scale = _scale(outcome, planned)
    bins = range(
        max(scale.from_s // outcome.bin_s - 1, 0), min(-(-scale.until_s // outcome.bin_s), len(outcome.fan[0]))
    )

    def y(people: int) -> float:
        return round(TOP + PLOT * (1 - min(people / outcome.people, 1)), 1)

    def points(level: int) -> list[tuple[float, float]]:
        return [(scale.x((one + 1) * outcome.bin_s), y(outcome.fan[level][one])) for one in bins]

    curves = [points(level) for level in range(len(LEVELS))]
    half = len(LEVELS) // 2
    return Fan(
        ticks=ticks(setting, scale),
        lines=tuple((y(people), people) for people in _round_counts(outcome.people)),
        bands=tuple(
            Band(
                percent=round((LEVELS[-1 - level] - LEVELS[level]) * 100),
                path=_path([*curves[level], *reversed(curves[-1 - level])]) + "Z",
            )
            for level in range(half)
        ),
        middle=_path(curves[half]),
        planned=_path(_steps([(scale.x(at_s), y(out)) for at_s, out in _summed(planned)], scale.x(scale.from_s), y(0))),
        due_x=scale.x(outcome.due_s),
        planned_x=scale.x(outcome.planned_s),
        rows=_rows(outcome, scale),
    )


def _scale(outcome: Outcome, planned: Sequence[tuple[int, int]]) -> Scale:
    most, fewest = outcome.fan[-1], outcome.fan[0]
    first = next(one for one, people in enumerate(most) if people)
    changes = [one for one in range(1, len(fewest)) if any(line[one] != line[one - 1] for line in outcome.fan)]
    marks = [outcome.due_s, outcome.planned_s, *(at_s for at_s, _ in planned)]
    from_s = min(first * outcome.bin_s, *marks)
    until_s = max(((max(changes, default=first) + 1) * outcome.bin_s), *marks)
    margin = max((until_s - from_s) // 30, outcome.bin_s)
    return Scale(max(from_s - margin, 0), until_s + margin, WIDTH)


def _summed(planned: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    out, found = 0, []
    for at_s, people in planned:
        out += people
        found.append((at_s, out))
    return found


def _steps(points: Sequence[tuple[float, float]], from_x: float, floor: float) -> list[tuple[float, float]]:
    """Make a curve of steps: what is out stays out until more are."""
    found = [(from_x, floor)]
    for x, y in points:
        found += [(x, found[-1][1]), (x, y)]
    return [*found, (float(WIDTH), found[-1][1])]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _round_counts(people: int) -> tuple[int, ...]:
    """List round numbers of people for the lines across, and the number of all."""
    steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
    step = next(step for step in steps if people / step < _LINES_AT_MOST)
    return (*(line for line in range(0, people, step) if people - line > step / 3), people)


def _rows(outcome: Outcome, scale: Scale) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Choose instants for the table, so many bins apart that the rows stay few."""
    first = scale.from_s // outcome.bin_s
    last = min(scale.until_s // outcome.bin_s, len(outcome.fan[0]) - 1)
    apart = max(-(-(last - first) // _ROWS_AT_MOST), 1)
    return tuple(
        ((one + 1) * outcome.bin_s, tuple(level[one] for level in outcome.fan)) for one in range(first, last + 1, apart)
    )
