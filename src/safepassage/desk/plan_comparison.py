"""A plan beside the one in force: who leaves when, by what, and whom it changes."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.model.plan import Plan


class Instant(Struct, frozen=True, kw_only=True):
    """When something is in the plan in force and in the other one, seconds since the start; None: not at all.

    `what` is `convoy` (its departure), `site` (the first departure from it) or `last` (the last arrival).
    """

    what: str
    id: str
    before_s: int | None
    after_s: int | None


class Beside(Struct, frozen=True, kw_only=True):
    """What another plan changes. People by code: who rides with other vehicles, only in one plan, only in the other."""

    instants: tuple[Instant, ...]
    vehicles_out: tuple[str, ...]
    vehicles_in: tuple[str, ...]
    elsewhere: tuple[str, ...]
    left_off: tuple[str, ...]
    taken_on: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether nothing of it differs."""
        moved = any(one.before_s != one.after_s for one in self.instants)
        people = self.elsewhere or self.left_off or self.taken_on
        return not (moved or people or self.vehicles_out or self.vehicles_in)


def beside(before: Plan | None, after: Plan) -> Beside:
    """Compare a plan with the one in force.

    Parameters
    ----------
    before
        In force; None: there is none.
    after
        The other one.
    """
    old, new = _rides(before), _rides(after)
    used, uses = _vehicles(before), _vehicles(after)
    return Beside(
        instants=tuple(_instants(before, after)),
        vehicles_out=tuple(sorted(used - uses)),
        vehicles_in=tuple(sorted(uses - used)),
        elsewhere=tuple(sorted(one for one in old.keys() & new.keys() if old[one] != new[one])),
        left_off=tuple(sorted(old.keys() - new.keys())),
        taken_on=tuple(sorted(new.keys() - old.keys())),
    )


def _rides(plan: Plan | None) -> dict[str, tuple[str, ...]]:
    """Return the vehicles that each person rides in, in order."""
    found: dict[str, tuple[str, ...]] = {}
    if plan is None:
        return found
    starts = {trip.id: trip.stops[0].arrive_s for trip in plan.trips}
    for manifest in sorted(plan.manifests, key=lambda one: starts.get(one.trip, 0)):
        for ride in manifest.rides:
            found[str(ride.person)] = (*found.get(str(ride.person), ()), str(manifest.vehicle))
    return found


def _vehicles(plan: Plan | None) -> set[str]:
    return {str(trip.vehicle) for trip in plan.trips} if plan else set()


def _instants(before: Plan | None, after: Plan) -> Iterator[Instant]:
    old, new = _departures(before), _departures(after)
    for what, name in dict.fromkeys((*old, *new)):
        yield Instant(what=what, id=name, before_s=old.get((what, name)), after_s=new.get((what, name)))
    yield Instant(what="last", id="", before_s=_last_s(before), after_s=_last_s(after))


def _departures(plan: Plan | None) -> dict[tuple[str, str], int]:
    """Return when each convoy leaves, and when the first vehicle with people leaves each other site."""
    if plan is None:
        return {}
    found = {("convoy", str(one.convoy)): one.departs_s for one in plan.convoys}
    rides = {manifest.trip: manifest.rides for manifest in plan.manifests}
    for trip in plan.trips:
        for stop in {ride.board for ride in rides.get(trip.id, ()) if trip.kind == "shuttle"}:
            key = "site", str(trip.stops[stop].site)
            found[key] = min(found.get(key, trip.stops[stop].depart_s), trip.stops[stop].depart_s)
    return found


def _last_s(plan: Plan | None) -> int | None:
    """Return when the last person alights."""
    if plan is None:
        return None
    trips = {trip.id: trip for trip in plan.trips}
    return max(
        (trips[one.trip].stops[ride.alight].end_s for one in plan.manifests if one.trip in trips for ride in one.rides),
        default=None,
    )
