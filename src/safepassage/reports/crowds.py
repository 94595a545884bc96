"""People who wait at hold points over time: one small area per site, each on its own scale. Geometry only."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.ids import SiteId
from safepassage.rehearsal.outcome import Outcome, Waiting
from safepassage.reports.timescale import Scale, Tick, ticks
from safepassage.reports.words import Setting

WIDTH = 1000
TOP = 34
ROW = 84
_PLOT = 56
_DRAWN_AT_MOST = 8


class Crowd(Struct, frozen=True, kw_only=True):
    """A site: its area, where its row begins and its floor is, and the most people at once (mean) with its instant."""

    site: SiteId
    y: float
    floor: float
    path: str
    peak: float
    peak_s: int
    person_hours: float


class Crowds(Struct, frozen=True, kw_only=True):
    """The chart, and all sites for the table, the most person-hours first."""

    height: float
    ticks: tuple[Tick, ...]
    drawn: tuple[Crowd, ...]
    crowds: tuple[Crowd, ...]


def crowds_of(outcome: Outcome, setting: Setting) -> Crowds | None:
    """Lay out who waits where; nothing where nobody does."""
    waiting = sorted((one for one in outcome.waiting if any(one.people)), key=lambda one: -one.person_hours)
    if not waiting:
        return None
    used = [index for one in waiting for index, people in enumerate(one.people) if people]
    margin = outcome.bin_s
    scale = Scale(max(min(used) * outcome.bin_s - margin, 0), (max(used) + 1) * outcome.bin_s + margin, WIDTH)
    crowds = tuple(_crowd(one, number, outcome.bin_s, scale) for number, one in enumerate(waiting))
    drawn = crowds[:_DRAWN_AT_MOST]
    return Crowds(height=TOP + len(drawn) * ROW + 4, ticks=ticks(setting, scale), drawn=drawn, crowds=crowds)


def _crowd(waiting: Waiting, number: int, bin_s: int, scale: Scale) -> Crowd:
    peak = max(waiting.people)
    y = TOP + number * ROW
    floor = y + ROW - 8
    corners = [f"{scale.x(0):g} {floor:g}"]
    for index, people in enumerate(waiting.people):
        if scale.from_s < (index + 1) * bin_s and index * bin_s < scale.until_s:
            height = f"{floor - _PLOT * people / peak:.1f}"
            corners += [f"{scale.x(index * bin_s):g} {height}", f"{scale.x((index + 1) * bin_s):g} {height}"]
    corners.append(f"{scale.width:g} {floor:g}")
    return Crowd(
        site=waiting.site,
        y=y,
        floor=floor,
        path=f"M{'L'.join(corners)}Z",
        peak=peak,
        peak_s=waiting.people.index(peak) * bin_s,
        person_hours=waiting.person_hours,
    )
