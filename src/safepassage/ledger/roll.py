"""Who and what is expected: the roll that the board calls."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from safepassage.model.operation import Operation
from safepassage.model.places import FINAL_KINDS
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel

FASTER = 2
"""How many times as fast as the fastest of the plan somebody may drive. Assumption: what is slower than that is
possible, so that no honest record is called a contradiction; what is faster is none."""

_NONE: Mapping[str, str] = MappingProxyType({})


class Expected(Struct, frozen=True, kw_only=True):
    """Who is to ride on a trip of a vehicle, and the site where the trip ends."""

    trip: str
    vehicle: str
    persons: frozenset[str]
    ends_at: str = ""


class Roll(Struct, frozen=True, kw_only=True):
    """What an operation and its plan expect, as far as the board compares with it.

    `households` maps persons to households and so lists everybody expected; `final_sites` are where a movement ends;
    `manifests` are the trips in the order in which each vehicle makes them; `least_s` are the least seconds between
    sites by the fastest there is (a pair that is missing binds nothing).
    """

    households: Mapping[str, str] = _NONE
    final_sites: frozenset[str] = frozenset()
    manifests: tuple[Expected, ...] = ()
    least_s: Mapping[tuple[str, str], int] = MappingProxyType({})

    def least_ms(self, origin: str, end: str) -> int:
        """Return the least milliseconds from site to site, as the merge asks for them."""
        return self.least_s.get((origin, end), 0) * 1000


def roll_of(operation: Operation, travel: Travel, plan: Plan | None = None) -> Roll:
    """Return whom and what an operation, and its plan where there is one, expect.

    Parameters
    ----------
    operation
        Whom it lists. Those who declined are on the roll too: they are somewhere.
    travel
        Ways between its sites.
    plan
        Who rides on which trip.
    """
    least: dict[tuple[str, str], int] = {}
    for (_, origin, end), routes in travel.routes.items():
        fastest = min((route.travel_s for route in routes), default=0) // FASTER
        known = least.get((origin, end))
        least[origin, end] = fastest if known is None else min(fastest, known)
    return Roll(
        households={person.id: person.household for person in operation.people},
        final_sites=frozenset(site.id for site in operation.sites if site.kind in FINAL_KINDS),
        manifests=manifests_of(plan) if plan else (),
        least_s=least,
    )


def manifests_of(plan: Plan) -> tuple[Expected, ...]:
    """Return who is expected on each trip, in the order in which a vehicle makes them."""
    rides = {manifest.trip: manifest.rides for manifest in plan.manifests}
    trips = sorted(plan.trips, key=lambda trip: trip.stops[0].arrive_s)
    return tuple(
        Expected(
            trip=trip.id,
            vehicle=trip.vehicle,
            persons=frozenset(ride.person for ride in rides.get(trip.id, ())),
            ends_at=trip.stops[-1].site,
        )
        for trip in trips
    )
