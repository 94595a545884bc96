"""Write the times of an evaluated network back into the plan."""

from __future__ import annotations

from msgspec.structs import replace

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Referral, Stop, Trip
from safepassage.timetable.evaluate import Times, evaluate
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import Sequences, sequences, ways


def retime(operation: Operation, plan: Plan, network: Network, times: Times | None = None) -> Plan:
    """Return the plan with the earliest times that its own sequences allow, or with those of a forecast.

    What is read off a plan (milestones, clauses, movement timetables) stays as it is.

    Parameters
    ----------
    operation
        What the plan is for.
    plan
        Sequences; its times only tell what comes before what.
    network
        Built from this plan.
    times
        Of that network; None: the earliest.

    Raises
    ------
    InternalError
        When a patient does not ride as the plan tells.
    """
    own, times = sequences(operation, plan), times or evaluate(network)
    timed = {trip.id: trip for trips in own.chains.values() for trip in _chain(own, trips, network, times)}
    trips = tuple(timed[trip.id] for trip in plan.trips)
    plan = replace(plan, trips=trips)
    again = sequences(operation, plan) if plan.referrals else own
    return replace(
        plan,
        referrals=tuple(_treated(again, referral, network, times) for referral in plan.referrals),
        convoys=tuple(
            replace(order, departs_s=times.start_s[network.departures[order.convoy][0]]) for order in plan.convoys
        ),
    )


def _chain(own: Sequences, trips: tuple[Trip, ...], network: Network, times: Times) -> list[Trip]:
    """Time the trips of one vehicle: it arrives when its drive or what it did before ends, and leaves with the next."""
    at_s = own.vehicles[trips[0].vehicle].available_from_s
    visits = [(trip.id, number) for trip in trips for number in range(len(trip.stops))]
    stops: list[Stop] = []
    for visit, following in zip(visits, [*visits[1:], None], strict=True):
        trip = next(trip for trip in trips if trip.id == visit[0])
        drive = network.drives.get(visit)
        arrive_s = at_s if drive is None else times.end_s[drive]
        service = network.services[visit]
        at_s = times.end_s[service]
        onward = network.drives.get(following) if following else None
        stops.append(
            replace(
                trip.stops[visit[1]],
                arrive_s=arrive_s,
                start_s=times.start_s[service],
                end_s=at_s,
                depart_s=at_s if onward is None else times.start_s[onward],
            )
        )
    remaining = iter(stops)
    return [replace(trip, stops=tuple(next(remaining) for _ in trip.stops)) for trip in trips]


def _treated(own: Sequences, referral: Referral, network: Network, times: Times) -> Referral:
    treatment = network.treatments[referral.person]
    return replace(
        referral,
        treated_from_s=times.start_s[treatment],
        treated_until_s=times.end_s[treatment],
        returned_s=ways(own, referral)[1].alights.end_s,
    )
