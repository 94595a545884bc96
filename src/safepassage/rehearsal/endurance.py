"""How long what is carried lasts: standing still, turning back as planned, and in the runs.

What a person or a vehicle carries is used up in proportion to the time under way, fuel also on the road. It is counted
from the first boarding of a trip, with everything full, to its last alighting; a refuelling fills the tank again.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Trip
from safepassage.model.travel import Travel
from safepassage.model.uncertainty import Reserve
from safepassage.rehearsal.asked import Names
from safepassage.rehearsal.chunk import Chunk
from safepassage.rehearsal.outcome import Endurance
from safepassage.rehearsal.script import NEVER
from safepassage.rehearsal.statistics import of_runs
from safepassage.timetable.sequences import Sequences, sequences

PATIENTS: Final = "patients"
_DAY_S: Final = 86400
_100_KM: Final = 100_000


class Reach(Struct, frozen=True, kw_only=True):
    """After how long under way there is too little left to turn back, and the stop they are at or on the way to.

    `held`: not as planned, but when they are held up just before the end.
    """

    after_s: int
    at: str
    held: bool = False


class Course(Struct, frozen=True, kw_only=True):
    """A trip as planned, from the first boarding on: what is driven or waited through, one piece after the other.

    `pieces` are (seconds, metres, seconds of the way back that they add, whether the tank is full afterwards, stop).
    The last is the alighting.
    """

    pieces: tuple[tuple[int, int, int, bool, str], ...]

    @property
    def length_m(self) -> int:
        """The metres of all of it."""
        return sum(piece[1] for piece in self.pieces)


def endurance(
    operation: Operation, travel: Travel, plan: Plan, names: Names, chunk: Chunk
) -> tuple[Endurance, ...]:  # fmt: skip
    """Tell of each reserve how long it lasts; one that concerns no trip with people is left out.

    Parameters
    ----------
    operation
        With the reserves.
    travel
        Knows the links.
    plan
        The trips.
    names, chunk
        What the runs gave.
    """
    if not operation.uncertain.reserves:
        return ()
    own = sequences(operation, plan)
    carrying = [trip for trip in plan.trips if trip.kind != "referral" and any(stop.load.people for stop in trip.stops)]
    courses = {trip.id: course_of(own, travel, trip) for trip in carrying}
    under_way = dict(zip(names.rides, np.ascontiguousarray(chunk.under_way.T), strict=True))
    found = []
    for reserve in operation.uncertain.reserves:
        concerned = {f"{trip.vehicle} {trip.id}": courses[trip.id] for trip in _concerned(own, carrying, reserve)}
        if concerned:
            outlasted = np.zeros(len(chunk.under_way), np.bool_)
            for name, course in concerned.items():
                if name in under_way:
                    outlasted |= under_way[name] > enough_s(reserve, course)
            found.append(_of(reserve, tuple(concerned.values()), outlasted))
    return tuple(found)


def _concerned(own: Sequences, carrying: list[Trip], reserve: Reserve) -> Iterator[Trip]:
    """Give the trips with people that a reserve goes with: where its vehicles carry nobody, those of their convoy."""
    if reserve.whom == PATIENTS:
        treated = {person.id for person in own.operation.people if person.treatment_s > 0}
        with_patients = {ride.trip.id for person, rides in own.rides.items() if person in treated for ride in rides}
        yield from (trip for trip in carrying if trip.id in with_patients)
        return
    kinds = [trip for trip in own.plan.trips if reserve.whom in ("", own.vehicles[trip.vehicle].kind)]
    ids = {trip.id for trip in kinds}
    convoys = {trip.convoy for trip in kinds if trip.convoy and trip not in carrying and reserve.whom}
    yield from (trip for trip in carrying if trip.id in ids or trip.convoy in convoys)


def _of(reserve: Reserve, courses: tuple[Course, ...], outlasted: NDArray[np.bool_]) -> Endurance:
    turns = [found for course in courses if (found := no_return(reserve, course)) is not None]
    first = min(turns, key=lambda one: (one.held, one.after_s), default=None)
    return Endurance(
        what=reserve.what,
        unit=reserve.unit,
        whom=reserve.whom,
        lasts_s=floor(reserve.amount * _DAY_S / reserve.per_day) if reserve.per_day else None,
        no_return_s=first.after_s if first else None,
        no_return_at=first.at if first else "",
        no_return_held=first.held if first else False,
        outlasted=of_runs(outlasted),
        source=reserve.source,
    )


def course_of(own: Sequences, travel: Travel, trip: Trip) -> Course:
    """Follow a trip as planned from its first boarding to its last alighting."""
    on = [number for number in range(len(trip.stops)) if own.boarding.get((trip.id, number))]
    off = [number for number in range(len(trip.stops)) if own.alighting.get((trip.id, number))]
    pieces: list[tuple[int, int, int, bool, str]] = []
    for number in range(on[0], off[-1] + 1):
        stop = trip.stops[number]
        if number > on[0]:
            for name, lasts_s in zip(stop.route, travel.over_s(trip, stop), strict=True):
                pieces.append((lasts_s, travel.links[name].length_m, lasts_s, False, stop.site))
        # until it drives on; before the first boarding begins they are not under way
        from_s = stop.arrive_s if number > on[0] else stop.start_s
        until_s = stop.depart_s if number < off[-1] else stop.end_s
        pieces.append((until_s - from_s, 0, 0, "refuel" in stop.work, stop.site))
    return Course(pieces=tuple(pieces))


def no_return(reserve: Reserve, course: Course) -> Reach | None:
    """Find when there is first too little left of a reserve to go back the way they came; None when there never is.

    The way back takes as long as the drives on the way out did, without halts. Where as planned there is always enough
    until they are there, it is told for those who are held up at the end of the road.
    """
    per_s, per_m = reserve.per_day / _DAY_S, reserve.per_100_km / _100_KM
    left, way_s, way_m, under_way_s = reserve.amount, 0, 0, 0
    for seconds, metres, back_s, filled, site in course.pieces[:-1]:
        spare = left - way_s * per_s - way_m * per_m
        needs = (seconds + back_s) * per_s + 2 * metres * per_m
        if needs > spare:
            share = max(0.0, spare / needs)
            return Reach(after_s=under_way_s + floor(share * seconds), at=site)
        left = reserve.amount if filled and reserve.what == "fuel" else left - seconds * per_s - metres * per_m
        way_s, way_m, under_way_s = way_s + back_s, way_m + metres, under_way_s + seconds
    if per_s == 0:
        return None
    held_s = floor((left - way_s * per_s - way_m * per_m) / per_s)
    return Reach(after_s=under_way_s + held_s, at=course.pieces[-1][-1], held=True)


def enough_s(reserve: Reserve, course: Course) -> int:
    """Return for how many seconds under way a reserve is enough on a course; NEVER - 1 where it always is, -1 never.

    Of a tank that is filled on the way, every filling is worth as much as the first.
    """
    fillings = 1 + sum(filled for *_, filled, _ in course.pieces) * (reserve.what == "fuel")
    left = reserve.amount * fillings - course.length_m * reserve.per_100_km / _100_KM
    if left < 0:
        return -1
    # who sets out and never arrives is under way for NEVER
    return min(NEVER - 1, floor(left * _DAY_S / reserve.per_day)) if reserve.per_day else NEVER - 1
