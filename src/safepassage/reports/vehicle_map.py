"""Vehicles on the sketch and in the table beside it, each with the age of its last fix.

A fix that is old is drawn hollow and told as old: what it shows is where the vehicle was. One that is shown late and
to a square, since the reader may know no more, is drawn as a dashed ring and told as that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.places import Site
from safepassage.reports.sketch import EARTH_M_PER_DEGREE, WIDTH, Sketch
from safepassage.reports.words import Phrase, Setting, called, clock, distance, duration, listed, literal, say
from safepassage.reports.words.setting import NOBODY

FixState: TypeAlias = Literal["live", "stale", "late"]
MarkState: TypeAlias = Literal["live", "stale", "late", "mixed"]
"""Of a mark: as of its fixes; `mixed` where some of them are old."""

TOGETHER: Final = 17.0
"""Units of the sketch: vehicles closer together than this share a mark."""

LABEL_WIDTH: Final = 150.0
LABEL_HEIGHT: Final = 13.0
"""Of a label, about, in units of the sketch."""

AT_THE_SITE_M: Final = 300
MOST_NAMED: Final = 2


class VehicleFix(Struct, frozen=True, kw_only=True):
    """Where a vehicle was, in degrees, how exactly (metres), when, and how old that is (milliseconds)."""

    vehicle: str
    lon: float
    lat: float
    radius_m: int
    at_ms: int
    age_ms: int
    state: FixState


class Mark(Struct, frozen=True, kw_only=True):
    """Vehicles in one place of the sketch: what to call them, and on which side of the mark that stands."""

    x: float
    y: float
    radius: float
    state: MarkState
    count: int
    label: Phrase
    label_x: float
    label_y: float
    anchor: Literal["start", "middle", "end"]


class VehicleRow(Struct, frozen=True, kw_only=True):
    """A line of the table: what was recorded, and where the last fix was and when; `state` empty without a fix."""

    vehicle: str
    name: Phrase
    recorded: Phrase
    near: Phrase
    place: Phrase
    at: Phrase
    age: Phrase
    state: FixState | Literal[""]


def marks(sketch: Sketch, fixes: Iterable[VehicleFix], setting: Setting) -> tuple[Mark, ...]:
    """Put vehicles on a sketch; those outside of it are left out.

    Parameters
    ----------
    sketch
        The whole, or a detail.
    fixes
        Where they are.
    setting
        What they are called.
    """
    groups: list[tuple[float, float, list[VehicleFix]]] = []
    for fix in sorted(fixes, key=lambda fix: fix.vehicle):
        x, y = sketch.projection.at(fix.lon, fix.lat)
        if not (0 <= x <= WIDTH and 0 <= y <= sketch.height):
            continue
        for near_x, near_y, group in groups:
            if (group[0].state == "late") is (fix.state == "late") and math.dist((x, y), (near_x, near_y)) < TOGETHER:
                group.append(fix)
                break
        else:
            groups.append((x, y, [fix]))
    found: list[Mark] = []
    for x, y, group in groups:
        mark = _mark(sketch, x, y, group, setting)
        # a label that would stand on another's goes above its mark
        found.append(replace(mark, label_y=-mark.radius - 4) if any(_cover(mark, one) for one in found) else mark)
    return tuple(found)


def _cover(mark: Mark, other: Mark) -> bool:
    return abs(mark.x - other.x) < LABEL_WIDTH and abs(mark.y + mark.label_y - other.y - other.label_y) < LABEL_HEIGHT


def _mark(sketch: Sketch, x: float, y: float, group: Sequence[VehicleFix], setting: Setting) -> Mark:
    left = x > WIDTH * 0.8
    states: set[MarkState] = {fix.state for fix in group}
    late = "late" in states
    radius = group[0].radius_m / EARTH_M_PER_DEGREE * sketch.projection.scale if late else 8.0
    return Mark(
        x=x,
        y=y,
        radius=round(max(radius, 8.0), 1),
        state=states.pop() if len(states) == 1 else "mixed",
        count=len(group),
        label=listed([called(setting, fix.vehicle, "vehicle") for fix in group], at_most=MOST_NAMED),
        label_x=0 if late else -10 if left else 10,
        label_y=max(radius, 8.0) + 12 if late else 18,
        anchor="middle" if late else "end" if left else "start",
    )


def rows(
    vehicles: Mapping[str, Phrase], fixes: Iterable[VehicleFix], sites: Sequence[Site], setting: Setting
) -> tuple[VehicleRow, ...]:
    """Say where vehicles are, in their order; those without a fix too.

    Parameters
    ----------
    vehicles
        Each that is asked about, with where it was recorded to be.
    fixes
        Where they were last, by their receivers.
    sites
        That a place is told by.
    setting
        What things are called.
    """
    found = {fix.vehicle: fix for fix in fixes}
    return tuple(_row(vehicle, recorded, found.get(vehicle), sites, setting) for vehicle, recorded in vehicles.items())


def _row(vehicle: str, recorded: Phrase, fix: VehicleFix | None, sites: Sequence[Site], setting: Setting) -> VehicleRow:
    name = called(setting, vehicle, "vehicle")
    if fix is None:
        return VehicleRow(vehicle=vehicle, name=name, recorded=recorded, near=NOBODY, place=NOBODY, at=NOBODY,
                          age=say("map.no-fix"), state="")  # fmt: skip
    digits = 2 if fix.state == "late" else 4
    return VehicleRow(
        vehicle=vehicle,
        name=name,
        recorded=recorded,
        near=_near(fix, sites, setting),
        place=literal(f"{fix.lat:.{digits}f}, {fix.lon:.{digits}f}"),
        at=clock(setting, fix.at_ms // 1000 - int(setting.start.timestamp())),
        age=told_age(fix),
        state=fix.state,
    )


def told_age(fix: VehicleFix) -> Phrase:
    """Say how old a fix is, and what that means where it is not plain."""
    minutes = fix.age_ms // 60_000
    if minutes == 0:
        return say("map.age.now")
    age = duration(minutes * 60)
    return say(f"map.age.{fix.state}", age=age, within=distance(fix.radius_m))


def _near(fix: VehicleFix, sites: Sequence[Site], setting: Setting) -> Phrase:
    """Say which site a fix is at or nearest to."""
    if not sites:
        return NOBODY
    far_m, nearest = min(((_apart_m(fix, site), site) for site in sites), key=lambda one: (one[0], one[1].id))
    site = called(setting, nearest.id, "site")
    if far_m <= max(AT_THE_SITE_M, fix.radius_m if fix.state == "late" else 0):
        return say("map.at", site=site)
    return say("map.from", site=site, far=distance(round(far_m, -2 if far_m < 10_000 else -3)))


def _apart_m(fix: VehicleFix, site: Site) -> int:
    across = ((fix.lon - site.lon + 180) % 360 - 180) * math.cos(math.radians(site.lat))
    return round(EARTH_M_PER_DEGREE * math.hypot(across, fix.lat - site.lat))
