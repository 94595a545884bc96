"""Build the network of a plan: its sequences become arcs, its services and drives activities.

The order in which bays and treatment places are used is the order of the plan's times; evaluating the network then
gives the earliest times for these sequences.
"""

from __future__ import annotations

from itertools import count, takewhile

from safepassage.model.ids import ConvoyId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.timetable.agreements import Made, add_clauses, add_milestones, reached
from safepassage.timetable.columns import add_departures
from safepassage.timetable.movement import add_movement
from safepassage.timetable.network import Activity, Moment, Network, Reached
from safepassage.timetable.nodes import (
    START,
    Nodes,
    departure_key,
    drive_key,
    in_order,
    milestone_key,
    service_key,
    treatment_key,
)
from safepassage.timetable.resources import add_bays, add_treatments
from safepassage.timetable.sequences import sequences


def build(operation: Operation, travel: Travel, plan: Plan, *, queues: bool = True, by_day: bool = True) -> Network:
    """Make the network of a plan's sequences.

    Parameters
    ----------
    operation
        What the plan is for.
    travel
        Knows the routes that the plan drives.
    plan
        Sequences; its times only tell what comes before what.
    queues
        Whether bays and treatment places are used in the plan's order; else the network leaves open who comes next.
    by_day
        Whether a drive that is not slow waits for the day when it would last into the night.

    Raises
    ------
    InternalError
        When the plan's sequences wait for each other in a circle, a stop's route is not one that `travel` knows, a
        patient does not ride to the hospital and back on the trips told, or a convoy's vehicles do not make the same
        stops.
    """
    own = sequences(operation, plan)
    nodes = Nodes(activities={}, waits={})
    nodes.add(START, Activity(kind="start", subject="start", site=SiteId(""), duration_s=0))
    add_milestones(nodes, own)
    add_movement(nodes, own, travel, by_day=by_day)
    add_treatments(nodes, own, queues=queues)
    if queues:
        add_bays(nodes, own)
    add_departures(nodes, own)
    made = reached(own)
    add_clauses(nodes, own, made)
    activities, position = in_order(nodes)
    stops = [(trip.id, number) for trip in plan.trips for number in range(len(trip.stops))]
    return Network(
        activities=activities,
        drives={at: position[drive_key(*at)] for at in stops if drive_key(*at) in position},
        services={at: position[service_key(*at)] for at in stops},
        treatments={referral.person: position[treatment_key(referral.person)] for referral in plan.referrals},
        milestones={one.id: position[milestone_key(one.id)] for one in operation.milestones},
        departures={order.convoy: _legs(order.convoy, position) for order in plan.convoys},
        reached={milestone: _placed(one, position) for milestone, one in made.items()},
    )


def _placed(one: Made, position: dict[str, int]) -> Reached:
    moments = tuple(Moment(position[i.key], i.lag_s, i.from_start) for i in one.instants)
    return Reached(moments, first=one.first)


def _legs(convoy: ConvoyId, position: dict[str, int]) -> tuple[int, ...]:
    keys = takewhile(position.__contains__, (departure_key(convoy, leg) for leg in count()))
    return tuple(position[key] for key in keys)
