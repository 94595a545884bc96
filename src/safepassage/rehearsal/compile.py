"""A plan, whoever made it, written as a script that compiled runs can play."""

from __future__ import annotations

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.rehearsal.acts import activities_of, chances_of
from safepassage.rehearsal.dangers import breakdown_kinds, fleet_of, incidents_of
from safepassage.rehearsal.events import BITS
from safepassage.rehearsal.laws import Laws
from safepassage.rehearsal.legs import Roads, columns_of, drives_of, legs_of
from safepassage.rehearsal.lists import ints
from safepassage.rehearsal.script import Chances, Script
from safepassage.timetable.build import build
from safepassage.timetable.network import Network
from safepassage.timetable.sequences import sequences

NIGHT_S = 11 * 3600
"""A daily rest: Regulation (EC) No 561/2006, article 8."""


def compile_plan(operation: Operation, travel: Travel, plan: Plan) -> tuple[Script, Network]:
    """Write a plan as a script.

    Parameters
    ----------
    operation
        What the plan is for, and what is uncertain about it.
    travel
        Knows the routes that the plan drives.
    plan
        Sequences, of the planner or made by hand; its times only tell what comes before what.

    Returns
    -------
    script
        For compiled runs.
    network
        With open queues; the script's activities have the same positions.

    Raises
    ------
    InternalError
        When the plan's sequences contradict each other (see `build`).
    ValueError
        When something of the plan has no window left in which it may start, or it has millions of activities.
    """
    own = sequences(operation, plan)
    network = build(operation, travel, plan, queues=False, by_day=False)
    laws = Laws(operation=operation)
    legs = legs_of(own, travel, network)
    if len(network.activities) + len(legs) >= 1 << BITS:
        raise ValueError(f"expected fewer than {1 << BITS} activities and drives; found {len(network.activities)}")
    driven = dict.fromkeys(link.id for leg in legs for link in leg.links)
    roads = Roads(
        operation=operation,
        travel=travel,
        links={link: number for number, link in enumerate(driven)},
        sites={site.id: number for number, site in enumerate(operation.sites)},
    )
    activities, capacity = activities_of(own, network, [leg.activity for leg in legs])
    drives = drives_of(own, roads, laws, legs, breakdown_kinds(operation, legs))
    law, key, group = chances_of(own, network, laws)
    incidents = incidents_of(own, network, roads, laws)
    nights = operation.night.windows if operation.night else ()
    (times, plus, day_of, place_of), (day, place, alone), common = laws.columns()
    script = Script(
        activities=activities,
        chances=Chances(key, group, law, times, plus, day, place, alone, day_of, place_of, *common),
        drives=drives,
        columns=columns_of(own, network, legs),
        fleet=fleet_of(own, roads, legs),
        incidents=incidents,
        capacity=capacity,
        rest_s=operation.limits.rest_s,
        night_s=NIGHT_S,
        dark_from=ints(window.from_s for window in nights),
        dark_until=ints(window.until_s for window in nights),
        dark_percent=operation.night.speed_percent if operation.night else 100,
    )
    return script, network
