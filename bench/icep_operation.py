"""An island evacuation as an operation: boats are vehicles, locations pickups, safe docks shelters, sailings links.

An operation cannot say everything that the model of the island evacuation says. `common` makes the case both can say:

- a vehicle has one speed (the model: a slower one with passengers): the loaded speed both ways;
- services take `setup_s` at every stop, or seconds per person (the model: minutes per vessel): LOADING_MIN for all;
- any vehicle may use any site (the model: docks that fit only some vessels): one dock per location, all may use it.

On the other side an operation knows people, households, wheelchairs, bays, opening windows and crew hours, none of
which the model has; here everybody walks alone and nothing of it binds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from icep_folder import Case
from safepassage.model.fleet import Vehicle
from safepassage.model.ids import HouseholdId, LinkId, PersonId, SiteId, VehicleId
from safepassage.model.operation import Limits, Operation
from safepassage.model.people import Person
from safepassage.model.places import Link, Site, SiteKind

LOADING_MIN = 5
METRES_A_MILE = 1852
KNOT_S = 3600
LONG_S = 10**7


def common(case: Case) -> Case:
    """Return the case reduced to what an operation can say; the nearest dock of a location stands for all of them."""
    vessels = tuple(
        vessel._replace(empty_knots=vessel.loaded_knots, loading_min=Fraction(LOADING_MIN)) for vessel in case.vessels
    )
    docks = {place: _nearest(case, place) for place in dict.fromkeys(case.location_of.values())}
    places = [*docks.values(), *case.safe_docks]
    return case._replace(
        vessels=vessels,
        location_of={dock: place for place, dock in docks.items()},
        compatible=frozenset((vessel.name, dock) for vessel in vessels for dock in places),
    )


def _nearest(case: Case, place: str) -> str:
    docks = [dock for dock, location in case.location_of.items() if location == place]
    return min(docks, key=lambda dock: min(case.nautical_miles[dock, safe] for safe in case.safe_docks))


def operation(case: Case, people: Mapping[str, int]) -> Operation:
    """Write a case that `common` made, with the people of a scenario, as an operation.

    A link's `travel_s` is that of one knot and a vehicle's speed its knots: every sailing is exact to the second.
    """
    docks = {place: dock for dock, place in case.location_of.items() if people.get(place, 0)}
    kinds: dict[str, SiteKind] = {vessel.dock: "depot" for vessel in case.vessels}
    kinds |= dict.fromkeys(docks.values(), "pickup")
    kinds |= dict.fromkeys(case.safe_docks, "shelter")
    starts = {vessel.dock for vessel in case.vessels} | set(case.safe_docks)
    return Operation(
        id=case.name,
        title=case.name,
        time_zone="America/Vancouver",
        start=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        people=tuple(
            Person(id=PersonId(f"{dock} {n}"), household=HouseholdId(f"{dock} {n}"), site=SiteId(dock))
            for place, dock in docks.items()
            for n in range(people[place])
        ),
        vehicles=tuple(
            Vehicle(
                id=VehicleId(vessel.name),
                kind="boat",
                site=SiteId(vessel.dock),
                seats=vessel.seats,
                speed_percent=int(100 * vessel.loaded_knots),
                available_from_s=int(60 * vessel.available_min),
            )
            for vessel in case.vessels
        ),
        sites=tuple(Site(id=SiteId(name), kind=kind, lon=0.0, lat=0.0) for name, kind in kinds.items()),
        links=tuple(
            _link(start, dock, case.nautical_miles[start, dock])
            for start in sorted(starts)
            for dock in docks.values()
            if start != dock
        ),
        limits=Limits(
            setup_s=60 * LOADING_MIN,
            board_walking_s=0,
            alight_walking_s=0,
            drive_before_rest_s=LONG_S,
            daily_drive_s=LONG_S,
            pickups_per_trip=1,
            horizon_s=LONG_S,
        ),
    )


def _link(start: str, end: str, miles: Fraction) -> Link:
    return Link(
        id=LinkId(f"{start} to {end}"),
        start=SiteId(start),
        end=SiteId(end),
        length_m=int(METRES_A_MILE * miles),
        travel_s=int(KNOT_S * miles),
    )
