"""What is asked of every run: when milestones came about, who was out by when, who waited where, what held it up."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from safepassage.model.clauses import ALL_ARRIVED
from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.rehearsal.crowds import Crowds, Limits, crowds_of
from safepassage.rehearsal.holds import LISTED, comers_aboard, holds_of
from safepassage.rehearsal.legs import passed
from safepassage.rehearsal.lists import ends, ints, row
from safepassage.rehearsal.script import Ints
from safepassage.timetable.columns import members
from safepassage.timetable.network import Moment, Network, Reached
from safepassage.timetable.sequences import Sequences, sequences

HOLDS = frozenset(("assembly", "checkpoint", "rest", "handover", "fallback"))
"""Kinds of sites where people wait on their way."""


OF_END, OF_START, OF_LINK = range(3)
"""What a moment is: the end or the start of an activity, or when the end of a link is reached."""


class Asked(NamedTuple):
    """As arrays; activities by their position.

    Instants: each the last of several moments, or with `first` 1 the first of them (activity or link, lag, of what it
    is: `OF_END` and `OF_START` of an activity, `OF_LINK` of a link of a drive, when its end is reached). `last` is the
    instant at which all have arrived, -1 where nobody is moved. Deliveries: activity at
    whose end so many people are out. Stays: people who are at a site from the end of one activity to the start of
    another. Holds: people who may be held before a link of a drive, at the site where it begins. Both count those on
    the list (`comers` -1), or 1 for each of those who came to a boarding and are on none. Rides: from the start of one
    to the end of another, if ever they leave: by a third. `departure` are the departures of convoys from their assembly
    sites. `crowds` are what clauses count.
    """

    moment_at: Ints
    moment: Ints
    lag: Ints
    moment_of: Ints
    first: Ints
    last: int
    delivery: Ints
    people: Ints
    stay_from: Ints
    stay_until: Ints
    stay_people: Ints
    stay_comers: Ints
    stay_site: Ints
    hold_link: Ints
    hold_people: Ints
    hold_comers: Ints
    hold_site: Ints
    sites: int
    ride_from: Ints
    ride_until: Ints
    ride_leaves: Ints
    departure: Ints
    crowds: Crowds
    bin_s: int
    bins: int


class Names(NamedTuple):
    """What the numbers of `Asked` mean: milestones and control points, the sites of stays, the vehicle of each ride.

    `crowds` and `dwells` tell for each count and each list of stays the clause that it is of, and what that allows.
    """

    instants: tuple[str, ...]
    sites: tuple[str, ...]
    rides: tuple[str, ...]
    crowds: Limits = ()
    dwells: Limits = ()
    departures: tuple[str, ...] = ()


BINS = 288


def asked_of(operation: Operation, plan: Plan, network: Network) -> tuple[Asked, Names]:
    """Ask for everything that reports tell.

    Instants are all milestones that something reaches, and for each control point of a convoy `head SITE CONVOY` and
    `tail SITE CONVOY`: when its first and last vehicle arrive there, or pass it.

    Parameters
    ----------
    operation
        What the plan is for.
    plan
        Whose network it is.
    network
        With open queues, as `compile_plan` returns it.
    """
    own = sequences(operation, plan)
    reached = {**network.reached, **_control_points(own, network)}
    moments = {
        name: [(m.position, m.lag_s, OF_START if m.from_start else OF_END) for m in one.moments]
        for name, one in reached.items()
    }
    moments |= {name: [(link, 0, OF_LINK)] for name, link in _passings(own).items() if name not in moments}
    names, told = tuple(moments), list(moments.values())
    deliveries = _deliveries(own, network)
    stays = _stays(own, network)
    rides = _rides(own, network)
    holds = list(holds_of(own, network))
    sites = tuple(dict.fromkeys([*(stay[-1] for stay in stays), *(hold.site for hold in holds)]))
    crowds, most, longest = crowds_of(own, network)
    until_s = max(operation.limits.horizon_s, 1)
    asked = Asked(
        moment_at=ends(told),
        moment=row([which for which, _, _ in one] for one in told),
        lag=row([lag_s for _, lag_s, _ in one] for one in told),
        moment_of=row([of for *_, of in one] for one in told),
        first=ints(name in reached and reached[name].first for name in names),
        last=names.index(ALL_ARRIVED) if ALL_ARRIVED in reached else -1,
        delivery=ints(deliveries),
        people=ints(deliveries.values()),
        stay_from=ints(one[0] for one in stays),
        stay_until=ints(one[1] for one in stays),
        stay_people=ints(one[2] for one in stays),
        stay_comers=ints(one[3] for one in stays),
        stay_site=ints(sites.index(one[4]) for one in stays),
        hold_link=ints(hold.link for hold in holds),
        hold_people=ints(hold.people for hold in holds),
        hold_comers=ints(hold.comers for hold in holds),
        hold_site=ints(sites.index(hold.site) for hold in holds),
        sites=len(sites),
        ride_from=ints(first for first, _, _ in rides.values()),
        ride_until=ints(last for _, last, _ in rides.values()),
        ride_leaves=ints(leaves for *_, leaves in rides.values()),
        departure=ints(legs[0] for legs in network.departures.values()),
        crowds=crowds,
        bin_s=-(-until_s // BINS),
        bins=BINS,
    )
    return asked, Names(names, sites, tuple(rides), most, longest, tuple(network.departures))


def _control_points(own: Sequences, network: Network) -> dict[str, Reached]:
    found: dict[str, Reached] = {}
    trips = {(trip.convoy, trip.vehicle): trip for trip in own.plan.trips if trip.convoy}
    for order in own.plan.convoys:
        for which, vehicle in (("head", order.order[0]), ("tail", order.order[-1])):
            trip = trips[order.convoy, vehicle]
            for number, stop in enumerate(trip.stops):
                if (trip.id, number) in network.drives and number:
                    moment = Moment(network.drives[trip.id, number], 0)
                    found[f"{which} {stop.site} {order.convoy}"] = Reached((moment,))
    return found


def _passings(own: Sequences) -> dict[str, int]:
    """Give for each site that a convoy passes without a stop the links at whose end its first and last vehicle are.

    By their position in the row of all drives' links. Junctions are no control points.
    """
    links = {link.id: link for link in own.operation.links}
    ends_of = {order.convoy: (("head", order.order[0]), ("tail", order.order[-1])) for order in own.plan.convoys}
    leaves = {one.trip.id: one.leaves for order in own.plan.convoys for one in members(own, order)}
    found: dict[str, int] = {}
    position = 0
    for vehicle, trips in own.chains.items():
        for trip in trips:
            which = [name for name, one in ends_of.get(trip.convoy, ()) if one == vehicle]
            for number, stop in enumerate(trip.stops):
                if which and number > leaves[trip.id]:
                    way = tuple(links[name] for name in stop.route)
                    found |= {
                        f"{name} {site} {trip.convoy}": position + nth
                        for name in which for nth, site in enumerate(passed(trip.stops[number - 1].site, way)[1:-1])
                        if own.sites[site].kind != "junction"
                    }  # fmt: skip
                position += len(stop.route)
    return found


def _deliveries(own: Sequences, network: Network) -> dict[int, int]:
    """Count who is out at the end of each service."""
    found: dict[int, int] = {}
    for rides in own.rides.values():
        last = rides[-1]
        if last.trip.kind != "referral":
            position = network.services[last.trip.id, last.alight]
            found[position] = found.get(position, 0) + 1
    return found


def _stays(own: Sequences, network: Network) -> list[tuple[int, int, int, int, SiteId]]:
    """List who is aboard at sites on the way: from the vehicle's arrival to its departure."""
    found: list[tuple[int, int, int, int, SiteId]] = []
    comers = comers_aboard(own, network)
    for trip in own.plan.trips:
        driven = [number for number in range(len(trip.stops)) if (trip.id, number) in network.drives]
        for here, onward in pairwise(driven):
            people, site = trip.stops[onward - 1].load.people, trip.stops[here].site
            if own.sites[site].kind in HOLDS:
                span = network.drives[trip.id, here], network.drives[trip.id, onward]
                found += [(*span, people, LISTED, site)] if people else []
                found += [(*span, 1, one, site) for one in comers[trip.id, onward]]
    return found


def _rides(own: Sequences, network: Network) -> dict[str, tuple[int, int, int]]:
    """Give for each vehicle that carries people its longest time with people: first boarding, last alighting.

    And the drive by which it leaves.
    """
    found: dict[str, tuple[int, int, int]] = {}
    for trip in own.plan.trips:
        on = [n for n in range(len(trip.stops)) if own.boarding.get((trip.id, n))]
        off = [n for n in range(len(trip.stops)) if own.alighting.get((trip.id, n))]
        if on and off and trip.kind != "referral":
            first, last = network.services[trip.id, on[0]], network.services[trip.id, off[-1]]
            leaves = next(n for n in range(on[0] + 1, len(trip.stops)) if (trip.id, n) in network.drives)
            found[f"{trip.vehicle} {trip.id}"] = first, last, network.drives[trip.id, leaves]
    return found
