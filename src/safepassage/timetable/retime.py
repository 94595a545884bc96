"""Write the times of an evaluated network back into the plan."""

from __future__ import annotations

import msgspec

from safepassage.model.operation import Operation
from safepassage.model.plan import ConvoyOrder, Plan, Referral, Stop, Trip
from safepassage.timetable.evaluate import Times, evaluate
from safepassage.timetable.network import Network


def retime(operation: Operation, plan: Plan, network: Network) -> Plan:
    """Return the plan with the earliest times that its own sequences allow.

    Parameters
    ----------
    operation
        What the plan is for.
    plan
        Sequences; its times only order the queues at bays and treatment places.
    network
        Built from this plan.
    """
    times = evaluate(network)
    trips = tuple(_timed(operation, plan, trip, network, times) for trip in plan.trips)
    by_id = {trip.id: trip for trip in trips}
    referrals = tuple(_treated(referral, network, times, by_id) for referral in plan.referrals)
    timed = msgspec.structs.replace(plan, trips=trips, referrals=referrals)
    back = {m.trip: {ride.person: ride.alight for ride in m.rides} for m in plan.manifests}
    referrals = tuple(
        msgspec.structs.replace(
            r, returned_s=by_id[r.back_trip].stops[back[r.back_trip][r.person]].end_s
        )
        for r in referrals
    )
    convoys = tuple(_leaves(order, network, times) for order in plan.convoys)
    return msgspec.structs.replace(timed, referrals=referrals, convoys=convoys)


def _timed(operation: Operation, plan: Plan, trip: Trip, network: Network, times: Times) -> Trip:
    chain = sorted(
        (other for other in plan.trips if other.vehicle == trip.vehicle), key=lambda t: t.stops[0].start_s
    )
    vehicle = next(v for v in operation.vehicles if v.id == trip.vehicle)
    at = chain.index(trip)
    before = (chain[at - 1].id, len(chain[at - 1].stops) - 1) if at else None
    after = (chain[at + 1].id, 0) if at + 1 < len(chain) else None
    stops: list[Stop] = []
    for number, stop in enumerate(trip.stops):
        service = network.services[trip.id, number]
        end_s = times.end_s[service]
        if (trip.id, number) in network.drives:
            arrive_s = times.end_s[network.drives[trip.id, number]]
        elif number or before:
            previous = (trip.id, number - 1) if number else before
            arrive_s = times.end_s[network.services[previous]] if previous else 0
        else:
            arrive_s = vehicle.available_from_s
        follow = (trip.id, number + 1) if number + 1 < len(trip.stops) else after
        drive = network.drives.get(follow) if follow else None
        stops.append(
            msgspec.structs.replace(
                stop,
                arrive_s=arrive_s,
                start_s=times.start_s[service],
                end_s=end_s,
                depart_s=end_s if drive is None else times.start_s[drive],
            )
        )
    return msgspec.structs.replace(trip, stops=tuple(stops))


def _treated(referral: Referral, network: Network, times: Times, trips: dict[str, Trip]) -> Referral:
    position = network.treatments[referral.person]
    return msgspec.structs.replace(
        referral, treated_from_s=times.start_s[position], treated_until_s=times.end_s[position]
    )



def _leaves(order: ConvoyOrder, network: Network, times: Times) -> ConvoyOrder:
    position = network.departures.get(order.convoy)
    return order if position is None else msgspec.structs.replace(order, departs_s=times.start_s[position])
